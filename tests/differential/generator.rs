//! A deterministic generator: types × operators × functions × NULLs, the same statements on every machine.
//!
//! It makes scripts without answers; recording fills them in. Each script is about one crossing: what an
//! operator makes of two types, what a column makes of a value, what an aggregate makes of a column, and so on.

#[path = "generator/queries.rs"]
mod queries;
#[path = "generator/values.rs"]
mod values;

use std::collections::BTreeSet;
use std::path::Path;

use super::script::{Record, Script};
use values::{CASTS, COLUMNS, FUNCTIONS, LITERALS, OPERATORS, UNARY};

/// A small deterministic die (xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What makes a script's statements.
type Make = fn(&mut Dice) -> Vec<String>;

/// Every generated script, to be written into `folder`.
pub fn scripts(folder: &Path) -> Vec<Script> {
    let made: [(&str, Make); 9] = [
        ("literal-operators", literal_operators),
        ("column-operators", column_operators),
        ("casts", casts),
        ("functions", functions),
        ("stores", stores),
        ("aggregates", aggregates),
        ("mixed-types", mixed_types),
        ("predicates", predicates),
        ("queries", queries::queries),
    ];
    let scripts = made.iter().enumerate().map(|(number, (name, make))| {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1));
        Script {
            path: folder.join(format!("generated-{name}.slt")),
            records: make(&mut dice).into_iter().map(Record::new).collect(),
        }
    });
    scripts.collect()
}

/// Draws until there are `count` different statements.
fn distinct(count: usize, mut draw: impl FnMut() -> String) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    while all.len() < count {
        let sql = draw();
        if seen.insert(sql.clone()) {
            all.push(sql);
        }
    }
    all
}

fn literal_operators(dice: &mut Dice) -> Vec<String> {
    distinct(420, || {
        let (a, b) = (dice.pick(LITERALS), dice.pick(LITERALS));
        if dice.one_in(9) {
            return format!("SELECT {}{a}", dice.pick(UNARY));
        }
        format!("SELECT {a} {} {b}", dice.pick(OPERATORS))
    })
}

/// A table with a column of every type: a row of plain values, extremes, NULLs.
fn zoo() -> Vec<String> {
    let columns: Vec<String> = COLUMNS.iter().map(|c| format!("{} {}", c.name, c.ty)).collect();
    let mut all = vec![format!("CREATE TABLE zoo (id INT PRIMARY KEY, {})", columns.join(", "))];
    for row in 0..4 {
        let values: Vec<&str> = COLUMNS.iter().map(|c| c.rows[row]).collect();
        all.push(format!("INSERT INTO zoo VALUES ({}, {})", row + 1, values.join(", ")));
    }
    let nulls = vec!["NULL"; COLUMNS.len()];
    all.push(format!("INSERT INTO zoo VALUES (5, {})", nulls.join(", ")));
    all
}

fn column(dice: &mut Dice) -> &'static str {
    COLUMNS[dice.below(COLUMNS.len())].name
}

fn column_operators(dice: &mut Dice) -> Vec<String> {
    let mut all = zoo();
    all.extend(COLUMNS.iter().map(|c| format!("SELECT id, {} FROM zoo ORDER BY id", c.name)));
    all.extend(distinct(330, || {
        let a = column(dice);
        let b = if dice.one_in(3) { dice.pick(LITERALS) } else { column(dice) };
        // the rows hold extremes, so arithmetic between them is over in an error: row 1 is tame
        let operator = dice.pick(OPERATORS);
        let rows = if operator.len() == 1 && "+-*/%".contains(operator) {
            "id IN (1, 5)"
        } else {
            "id < 9"
        };
        format!("SELECT id, {a} {operator} {b} AS r FROM zoo WHERE {rows} ORDER BY id")
    }));
    all
}

fn casts(dice: &mut Dice) -> Vec<String> {
    let mut all: Vec<String> = zoo();
    all.extend(distinct(230, || {
        format!("SELECT CAST({} AS {})", dice.pick(LITERALS), dice.pick(CASTS))
    }));
    all.extend(distinct(130, || {
        format!(
            "SELECT id, CAST({} AS {}) AS r FROM zoo ORDER BY id",
            column(dice),
            dice.pick(CASTS)
        )
    }));
    all
}

/// A call: the function's own kinds of arguments, now and then something else.
fn call(dice: &mut Dice, f: &values::Function) -> String {
    let arguments: Vec<&str> = f
        .arguments
        .iter()
        .map(|kind| if dice.one_in(8) { dice.pick(LITERALS) } else { dice.pick(kind) })
        .collect();
    format!("{}({})", f.name, arguments.join(", "))
}

fn functions(dice: &mut Dice) -> Vec<String> {
    let mut all = Vec::new();
    for f in FUNCTIONS {
        let most: usize = f.arguments.iter().map(|kind| kind.len()).product();
        let count = most.min(if f.arguments.is_empty() { 1 } else { 5 });
        all.extend(distinct(count, || format!("SELECT {}", call(dice, f))));
    }
    all
}

fn stores(dice: &mut Dice) -> Vec<String> {
    let mut all = Vec::new();
    for c in COLUMNS {
        all.push(format!("CREATE TABLE s_{} (id INT PRIMARY KEY, v {})", c.name, c.ty));
        let values = distinct(9, || dice.pick(LITERALS).to_owned());
        for (id, value) in values.iter().enumerate() {
            let ignore = if dice.one_in(2) { " IGNORE" } else { "" };
            all.push(format!("INSERT{ignore} INTO s_{} VALUES ({id}, {value})", c.name));
        }
        all.push(format!("SELECT id, v FROM s_{} ORDER BY id", c.name));
        all.push(format!("SELECT id, v FROM s_{} ORDER BY v, id", c.name));
    }
    all
}

fn aggregates(_: &mut Dice) -> Vec<String> {
    let mut all = zoo();
    for c in COLUMNS {
        let c = c.name;
        all.push(format!("SELECT COUNT({c}), COUNT(DISTINCT {c}), MIN({c}), MAX({c}) FROM zoo"));
        all.push(format!("SELECT SUM({c}), AVG({c}) FROM zoo WHERE id IN (1, 5)"));
        all.push(format!("SELECT GROUP_CONCAT({c} ORDER BY id SEPARATOR '|') FROM zoo"));
        all.push(format!("SELECT {c}, COUNT(*) FROM zoo GROUP BY {c} ORDER BY {c}"));
        all.push(format!("SELECT id FROM zoo ORDER BY {c} DESC, id"));
        all.push(format!("SELECT MIN({c}), SUM({c}) FROM zoo WHERE id > 100"));
    }
    all
}

/// What type comes of two: the functions and set operations that must find one.
fn mixed_types(dice: &mut Dice) -> Vec<String> {
    let mut all = zoo();
    all.extend(distinct(260, || {
        let (a, b) = (column(dice), column(dice));
        match dice.below(7) {
            0 => format!("SELECT id, COALESCE({a}, {b}) AS r FROM zoo WHERE id IN (1, 5) ORDER BY id"),
            1 => format!("SELECT id, IF(id < 3, {a}, {b}) AS r FROM zoo ORDER BY id"),
            2 => format!("SELECT id, CASE WHEN id = 1 THEN {a} WHEN id = 2 THEN {b} END AS r FROM zoo ORDER BY id"),
            3 => format!("SELECT {a} AS r FROM zoo WHERE id = 1 UNION ALL SELECT {b} FROM zoo WHERE id = 1"),
            4 => format!("SELECT id, NULLIF({a}, {b}) AS r FROM zoo ORDER BY id"),
            5 => format!("SELECT id, GREATEST({a}, {b}) AS r FROM zoo WHERE id IN (1, 5) ORDER BY id"),
            _ => format!("SELECT id, CONCAT({a}, '/', {b}) AS r FROM zoo ORDER BY id"),
        }
    }));
    all
}

fn predicates(dice: &mut Dice) -> Vec<String> {
    let mut all = zoo();
    all.extend(distinct(230, || {
        let (c, v, w) = (column(dice), dice.pick(LITERALS), dice.pick(LITERALS));
        match dice.below(7) {
            0 => format!("SELECT id FROM zoo WHERE {c} IN ({v}, {w}) ORDER BY id"),
            1 => format!("SELECT id FROM zoo WHERE {c} NOT IN ({v}, {w}) ORDER BY id"),
            2 => format!("SELECT id FROM zoo WHERE {c} BETWEEN {v} AND {w} ORDER BY id"),
            3 => format!("SELECT id FROM zoo WHERE {c} <=> {v} OR {c} IS NULL ORDER BY id"),
            4 => format!("SELECT id FROM zoo WHERE {c} > {v} ORDER BY id"),
            5 => format!("SELECT id FROM zoo WHERE {c} LIKE '%1%' XOR {c} <= {v} ORDER BY id"),
            _ => format!("SELECT id FROM zoo WHERE NOT ({c} = {v}) AND {c} <> {w} ORDER BY id"),
        }
    }));
    all
}
