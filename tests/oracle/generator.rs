//! A deterministic generator of queries over the grammar, with an optional grain of poison.
//!
//! Most statements are reads by construction. Of each four, one carries a single poison at a random
//! depth: a locking clause, INTO, an assignment, an impure function (a write), or a look at the
//! session's own state (local). A third of the poisons hide in executable comments.
//!
//! Same seed, same statements, on every machine.

use crate::functions as f;
use crate::statement::{Mode, Statement, Truth};

/// Levels of subqueries below the outermost.
const DEEPEST: u32 = 3;

/// `count` statements; some may be equal.
pub fn statements(seed: u64, count: usize) -> Vec<Statement> {
    let mut dice = Dice(seed);
    (0..count).map(|number| statement(&mut dice, number)).collect()
}

fn statement(dice: &mut Dice, number: usize) -> Statement {
    let poison = if dice.one_in(4) { Some(dice.pick(POISONS)) } else { None };
    let mut writer = Writer { dice, poison, names: 0 };
    let sql = writer.top();
    Statement {
        sql: f::unescape(&sql).into_bytes(),
        truth: poison.map_or(Truth::Read, |p| p.truth()),
        mode: Mode::default(),
        schema: "gen".to_string(),
        source: "generator".to_string(),
        line: number + 1,
    }
}

/// What makes a query no free read.
#[derive(Clone, Copy)]
enum Poison {
    /// At the end of any query block.
    Lock(&'static str),
    /// At the end of the outermost query.
    Into(&'static str),
    /// In place of any number; changes something.
    Impure(&'static str),
    /// In place of any number; only looks.
    Looks(&'static str),
}

impl Poison {
    fn truth(self) -> Truth {
        match self {
            Poison::Looks(_) => Truth::Local,
            _ => Truth::Write,
        }
    }
}

const POISONS: &[Poison] = &[
    Poison::Lock(" FOR UPDATE"),
    Poison::Lock(" LOCK IN SHARE MODE"),
    Poison::Lock(" FOR UPDATE NOWAIT"),
    Poison::Lock(" FOR UPDATE SKIP LOCKED"),
    Poison::Lock(" FOR/**/UPDATE WAIT 1"),
    Poison::Lock(" for\nupdate"),
    Poison::Lock(" /*! FOR UPDATE */"),
    Poison::Lock(" /*!50000 LOCK IN SHARE MODE */"),
    Poison::Lock(" /*M!100000 FOR UPDATE */"),
    Poison::Lock(" /*!99999 FOR UPDATE */"),
    Poison::Into(" INTO @v"),
    Poison::Into(" INTO OUTFILE '/tmp/oracle_generated'"),
    Poison::Into(" /*! INTO @v */"),
    Poison::Impure("(@v := 1)"),
    Poison::Impure("(@`v w`:=n)"),
    Poison::Impure("GET_LOCK('gen', 0)"),
    Poison::Impure("RELEASE_LOCK('gen')"),
    Poison::Impure("release_all_locks()"),
    Poison::Impure("NEXTVAL(sq)"),
    Poison::Impure("(NEXT VALUE FOR sq)"),
    Poison::Impure("SETVAL(sq, 1000)"),
    Poison::Impure("LAST_INSERT_ID(1)"),
    Poison::Impure("wr(1)"),
    Poison::Impure("gen.wr(n)"),
    Poison::Impure("`gen`.`wr`(2)"),
    Poison::Impure("(1 /*! + wr(1) */)"),
    Poison::Impure("/*!50000 (@v := */ 1 /*!50000 ) */"),
    Poison::Looks("@v"),
    Poison::Looks("LAST_INSERT_ID()"),
    Poison::Looks("FOUND_ROWS()"),
    Poison::Looks("ROW_COUNT()"),
    Poison::Looks("CONNECTION_ID()"),
    Poison::Looks("LASTVAL(sq)"),
    Poison::Looks("@@last_insert_id"),
    Poison::Looks("@@server_id"),
];

/// xorshift64*: small, deterministic, good enough to choose.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Writes one statement. Takes `poison` when it has been placed.
struct Writer<'d> {
    dice: &'d mut Dice,
    poison: Option<Poison>,
    names: usize,
}

impl Writer<'_> {
    /// The whole statement, with its poison somewhere.
    fn top(&mut self) -> String {
        let query = match self.dice.below(8) {
            0 => self.common_table(),
            1 => self.union(),
            2 => format!("({})", self.select(0, 2)),
            _ => self.select(0, 3),
        };
        let query = match self.poison.take() {
            Some(Poison::Lock(clause)) => format!("SELECT * FROM ({query}) z, t1{clause}"),
            Some(Poison::Into(clause)) => format!("SELECT COUNT(*) FROM ({query}) z{clause}"),
            Some(Poison::Impure(call) | Poison::Looks(call)) => {
                // That modifier is for the outermost query only.
                let query = query.replace("SQL_NO_CACHE ", "");
                format!("SELECT z.*, {call} FROM ({query}) z, t1")
            }
            None => query,
        };
        match self.dice.below(30) {
            0 => format!("/* generated */ {query}"),
            1 => format!("{query};"),
            2 => format!("  {query}\n"),
            3 => query.replace("SELECT", "select").replace("FROM", "from"),
            _ => query,
        }
    }

    fn common_table(&mut self) -> String {
        let width = 1 + self.dice.below(2);
        let inner = self.select(1, width);
        let columns: Vec<String> = (0..width).map(|i| format!("k{i}")).collect();
        let with = format!("w ({}) AS ({inner})", columns.join(", "));
        match self.dice.below(3) {
            0 => format!("WITH {with} SELECT * FROM w"),
            1 => format!("WITH {with}, y AS ({}) SELECT * FROM w JOIN y", self.select(1, 1)),
            _ => format!(
                "WITH RECURSIVE {with}, r AS (SELECT 1 AS q UNION ALL SELECT q + 1 FROM r \
                 WHERE q < 3) SELECT * FROM w, r WHERE r.q IN ({})",
                self.select(1, 1)
            ),
        }
    }

    fn union(&mut self) -> String {
        let word = self.dice.pick(&["UNION", "UNION ALL", "UNION DISTINCT", "EXCEPT", "INTERSECT"]);
        let (left, right) = (self.select(1, 2), self.select(1, 2));
        format!("({left}) {word} ({right}) ORDER BY 1 LIMIT 5")
    }

    /// A query block of `width` columns.
    fn select(&mut self, depth: u32, width: usize) -> String {
        let from = self.from(depth);
        let grouped = self.dice.one_in(5);
        let columns: Vec<String> = (0..width).map(|_| self.column(depth, grouped)).collect();
        let modifiers: &[&str] = &["", "", "", "DISTINCT ", "ALL ", "STRAIGHT_JOIN "];
        let distinct = match depth {
            0 if self.dice.one_in(10) => "SQL_NO_CACHE ",
            _ => self.dice.pick(modifiers),
        };
        let mut sql = format!("SELECT {distinct}{} FROM {from}", columns.join(", "));
        if self.dice.one_in(2) {
            sql += &format!(" WHERE {}", self.condition(depth));
        }
        if grouped {
            sql += &format!(
                " GROUP BY {}",
                self.dice.pick(&["a.n", "a.s, a.n", "a.n WITH ROLLUP", "1 + a.n"])
            );
            if self.dice.one_in(2) {
                sql += &format!(" HAVING COUNT(*) > {}", self.literal_number());
            }
        } else if self.dice.one_in(3) {
            sql += &format!(
                " ORDER BY 0 + {} {}",
                self.number(depth, 1),
                self.dice.pick(&["", "ASC", "DESC"])
            );
        }
        // MariaDB has no LIMIT inside IN (…), so only the outermost block gets one.
        if depth == 0 && self.dice.one_in(2) {
            sql += self.dice.pick(&[" LIMIT 3", " LIMIT 1, 2", " LIMIT 2 OFFSET 1"]);
        }
        sql + &self.block_end(depth)
    }

    /// A locking clause, or INTO for the outermost block, if that is the poison and its time is now.
    fn block_end(&mut self, depth: u32) -> String {
        match self.poison {
            Some(Poison::Lock(clause)) if self.dice.one_in(3) => {
                self.poison = None;
                clause.to_string()
            }
            Some(Poison::Into(clause)) if depth == 0 && clause.contains("OUTFILE") => {
                self.poison = None;
                clause.to_string()
            }
            _ => String::new(),
        }
    }

    /// Tables; the first is always called `a`, as the columns expect.
    fn from(&mut self, depth: u32) -> String {
        let first = self.table();
        match self.dice.below(10) {
            0 => {
                format!("{first} a INNER JOIN {} b ON {}", self.table(), self.join_condition(depth))
            }
            1 => {
                format!("{first} a LEFT JOIN {} b ON {}", self.table(), self.join_condition(depth))
            }
            2 => format!("{first} a RIGHT OUTER JOIN {} b USING (id)", self.table()),
            3 => format!("{first} a CROSS JOIN {} b", self.table()),
            4 => format!("{first} a, {} b", self.table()),
            5 => format!("{first} a NATURAL JOIN {} b", self.table()),
            6 => format!("{first} a STRAIGHT_JOIN {} b ON a.id = b.id", self.table()),
            7 if depth < DEEPEST => {
                let inner = self.select(depth + 1, 1);
                self.names += 1;
                format!("{first} a JOIN ({inner}) q{}", self.names)
            }
            8 => format!(
                "{first} AS a {}",
                self.dice.pick(&["FORCE INDEX (n)", "USE INDEX (PRIMARY)", "IGNORE INDEX (n)"])
            ),
            _ => format!("{first} a"),
        }
    }

    fn table(&mut self) -> &'static str {
        self.dice.pick(&["t1", "t2", "t3", "`t1`", "gen.t2", "`gen`.`t3`"])
    }

    fn join_condition(&mut self, depth: u32) -> String {
        match self.dice.below(3) {
            0 => format!("a.id = b.id AND {}", self.number(depth, 1)),
            1 => "a.n = b.n".to_string(),
            _ => "a.id > b.id AND a.s <> b.s".to_string(),
        }
    }

    fn column(&mut self, depth: u32, grouped: bool) -> String {
        self.names += 1;
        let alias = format!("k{}", self.names);
        let expression = match self.dice.below(10) {
            0..=2 => self.number(depth, 2),
            3..=4 => self.string(depth, 2),
            5 => self.date(depth, 1),
            6 => self.document(depth, 1),
            7 => return format!("a.id AS `{alias}`"),
            _ if grouped => {
                let list = if self.dice.one_in(3) { f::PLAIN_AGGREGATES } else { f::AGGREGATES };
                let template = self.dice.pick(list);
                self.fill(template, depth, 1)
            }
            _ => self.window(depth),
        };
        format!("{expression} AS {alias}")
    }

    fn window(&mut self, depth: u32) -> String {
        let list = if self.dice.one_in(2) { f::WINDOWS } else { f::AGGREGATES };
        let template = self.dice.pick(list);
        let call = self.fill(template, depth, 0);
        let over = self.dice.pick(&[
            "ORDER BY a.id",
            "PARTITION BY a.n ORDER BY a.id",
            "PARTITION BY a.n, a.s ORDER BY a.d DESC",
        ]);
        format!("{call} OVER ({over})")
    }

    fn condition(&mut self, depth: u32) -> String {
        match self.dice.below(if depth < DEEPEST { 8 } else { 4 }) {
            0 => format!("{} AND {}", self.number(depth, 2), self.number(depth, 1)),
            1 => format!("{} > {}", self.number(depth, 2), self.number(depth, 1)),
            2 => format!("{} <> {}", self.string(depth, 2), self.string(depth, 1)),
            3 => format!("{} < {}", self.date(depth, 1), self.date(depth, 1)),
            4 => format!("a.id IN ({})", self.select(depth + 1, 1)),
            5 => format!("EXISTS ({})", self.select(depth + 1, 1)),
            6 => format!("NOT EXISTS ({})", self.select(depth + 1, 1)),
            _ => format!("a.n > ALL ({})", self.select(depth + 1, 1)),
        }
    }

    /// A number; `size` levels of functions at most.
    fn number(&mut self, depth: u32, size: u32) -> String {
        if let Some(Poison::Impure(call) | Poison::Looks(call)) = self.poison
            && self.dice.one_in(5)
        {
            self.poison = None;
            return call.to_string();
        }
        match self.dice.below(8) {
            0 => self.literal_number(),
            1 if depth < DEEPEST => {
                format!("(SELECT COUNT(*) FROM ({}) s)", self.select(depth + 1, 1))
            }
            2 => format!("rd({})", self.literal_number()),
            3..=5 if size > 0 => {
                let template = self.dice.pick(f::NUMBERS);
                self.fill(template, depth, size - 1)
            }
            _ => (self.dice.pick(&["a.id", "a.n", "a.m", "a.p", "a.x", "`a`.`n`"])).to_string(),
        }
    }

    fn literal_number(&mut self) -> String {
        match self.dice.below(5) {
            0 => format!("{}.{}", self.dice.below(100), self.dice.below(10)),
            1 => format!("0x{:02x}", self.dice.below(256)),
            _ => self.dice.below(1000).to_string(),
        }
    }

    fn string(&mut self, depth: u32, size: u32) -> String {
        match self.dice.below(6) {
            0 => (self.dice.pick(&[
                "'a'",
                "'it''s'",
                "'for update'",
                "\"x\"",
                "'a\\'b'",
                "'/* ! */'",
                "'@v := 1'",
                "''",
                "'-- x'",
                "'INTO OUTFILE'",
            ]))
            .to_string(),
            1..=3 if size > 0 => {
                let list = if self.dice.one_in(8) { f::FROM_DOCUMENTS } else { f::STRINGS };
                let template = self.dice.pick(list);
                self.fill(template, depth, size - 1)
            }
            _ => (self.dice.pick(&["a.s", "a.c", "`a`.`s`"])).to_string(),
        }
    }

    fn date(&mut self, depth: u32, size: u32) -> String {
        match self.dice.below(4) {
            0 => "'2024-01-02 03:04:05'".to_string(),
            1..=2 if size > 0 => {
                let template = self.dice.pick(f::DATES);
                self.fill(template, depth, size - 1)
            }
            _ => (self.dice.pick(&["a.d", "a.e"])).to_string(),
        }
    }

    fn document(&mut self, depth: u32, size: u32) -> String {
        if size == 0 || self.dice.one_in(3) {
            return "a.j".to_string();
        }
        let template = self.dice.pick(f::DOCUMENTS);
        self.fill(template, depth, size - 1)
    }

    /// A template with its arguments written in.
    fn fill(&mut self, template: &str, depth: u32, size: u32) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            filled += &rest[..at];
            let argument = match &rest[at..at + 3] {
                "{n}" => self.number(depth.max(1) + 1, size),
                "{s}" => self.string(depth, size),
                "{d}" => self.date(depth, size),
                "{j}" => self.document(depth, size),
                other => other.to_string(),
            };
            filled += &argument;
            rest = &rest[at + 3..];
        }
        filled + rest
    }
}
