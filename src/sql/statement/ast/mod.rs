//! Statements as values.
//!
//! What a query or an expression is made of is sqlparser's (`Query`, `Expr` and what they hold, re-exported
//! here); everything around it is ours, because sqlparser's other statements are those of twenty dialects.
//!
//! MySQL's own syntax in sqlparser's terms; whoever binds must know these forms:
//!
//! | SQL | form |
//! | --- | --- |
//! | `?` | `Value::Placeholder("0")`, `"1"` …: the position in the statement; see [`parameter`] |
//! | `@a` | `Prefixed { prefix: "@", value: Identifier(a) }` |
//! | `@@x`, `@@global.x` | `Prefixed { prefix: "@@" or "@@global", "@@session", "@@persist" …, value: Identifier(x) }`; `x` may have a dot in it |
//! | `@a := 1` | `BinaryOp` with `Assignment` |
//! | `_latin1'x'`, `N'x'` | `Prefixed { prefix: "_latin1", value: Value }`; the string's bytes as `HexStringLiteral` where they are no UTF-8 |
//! | `x'41'`, `0x41`, `b'1'`, `0b1` | `HexStringLiteral` of whole bytes, upper case |
//! | `DATE'…'`, `{d '…'}` | `TypedString` |
//! | `x COLLATE y`, `BINARY x` | `Collate`; `Cast` to `Binary(None)` |
//! | `INTERVAL x DAY` | `Interval`, its unit `DateTimeField::Custom("DAY")`, upper case as are `DAY_HOUR` …; see [`unit`] |
//! | `d + INTERVAL …`, `INTERVAL … + d`, `d - INTERVAL …` | `BinaryOp` with `Plus` or `Minus` and the `Interval` on its side |
//! | `DATE_ADD(d, INTERVAL …)` and its like | `Function` whose second argument is the `Interval` |
//! | `TIMESTAMPDIFF(DAY, …)`, `GET_FORMAT(DATE, …)` | `Function`, first argument `Identifier("DAY")` |
//! | `EXTRACT(unit FROM x)` | `Extract`, unit as above |
//! | `SUBSTRING(x FROM a FOR b)`, `SUBSTR`, `MID` | `Function("SUBSTRING")` with two or three arguments |
//! | `POSITION(a IN b)` | `Function("LOCATE")` |
//! | `CURRENT_TIMESTAMP`, `CURRENT_USER` … without parentheses | `Function` without arguments |
//! | `DEFAULT` as a value | `Function("DEFAULT")` with `FunctionArguments::None`; see [`is_default`] |
//! | `CHAR(1, 2 USING cs)` | `FunctionArg::Named { name: "USING" }` behind the other arguments |
//! | `WEIGHT_STRING(x AS CHAR(3))` | `FunctionArg::Named { name: "CHAR" or "BINARY", arg: 3 }` |
//! | `GROUP_CONCAT(DISTINCT a, b ORDER BY c SEPARATOR ';')` | argument list with `duplicate_treatment` and clauses |
//! | `CONVERT(x, type)`, `CAST` | `Cast`; `CHAR(n) CHARACTER SET cs` has `cs` in `format`; `YEAR` is `Custom` |
//! | `CONVERT(x USING cs)` | `Convert` |
//! | `JSON_VALUE(d, p RETURNING t … ON EMPTY … ON ERROR)` | `FunctionArg::Named`: `RETURNING` (`Cast` of NULL), `ON_EMPTY`, `ON_ERROR` (an expression; `Identifier("ERROR")` raises) |
//! | `a SOUNDS LIKE b` | `SOUNDEX(a) = SOUNDEX(b)` |
//! | `REGEXP`, `RLIKE` | `RLike` |
//! | `a \|\| b` | `Or`, or `StringConcat` with PIPES_AS_CONCAT |
//! | `a AND b AND c` | trees of `And` and `Or` are balanced, so that long chains stay shallow; order is kept |
//! | `ROW(a, b)`, `(a, b)` | `Tuple`; single parentheses leave no trace |
//! | `SELECT a + 1` | an item without alias that is no column: `ExprWithAliases` with one alias, the text it is named by |
//! | `LIMIT a, b` | `LimitOffset` |
//! | `FROM DUAL` | no FROM |
//! | `FOR UPDATE OF a, b` | a `LockClause` for each name; `LOCK IN SHARE MODE` is `Share` |

pub mod accounts;
pub mod admin;
pub mod data;
pub mod plain;
pub mod replication;
pub mod schema;
pub mod session;
pub mod show;
pub mod table;

pub use accounts::*;
pub use admin::*;
pub use data::*;
pub use plain::*;
pub use replication::*;
pub use schema::*;
pub use session::*;
pub use show::*;
pub use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastFormat, CastKind, CharacterLength, Cte, DataType, DateTimeField,
    Distinct, DuplicateTreatment, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgOperator, FunctionArgumentClause, FunctionArgumentList, FunctionArguments,
    GroupByExpr, GroupByWithModifier, Ident, Interval, Join, JoinConstraint, JoinOperator,
    LimitClause, LockClause, LockType, MemberOf, NamedWindowDefinition, NamedWindowExpr, NonBlock,
    NullTreatment, ObjectName, ObjectNamePart, Offset, OrderBy, OrderByExpr, OrderByKind,
    OrderByOptions, OrderBySort, Parens, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SelectModifiers, SetExpr, SetOperator, SetQuantifier, Table,
    TableAlias, TableAliasColumnDef, TableFactor, TableIndexHints, TableWithJoins, TimezoneInfo,
    TrimWhereField, TypedString, UnaryOperator, Value, ValueWithSpan, Values,
    WildcardAdditionalOptions, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec,
    WindowType, With,
};
pub use table::*;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// SELECT, VALUES, TABLE, WITH.
    Query(Box<Query>),
    /// SELECT … INTO variables.
    SelectInto(Box<SelectInto>),
    /// INSERT.
    Insert(Box<Insert>),
    /// REPLACE.
    Replace(Box<Insert>),
    /// UPDATE of one table or several.
    Update(Box<Update>),
    /// DELETE from one table or several.
    Delete(Box<Delete>),
    /// LOAD DATA.
    LoadData(Box<LoadData>),
    /// EXPLAIN of a statement.
    Explain(Box<Explain>),
    /// DESCRIBE of a table.
    Describe(Describe),
    /// DO.
    Do(Vec<Expr>),
    /// CREATE TABLE.
    CreateTable(Box<CreateTable>),
    /// ALTER TABLE.
    AlterTable(Box<AlterTable>),
    /// DROP TABLE.
    DropTable(DropTable),
    /// RENAME TABLE: from and to.
    RenameTable(Vec<(TableName, TableName)>),
    /// TRUNCATE.
    Truncate(TableName),
    /// CREATE INDEX.
    CreateIndex(Box<CreateIndex>),
    /// DROP INDEX.
    DropIndex(DropIndex),
    /// CREATE DATABASE.
    CreateDatabase(CreateDatabase),
    /// ALTER DATABASE.
    AlterDatabase(AlterDatabase),
    /// DROP DATABASE.
    DropDatabase(DropDatabase),
    /// CREATE VIEW, ALTER VIEW.
    CreateView(Box<CreateView>),
    /// DROP VIEW.
    DropView(DropView),
    /// DROP PROCEDURE, FUNCTION, TRIGGER or EVENT: none exists, so all that matters is IF EXISTS.
    DropProgram(DropProgram),
    /// SET, one item after another.
    Set(Vec<SetItem>),
    /// USE.
    Use(String),
    /// BEGIN, START TRANSACTION.
    Begin(Begin),
    /// COMMIT.
    Commit(Completion),
    /// ROLLBACK.
    Rollback(Completion),
    /// SAVEPOINT.
    Savepoint(String),
    /// ROLLBACK TO.
    RollbackTo(String),
    /// RELEASE SAVEPOINT.
    ReleaseSavepoint(String),
    /// LOCK TABLES.
    LockTables(Vec<LockTable>),
    /// UNLOCK TABLES.
    UnlockTables,
    /// PREPARE.
    Prepare(Prepare),
    /// EXECUTE.
    Execute(Execute),
    /// DEALLOCATE PREPARE.
    Deallocate(String),
    /// SHOW.
    Show(Box<Show>),
    /// FLUSH.
    Flush(Flush),
    /// KILL.
    Kill(Kill),
    /// ANALYZE, CHECK, OPTIMIZE, REPAIR, CHECKSUM TABLE.
    Maintain(Maintain),
    /// PURGE BINARY LOGS.
    PurgeBinaryLogs(PurgeBinaryLogs),
    /// RESET BINARY LOGS AND GTIDS, RESET MASTER.
    ResetBinaryLogs,
    /// CHANGE REPLICATION SOURCE, START, STOP and RESET REPLICA.
    Replication(Box<Replication>),
    /// SHUTDOWN.
    Shutdown,
    /// CREATE USER.
    CreateUser(Box<CreateUser>),
    /// ALTER USER.
    AlterUser(Box<AlterUser>),
    /// DROP USER.
    DropUser(DropUser),
    /// RENAME USER: from and to.
    RenameUser(Vec<(Account, Account)>),
    /// GRANT.
    Grant(Box<Grant>),
    /// REVOKE.
    Revoke(Box<Revoke>),
    /// SET PASSWORD.
    SetPassword(SetPassword),
    /// Known, and not to be had here: 1235 with this name.
    Unsupported {
        /// What the error names.
        feature: String,
    },
}

/// A table's name as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    /// Its database, when given.
    pub schema: Option<String>,
    /// Its own.
    pub name: String,
}

/// A column's name as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnName {
    /// Its table, when given.
    pub table: Option<TableName>,
    /// Its own.
    pub name: String,
}

/// The position of a `?` in its statement, from 0.
pub fn parameter(value: &Value) -> Option<usize> {
    match value {
        Value::Placeholder(ordinal) => ordinal.parse().ok(),
        _ => None,
    }
}

/// The unit of an interval or of EXTRACT, upper case.
pub fn unit(field: &DateTimeField) -> Option<&str> {
    match field {
        DateTimeField::Custom(unit) => Some(&unit.value),
        _ => None,
    }
}

/// Whether an expression is the word DEFAULT alone.
pub fn is_default(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    matches!(function.args, FunctionArguments::None) && function.name.to_string() == "DEFAULT"
}

/// The parts of a name; sqlparser's kind of parts that are calls never come from our parser.
pub fn name_parts(name: &ObjectName) -> impl Iterator<Item = &str> {
    name.0.iter().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(ident.value.as_str()),
        ObjectNamePart::Function(_) => None,
    })
}

/// The ON of a join.
pub fn on_of(operator: &JoinOperator) -> Option<&Expr> {
    use JoinOperator as J;
    let (J::Join(constraint)
    | J::Inner(constraint)
    | J::CrossJoin(constraint)
    | J::Left(constraint)
    | J::LeftOuter(constraint)
    | J::Right(constraint)
    | J::RightOuter(constraint)
    | J::StraightJoin(constraint)) = operator
    else {
        return None;
    };
    match constraint {
        JoinConstraint::On(condition) => Some(condition),
        _ => None,
    }
}

impl TableName {
    /// From a name in a query; none where it has not one or two parts.
    pub fn of(name: &ObjectName) -> Option<Self> {
        let parts: Vec<&str> = name_parts(name).collect();
        match parts.as_slice() {
            [table] => Some(Self { schema: None, name: (*table).to_owned() }),
            [schema, table] => {
                Some(Self { schema: Some((*schema).to_owned()), name: (*table).to_owned() })
            }
            _ => None,
        }
    }
}
