//! EXPLAIN's rows: one for each source, in the order in which they are read.

use std::sync::Arc;

use super::{Explainable, text_column};
use crate::engine::catalog::TableDef;
use crate::query::ResultColumn;
use crate::query::cells::text;
use crate::query::dml::{Explained, Rows};
use crate::query::expr::{Expr, ExprKind, ExprType};
use crate::query::plan::{Derived, KeyPlan, Node, QueryPlan, RangePlan, Scan, result_column};
use crate::store::IndexNo;
use crate::value::Value;

/// One row.
struct Line {
    id: u64,
    select_type: &'static str,
    table: Option<String>,
    access: Option<&'static str>,
    possible: Option<String>,
    key: Option<String>,
    rows: Option<f64>,
    extra: Vec<&'static str>,
}

/// The columns of the traditional form.
pub fn columns() -> Vec<ResultColumn> {
    let number =
        |name: &str| result_column(Arc::from(name), ExprType::big_integer(true, true), None);
    vec![
        number("id"),
        text_column("select_type", 19),
        text_column("table", 64),
        text_column("partitions", 4096),
        text_column("type", 10),
        text_column("possible_keys", 4096),
        text_column("key", 64),
        text_column("key_len", 4096),
        text_column("ref", 1024),
        number("rows"),
        result_column(Arc::from("filtered"), ExprType::double(true), None),
        text_column("Extra", 255),
    ]
}

/// The rows.
pub fn rows(plan: &Explainable) -> Vec<Vec<Value>> {
    lines(plan).into_iter().map(Line::values).collect()
}

/// The same as JSON.
pub fn json(plan: &Explainable) -> String {
    let tables: Vec<serde_json::Value> = lines(plan).iter().map(Line::json).collect();
    let whole = serde_json::json!({ "query_block": { "select_id": 1, "nested_loop": tables } });
    serde_json::to_string_pretty(&whole).unwrap_or_default()
}

fn lines(plan: &Explainable) -> Vec<Line> {
    let mut walk = Walk { lines: Vec::new(), next: 1 };
    match plan {
        Explainable::Query(plan) => walk.query(plan, "SIMPLE"),
        Explainable::Change(change) => walk.change(change),
    }
    let several = walk.lines.iter().any(|line| line.id > 1);
    for line in walk.lines.iter_mut().filter(|line| several && line.select_type == "SIMPLE") {
        line.select_type = "PRIMARY";
    }
    walk.lines
}

struct Walk {
    lines: Vec<Line>,
    next: u64,
}

impl Walk {
    /// The table that takes rows before those that give them; tables whose rows are found change in place.
    fn change(&mut self, change: &Explained) {
        let is_changed = |line: &&mut Line| match &line.table {
            Some(table) => change.changed.iter().any(|name| **name == **table),
            None => true,
        };
        match &change.rows {
            Rows::Found(node, _) => {
                self.next = 2;
                self.node(node, 1, "SIMPLE");
                let own = self.lines.iter_mut().filter(|line| line.id == 1);
                own.filter(is_changed).for_each(|line| line.select_type = change.verb);
            }
            rows => {
                let table = change.changed.first().map(|name| name.to_string());
                let mut line = Line::new(1, change.verb, table);
                line.access = Some("ALL");
                self.lines.push(line);
                match rows {
                    Rows::Query(plan) => self.query(plan, "SIMPLE"),
                    _ => self.next = 2,
                }
            }
        }
    }

    fn query(&mut self, plan: &QueryPlan, select_type: &'static str) {
        let id = self.next;
        self.next += 1;
        let before = self.lines.len();
        self.node(&plan.root, id, select_type);
        plan.outputs.iter().for_each(|output| self.subqueries(output));
        if self.lines.len() == before {
            let mut line = Line::new(id, select_type, None);
            line.extra.push("No tables used");
            self.lines.push(line);
        }
    }

    fn node(&mut self, node: &Node, id: u64, select_type: &'static str) {
        match node {
            Node::One | Node::Working { .. } | Node::Rows { .. } => {}
            Node::Nothing => {
                let mut line = Line::new(id, select_type, None);
                line.extra.push("Impossible WHERE");
                self.lines.push(line);
            }
            Node::Scan(scan) => {
                self.lines.push(of_scan(scan, id, select_type));
                scan.filter.iter().for_each(|filter| self.subqueries(filter));
            }
            Node::Virtual(scan) => {
                let mut line = Line::new(id, select_type, Some(scan.alias.to_string()));
                line.access = Some("ALL");
                self.lines.push(line);
            }
            Node::Derived(derived) => self.derived(derived, id, select_type),
            Node::Filter { input, condition } => {
                self.node(input, id, select_type);
                self.note("Using where");
                self.subqueries(condition);
            }
            Node::NestedLoop(join) => {
                self.node(&join.outer, id, select_type);
                self.node(&join.inner, id, select_type);
            }
            Node::HashJoin(join) => {
                self.node(&join.outer, id, select_type);
                self.node(&join.inner, id, select_type);
                self.note("Using join buffer (hash join)");
            }
            Node::Aggregate(aggregate) => {
                let at = self.lines.len();
                self.node(&aggregate.input, id, select_type);
                if !aggregate.single {
                    self.note_at(at, "Using temporary");
                }
            }
            Node::Window(window) => {
                let at = self.lines.len();
                self.node(&window.input, id, select_type);
                self.note_at(at, "Using filesort");
            }
            Node::Sort(sort) => {
                let at = self.lines.len();
                self.node(&sort.input, id, select_type);
                self.note_at(at, "Using filesort");
            }
            Node::Distinct { input, .. } => {
                let at = self.lines.len();
                self.node(input, id, select_type);
                self.note_at(at, "Using temporary");
            }
            Node::Compute { input, .. } => self.node(input, id, select_type),
            Node::Limit(limit) => self.node(&limit.input, id, select_type),
            Node::SetOperation(operation) => {
                self.query(&operation.left, "PRIMARY");
                self.query(&operation.right, "UNION");
            }
            Node::Recursive(recursive) => {
                self.query(&recursive.seed, "DERIVED");
                self.query(&recursive.step, "UNION");
            }
            Node::CountRows { .. } => {
                let mut line = Line::new(id, select_type, None);
                line.extra.push("Select tables optimized away");
                self.lines.push(line);
            }
        }
    }

    fn derived(&mut self, derived: &Derived, id: u64, select_type: &'static str) {
        let name = match derived.alias.is_empty() {
            true => format!("<derived{}>", self.next),
            false => derived.alias.to_string(),
        };
        let mut line = Line::new(id, select_type, Some(name));
        line.access = Some("ALL");
        self.lines.push(line);
        let inner = if derived.imports.is_empty() { "DERIVED" } else { "DEPENDENT DERIVED" };
        self.query(&derived.plan, inner);
    }

    fn subqueries(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Scalar(query)
            | ExprKind::Exists(query, _)
            | ExprKind::Quantified { query, .. } => {
                let dependent = !query.imports.is_empty();
                self.query(&query.plan, if dependent { "DEPENDENT SUBQUERY" } else { "SUBQUERY" });
            }
            _ => {}
        }
        expr.for_each_part(&mut |part| self.subqueries(part));
    }

    /// Says something about the last source.
    fn note(&mut self, what: &'static str) {
        let last = self.lines.len().saturating_sub(1);
        self.note_at(last, what);
    }

    fn note_at(&mut self, at: usize, what: &'static str) {
        if let Some(line) = self.lines.get_mut(at).filter(|line| !line.extra.contains(&what)) {
            line.extra.push(what);
        }
    }
}

impl Line {
    fn new(id: u64, select_type: &'static str, table: Option<String>) -> Self {
        Self {
            id,
            select_type,
            table,
            access: None,
            possible: None,
            key: None,
            rows: None,
            extra: Vec::new(),
        }
    }

    fn values(self) -> Vec<Value> {
        let maybe = |what: Option<&str>| what.map_or(Value::Null, text);
        let filtered = if self.rows.is_some() { Value::Double(100.0) } else { Value::Null };
        let extra = self.extra.join("; ");
        vec![
            Value::UInt(self.id),
            text(self.select_type),
            maybe(self.table.as_deref()),
            Value::Null,
            maybe(self.access),
            maybe(self.possible.as_deref()),
            maybe(self.key.as_deref()),
            Value::Null,
            Value::Null,
            self.rows.map_or(Value::Null, |rows| Value::UInt(rows.max(1.0) as u64)),
            filtered,
            maybe((!extra.is_empty()).then_some(extra.as_str())),
        ]
    }

    fn json(&self) -> serde_json::Value {
        let mut line = serde_json::json!({ "table": {
            "select_id": self.id,
            "table_name": self.table,
            "access_type": self.access,
            "key": self.key,
            "rows_examined_per_scan": self.rows.map(|rows| rows.max(1.0) as u64),
            "extra": self.extra,
        }});
        if ["INSERT", "REPLACE", "UPDATE", "DELETE"].contains(&self.select_type) {
            line["table"][self.select_type.to_lowercase()] = true.into();
        }
        line
    }
}

fn of_scan(scan: &Scan, id: u64, select_type: &'static str) -> Line {
    let mut line = Line::new(id, select_type, Some(scan.alias.to_string()));
    line.access = Some(access(scan));
    let key = scan.table.index_by_no(IndexNo(scan.index)).map(|index| index.name.to_string());
    let uses = !matches!(scan.keys, KeyPlan::All) || scan.index != 0;
    line.key = key.filter(|_| uses);
    line.possible.clone_from(&line.key);
    line.rows = Some(scan.rows);
    if scan.filter.is_some() && line.access != Some("const") {
        line.extra.push("Using where");
    }
    if scan.backward {
        line.extra.push("Backward index scan");
    }
    line
}

/// MySQL's name for a way to read a table.
pub(super) fn access(scan: &Scan) -> &'static str {
    let fixed = |values: &[Expr]| values.iter().all(|value| value.slots().is_empty());
    match &scan.keys {
        KeyPlan::All if scan.index == 0 => "ALL",
        KeyPlan::All => "index",
        KeyPlan::Point(point) if fixed(&point.values) => "const",
        KeyPlan::Point(_) => "eq_ref",
        KeyPlan::Ranges(ranges) => match ranges.as_slice() {
            [RangePlan { low: None, high: None, .. }] => "ref",
            _ => "range",
        },
    }
}

/// The name of the index that a scan uses.
pub(super) fn index_name(table: &TableDef, index: usize) -> String {
    table.index_by_no(IndexNo(index)).map_or_else(String::new, |index| index.name.to_string())
}
