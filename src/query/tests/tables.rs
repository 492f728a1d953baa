//! The tables of the golden scripts.
//!
//! * `t`: id INT AUTO_INCREMENT PRIMARY KEY, a INT, b VARCHAR(20) NOT NULL DEFAULT 'x', c DECIMAL(10,2),
//!   d DATE, ts TIMESTAMP, g INT AS (a * 2); KEY (a, id), UNIQUE (b); CHECK (a < 1000)
//! * `parent`: id INT PRIMARY KEY, name VARCHAR(20)
//! * `child`: id INT PRIMARY KEY, parent_id INT; FOREIGN KEY to parent ON DELETE CASCADE ON UPDATE CASCADE
//! * `strict`: id INT PRIMARY KEY, parent_id INT NOT NULL; FOREIGN KEY to parent
//! * `n`: n INT PRIMARY KEY, with 1 to 10

use crate::engine::catalog::{
    CheckDef, ColumnDef, DefaultValue, ForeignKeyAction, ForeignKeyDef, Generated, IndexDef,
    IndexKind, IndexPart, SchemaDef, TableDef, TableName,
};
use crate::engine::{CatalogChange, DdlStatement};
use crate::query::session::Session;
use crate::value::Value;
use crate::value::types::{CollationId, ColumnType, IntegerSize};

const COLLATION: CollationId = CollationId::UTF8MB4_0900_AI_CI;

fn int() -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Int, unsigned: false, width: None, zerofill: false }
}

fn text() -> ColumnType {
    ColumnType::Char { varying: true, length: 20, collation: COLLATION }
}

fn column(name: &str, ty: ColumnType, nullable: bool) -> ColumnDef {
    ColumnDef { nullable, ..ColumnDef::new(name, ty) }
}

fn index(name: &str, kind: IndexKind, columns: &[usize]) -> IndexDef {
    let part = |column: &usize| IndexPart { column: *column, prefix: None, descending: false };
    let parts = columns.iter().map(part).collect();
    IndexDef { name: name.into(), kind, parts, comment: "".into(), visible: true }
}

fn t() -> TableDef {
    let mut table = TableDef::new("test", "t", COLLATION);
    let decimal = ColumnType::Decimal { precision: 10, scale: 2, unsigned: false, zerofill: false };
    let mut id = column("id", int(), false);
    id.auto_increment = true;
    let mut b = column("b", text(), false);
    b.default = Some(DefaultValue::Value(Value::Text("x".into())));
    let mut g = column("g", int(), true);
    g.generated = Some(Generated { sql: "`a` * 2".into(), stored: true });
    let mut ts = column("ts", ColumnType::Timestamp(0), true);
    ts.on_update_now = true;
    table.columns = vec![
        id,
        column("a", int(), true),
        b,
        column("c", decimal, true),
        column("d", ColumnType::Date, true),
        ts,
        g,
    ];
    table.indexes = vec![
        index("PRIMARY", IndexKind::Primary, &[0]),
        index("a", IndexKind::Plain, &[1, 0]),
        index("b", IndexKind::Unique, &[2]),
    ];
    table.checks =
        vec![CheckDef { name: "small".into(), sql: "`a` < 1000".into(), enforced: true }];
    table
}

fn with_key(name: &str, columns: Vec<ColumnDef>) -> TableDef {
    let mut table = TableDef::new("test", name, COLLATION);
    table.columns = columns;
    table.indexes = vec![index("PRIMARY", IndexKind::Primary, &[0])];
    table
}

fn child(name: &str, nullable: bool, action: ForeignKeyAction) -> TableDef {
    let columns = vec![column("id", int(), false), column("parent_id", int(), nullable)];
    let mut table = with_key(name, columns);
    table.indexes.push(index("parent_id", IndexKind::Plain, &[1]));
    table.foreign_keys = vec![ForeignKeyDef {
        name: format!("{name}_fk").as_str().into(),
        columns: vec![1],
        parent: TableName::new("test", "parent"),
        parent_columns: vec!["id".into()],
        on_delete: action,
        on_update: action,
    }];
    table
}

/// Creates them.
pub fn create(session: &mut Session) {
    let parent = vec![column("id", int(), false), column("name", text(), true)];
    let tables = [
        t(),
        with_key("parent", parent),
        child("child", true, ForeignKeyAction::Cascade),
        child("strict", false, ForeignKeyAction::NoAction),
        with_key("n", vec![column("n", int(), false)]),
    ];
    let mut changes = vec![CatalogChange::CreateSchema(SchemaDef::new("test", COLLATION))];
    changes.extend(tables.into_iter().map(|table| CatalogChange::CreateTable(Box::new(table))));
    for change in changes {
        let transaction = session.lend_transaction();
        let statement = DdlStatement::default();
        let ticket = session.engine.ddl(transaction, statement, vec![change]);
        ticket.wait().unwrap();
    }
}
