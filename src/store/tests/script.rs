//! Golden scripts: transactions over a table of numbers, one scenario a file in `testscripts/`.
//!
//! ```text
//! table COLUMNS [primary=N/N] [index=N/N] [unique=N/N]     starts
//! T: begin                               a snapshot
//! T: insert V V V                        V is a number or null
//! T: update KEY V V V                    KEY is a primary key, or nN for a hidden one
//! T: delete KEY
//! T: statement                           the next statement begins
//! T: mark NAME    T: rollback NAME    T: commit
//! T: scan [INDEX] [from=V/V] [after=V/V] [to=V/V] [before=V/V] [reverse] [latest]
//! T: keys …                              the same, without looking at rows
//! T: find INDEX V V [latest]             by unique key
//! T: changes                             for the binlog
//! size                                   rows and bytes of the latest version
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use goldenscript::{ArgumentConsumer, Command, Context, Runner};

use super::super::*;
use super::{key_shape, numbers, row, shape};
use crate::value::Row;

const TABLE: TableId = TableId(1);

type Output = Result<String, Box<dyn Error>>;

#[derive(Default)]
struct Transaction {
    snapshot: Tables,
    writes: WriteSet,
    marks: BTreeMap<String, Mark>,
}

#[derive(Default)]
struct Script {
    latest: Tables,
    transactions: BTreeMap<String, Transaction>,
}

fn value(text: &str) -> Result<Option<i64>, Box<dyn Error>> {
    Ok(if text == "null" { None } else { Some(text.parse()?) })
}

fn values(text: &str) -> Result<Row, Box<dyn Error>> {
    Ok(row(&text.split('/').map(value).collect::<Result<Vec<_>, _>>()?))
}

fn rest(args: &mut ArgumentConsumer<'_>) -> Result<Row, Box<dyn Error>> {
    let texts: Vec<&str> = std::iter::from_fn(|| args.next_pos()).collect();
    values(&texts.join("/"))
}

fn show(row: &Row) -> String {
    let shown = numbers(row).into_iter();
    let shown = shown.map(|number| number.map_or("null".to_owned(), |number| number.to_string()));
    shown.collect::<Vec<_>>().join(" ")
}

fn show_change(change: &Change) -> String {
    let shown = |row: &Option<Row>| row.as_ref().map(show).unwrap_or_default();
    let (before, after) = (shown(&change.before), shown(&change.after));
    match (&change.before, &change.after) {
        (None, _) => format!("{}: insert {after}", change.statement),
        (_, None) => format!("{}: delete {before}", change.statement),
        _ => format!("{}: update {before} to {after}", change.statement),
    }
}

impl Script {
    fn table(&self) -> Result<Table, Box<dyn Error>> {
        Ok(self.latest.get(TABLE).map(|table| (**table).clone()).ok_or("no table")?)
    }

    fn transaction(&mut self, name: &str) -> &mut Transaction {
        self.transactions.entry(name.to_owned()).or_default()
    }

    fn create(&mut self, args: &mut ArgumentConsumer<'_>) -> Output {
        let columns = args.next_pos().ok_or("how many columns?")?.parse()?;
        let mut keys = BTreeMap::new();
        for name in ["primary", "index", "unique"] {
            if let Some(parts) = args.take_key(name) {
                let parts: Result<Vec<usize>, _> = parts.split('/').map(str::parse).collect();
                keys.insert(name, key_shape(&parts?, name != "index"));
            }
        }
        let secondary = ["index", "unique"].iter().filter_map(|name| keys.get(name).cloned());
        let shape = shape(columns, keys.get("primary").cloned(), secondary.collect());
        self.latest.insert(Table::new(shape));
        Ok(String::new())
    }

    fn key(&self, text: &str) -> Result<Key, Box<dyn Error>> {
        Ok(match text.strip_prefix('n') {
            Some(number) => Key::from_number(number.parse()?),
            None => self.table()?.shape().search_key(IndexNo::ROWS, values(text)?.values()),
        })
    }

    fn insert(&mut self, name: &str, args: &mut ArgumentConsumer<'_>) -> Output {
        let (table, row) = (self.table()?, rest(args)?);
        let latest = self.latest.clone();
        let writes = &mut self.transaction(name).writes;
        if let Some(key) = table.shape().row_key(&row) {
            let view = View::new(&latest, Some(writes.overlay()));
            if let Some(duplicate) = view.duplicate(&table, &key, &row, None) {
                return Ok(format!("duplicate in index {}\n", duplicate.index.0));
            }
        }
        writes.insert(&table, row);
        Ok(String::new())
    }

    /// The row as the transaction would change it: the newest committed, or its own.
    fn current(&mut self, name: &str, key: &Key) -> Result<Row, Box<dyn Error>> {
        let latest = self.latest.clone();
        let view = View::new(&latest, Some(self.transaction(name).writes.overlay()));
        Ok(view.get(TABLE, key).cloned().ok_or("no such row")?)
    }

    fn update(&mut self, name: &str, args: &mut ArgumentConsumer<'_>) -> Output {
        let key = self.key(args.next_pos().ok_or("which row?")?)?;
        let (table, before, after) = (self.table()?, self.current(name, &key)?, rest(args)?);
        self.transaction(name).writes.update(&table, &key, before, after);
        Ok(String::new())
    }

    fn delete(&mut self, name: &str, args: &mut ArgumentConsumer<'_>) -> Output {
        let key = self.key(args.next_pos().ok_or("which row?")?)?;
        let (table, before) = (self.table()?, self.current(name, &key)?);
        self.transaction(name).writes.delete(&table, &key, before);
        Ok(String::new())
    }

    fn scan(&mut self, name: &str, args: &mut ArgumentConsumer<'_>, rows: bool) -> Output {
        let shape = self.table()?.shape().clone();
        let (mut latest, mut direction, mut index) = (false, Direction::Forward, IndexNo::ROWS);
        while let Some(word) = args.next_pos() {
            match word {
                "latest" => latest = true,
                "reverse" => direction = Direction::Backward,
                number => index = IndexNo(number.parse()?),
            }
        }
        let mut edge = |including: &str, excluding: &str| -> Result<Edge, Box<dyn Error>> {
            let key =
                |text| Ok::<_, Box<dyn Error>>(shape.search_key(index, values(text)?.values()));
            let edge = args.take_key(including).map(|text| key(text).map(Edge::Including));
            let edge = edge.or(args.take_key(excluding).map(|text| key(text).map(Edge::Excluding)));
            edge.unwrap_or(Ok(Edge::Open))
        };
        let range = KeyRange::between(edge("from", "after")?, edge("to", "before")?);
        let newest = self.latest.clone();
        let transaction = self.transaction(name);
        let tables = if latest { &newest } else { &transaction.snapshot };
        let view = View::new(tables, Some(transaction.writes.overlay()));
        let mut output = String::new();
        if rows {
            for found in view.scan(TABLE, index, &range, direction) {
                writeln!(output, "{}", show(found.row))?;
            }
            return Ok(output);
        }
        for found in view.scan_keys(TABLE, index, &range, direction) {
            let (columns, row_key) = (Key::new(found.columns()), found.row_key());
            writeln!(output, "{columns:?} row {row_key:?}")?;
        }
        Ok(output)
    }

    fn find(&mut self, name: &str, args: &mut ArgumentConsumer<'_>) -> Output {
        let index = IndexNo(args.next_pos().ok_or("which index?")?.parse()?);
        let columns = self.table()?.shape().search_key(index, rest(args)?.values());
        let newest = self.latest.clone();
        let view = View::new(&newest, Some(self.transaction(name).writes.overlay()));
        let key = view.find_unique(TABLE, index, &columns);
        let row = key.and_then(|key| view.get(TABLE, &key));
        Ok(row.map_or("none".to_owned(), show) + "\n")
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Output {
        let name = context.prefix.clone().unwrap_or_default();
        let mut args = command.consume_args();
        let output = match command.name.as_str() {
            "table" => self.create(&mut args)?,
            "begin" => {
                let snapshot = self.latest.clone();
                self.transactions.insert(name, Transaction { snapshot, ..Default::default() });
                String::new()
            }
            "insert" => self.insert(&name, &mut args)?,
            "update" => self.update(&name, &mut args)?,
            "delete" => self.delete(&name, &mut args)?,
            "scan" => self.scan(&name, &mut args, true)?,
            "keys" => self.scan(&name, &mut args, false)?,
            "find" => self.find(&name, &mut args)?,
            "statement" => {
                self.transaction(&name).writes.start_statement();
                String::new()
            }
            "mark" => {
                let mark = self.transaction(&name).writes.mark();
                let label = args.next_pos().ok_or("which mark?")?.to_string();
                self.transaction(&name).marks.insert(label, mark);
                String::new()
            }
            "rollback" => {
                let label = args.next_pos().ok_or("to which mark?")?.to_string();
                let transaction = self.transaction(&name);
                let mark = transaction.marks.get(&label).ok_or("no such mark")?;
                transaction.writes.rollback_to(mark);
                String::new()
            }
            "changes" => {
                let writes = &self.transaction(&name).writes;
                writes.changes().iter().map(|change| show_change(change) + "\n").collect()
            }
            "commit" => {
                let writes = std::mem::take(&mut self.transaction(&name).writes);
                self.latest = apply(&self.latest, &writes);
                self.transactions.remove(&name);
                String::new()
            }
            "size" => {
                let bytes = self.latest.bytes();
                format!("{} rows, {bytes} bytes\n", self.table()?.len())
            }
            other => return Err(format!("unknown command {other}").into()),
        };
        args.reject_next()?;
        Ok(output)
    }
}

/// Runs one script; `UPDATE_GOLDENFILES=1` rewrites its output.
fn run(name: &str) {
    let path = format!("src/store/testscripts/{name}");
    goldenscript::run(&mut Script::default(), path).expect("the script");
}

macro_rules! scripts {
    ($($name:ident)*) => { $(#[test] fn $name() { run(stringify!($name)); })* };
}

scripts! {
    ranges snapshot own_writes moved_meanwhile savepoints insert_and_delete unique_nulls
    hidden_keys primary_key_changed size
}
