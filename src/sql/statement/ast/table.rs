//! Tables: CREATE TABLE, ALTER TABLE and all that stands in them.

use super::{Expr, OrderByExpr, Query, TableName};

/// CREATE TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// TEMPORARY.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// Its name.
    pub name: TableName,
    /// LIKE this one; then nothing else is there.
    pub like: Option<TableName>,
    /// Columns.
    pub columns: Vec<ColumnDefinition>,
    /// Indexes, those of column attributes not included.
    pub indexes: Vec<IndexDefinition>,
    /// FOREIGN KEY.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK, those of columns not included.
    pub checks: Vec<Check>,
    /// ENGINE and so on, in order.
    pub options: Vec<TableOption>,
    /// AS SELECT.
    pub select: Option<TableSelect>,
}

/// The query of CREATE TABLE … AS.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSelect {
    /// IGNORE or REPLACE before it.
    pub duplicates: super::OnDuplicate,
    /// The query.
    pub query: Box<Query>,
}

/// A column in CREATE TABLE or ALTER TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeDefinition,
    /// NULL or NOT NULL, when given.
    pub nullable: Option<bool>,
    /// DEFAULT.
    pub default: Option<DefaultValue>,
    /// ON UPDATE CURRENT_TIMESTAMP, with its digits.
    pub on_update: Option<u64>,
    /// AUTO_INCREMENT.
    pub auto_increment: bool,
    /// PRIMARY KEY.
    pub primary: bool,
    /// UNIQUE.
    pub unique: bool,
    /// COMMENT.
    pub comment: Option<String>,
    /// INVISIBLE.
    pub invisible: bool,
    /// GENERATED ALWAYS AS.
    pub generated: Option<Generated>,
    /// CHECK, in order.
    pub checks: Vec<Check>,
    /// REFERENCES: a foreign key of this column.
    pub references: Option<ForeignKey>,
}

/// The expression of a generated column.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// It.
    pub expr: Expr,
    /// STORED; VIRTUAL unless given.
    pub stored: bool,
}

/// What DEFAULT says.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// A literal, with its sign, or NULL.
    Literal(Expr),
    /// CURRENT_TIMESTAMP and its other names, with its digits.
    Now(u64),
    /// `(expression)`
    Expression(Expr),
}

/// A column's type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDefinition {
    /// Its name and arguments.
    pub name: TypeName,
    /// UNSIGNED.
    pub unsigned: bool,
    /// ZEROFILL.
    pub zerofill: bool,
    /// CHARACTER SET, ASCII (`latin1`), UNICODE (`ucs2`), BYTE (`binary`), NATIONAL (`utf8mb3`).
    pub charset: Option<String>,
    /// COLLATE.
    pub collate: Option<String>,
    /// BINARY: the character set's binary collation.
    pub binary: bool,
    /// `NATIONAL`, `ASCII`, `UNICODE` or `BYTE`, where one of these said which character set.
    pub charset_word: Option<&'static str>,
}

/// The types, with lengths as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeName {
    /// TINYINT(width); BOOL is TINYINT(1).
    TinyInt(Option<u64>),
    /// SMALLINT.
    SmallInt(Option<u64>),
    /// MEDIUMINT.
    MediumInt(Option<u64>),
    /// INT.
    Int(Option<u64>),
    /// BIGINT.
    BigInt(Option<u64>),
    /// SERIAL: BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE.
    Serial,
    /// DECIMAL(precision, scale).
    Decimal(Option<(u64, u64)>),
    /// FLOAT(precision), or FLOAT(digits, scale).
    Float(Option<(u64, Option<u64>)>),
    /// DOUBLE(digits, scale).
    Double(Option<(u64, u64)>),
    /// BIT(length).
    Bit(Option<u64>),
    /// BOOL, BOOLEAN.
    Bool,
    /// CHAR(length).
    Char(Option<u64>),
    /// VARCHAR(length).
    Varchar(u64),
    /// BINARY(length).
    Binary(Option<u64>),
    /// VARBINARY(length).
    Varbinary(u64),
    /// TINYTEXT.
    TinyText,
    /// TEXT(length).
    Text(Option<u64>),
    /// MEDIUMTEXT.
    MediumText,
    /// LONGTEXT.
    LongText,
    /// TINYBLOB.
    TinyBlob,
    /// BLOB(length).
    Blob(Option<u64>),
    /// MEDIUMBLOB.
    MediumBlob,
    /// LONGBLOB.
    LongBlob,
    /// ENUM.
    Enum(Vec<String>),
    /// SET.
    Set(Vec<String>),
    /// DATE.
    Date,
    /// TIME(digits).
    Time(Option<u64>),
    /// DATETIME(digits).
    DateTime(Option<u64>),
    /// TIMESTAMP(digits).
    Timestamp(Option<u64>),
    /// YEAR.
    Year(Option<u64>),
    /// JSON.
    Json,
}

/// An index, as defined.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexDefinition {
    /// PRIMARY, UNIQUE or neither.
    pub kind: IndexKind,
    /// Its name, when given; of a UNIQUE or PRIMARY constraint the constraint's.
    pub name: Option<String>,
    /// Its parts.
    pub parts: Vec<IndexPart>,
    /// USING HASH or BTREE.
    pub using: Option<IndexMethod>,
    /// COMMENT.
    pub comment: Option<String>,
    /// INVISIBLE.
    pub invisible: bool,
}

/// What an index promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE.
    Unique,
    /// INDEX, KEY.
    Plain,
}

/// USING; all indexes are ordered here as in InnoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexMethod {
    /// BTREE.
    BTree,
    /// HASH.
    Hash,
}

/// A part of an index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexPart {
    /// What is indexed.
    pub key: IndexKey,
    /// DESC.
    pub descending: bool,
}

/// What a part of an index indexes.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a statement has few of them, and each is taken apart at once"
)]
pub enum IndexKey {
    /// A column, or its first characters.
    Column {
        /// Its name.
        name: String,
        /// How many characters (bytes of binary strings).
        prefix: Option<u64>,
    },
    /// `(expression)`
    Expression(Expr),
}

/// FOREIGN KEY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// CONSTRAINT name.
    pub constraint: Option<String>,
    /// The name behind FOREIGN KEY: the index's.
    pub index: Option<String>,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// The other table.
    pub parent: TableName,
    /// Its columns; none for those of its primary key.
    pub parent_columns: Vec<String>,
    /// ON DELETE.
    pub on_delete: Option<ReferenceAction>,
    /// ON UPDATE.
    pub on_update: Option<ReferenceAction>,
}

/// What happens to rows whose parent goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceAction {
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// NO ACTION.
    NoAction,
    /// SET DEFAULT: refused for InnoDB tables.
    SetDefault,
}

/// CHECK.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// CONSTRAINT name.
    pub name: Option<String>,
    /// What must not be false.
    pub expr: Expr,
    /// Not NOT ENFORCED.
    pub enforced: bool,
}

/// A table option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableOption {
    /// ENGINE.
    Engine(String),
    /// AUTO_INCREMENT.
    AutoIncrement(u64),
    /// DEFAULT CHARACTER SET; none: the database's.
    Charset(Option<String>),
    /// DEFAULT COLLATE.
    Collate(String),
    /// COMMENT.
    Comment(String),
    /// ROW_FORMAT, upper case.
    RowFormat(String),
    /// Any other that InnoDB reads: name (upper case) and value. It has no effect here.
    Other(String, String),
}

/// ALTER TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    /// Which.
    pub table: TableName,
    /// What is done, in order.
    pub actions: Vec<AlterAction>,
    /// ALGORITHM: `INSTANT`, `INPLACE` or `COPY`; none is DEFAULT.
    pub algorithm: Option<&'static str>,
    /// LOCK: `NONE`, `SHARED` or `EXCLUSIVE`; none is DEFAULT.
    pub lock: Option<&'static str>,
}

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnPlace {
    /// FIRST.
    First,
    /// AFTER this one.
    After(String),
}

/// One action of ALTER TABLE. WITH VALIDATION leaves no trace.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterAction {
    /// ADD COLUMN.
    AddColumn {
        /// IF NOT EXISTS, as MariaDB has it.
        if_not_exists: bool,
        /// It.
        column: ColumnDefinition,
        /// Where.
        place: Option<ColumnPlace>,
    },
    /// ADD INDEX, KEY, UNIQUE, PRIMARY KEY.
    AddIndex(IndexDefinition),
    /// ADD FOREIGN KEY.
    AddForeignKey(ForeignKey),
    /// ADD CHECK.
    AddCheck(Check),
    /// MODIFY COLUMN; CHANGE COLUMN with another `old` name.
    ChangeColumn {
        /// The name until now.
        old: String,
        /// The new definition.
        column: ColumnDefinition,
        /// Where.
        place: Option<ColumnPlace>,
    },
    /// DROP COLUMN.
    DropColumn {
        /// Which.
        name: String,
        /// IF EXISTS, as MariaDB has it.
        if_exists: bool,
    },
    /// DROP INDEX.
    DropIndex(String),
    /// DROP PRIMARY KEY.
    DropPrimaryKey,
    /// DROP FOREIGN KEY.
    DropForeignKey(String),
    /// DROP CHECK.
    DropCheck(String),
    /// DROP CONSTRAINT: whichever it is.
    DropConstraint(String),
    /// ALTER CHECK … \[NOT\] ENFORCED, and ALTER CONSTRAINT.
    AlterCheck {
        /// Which.
        name: String,
        /// ENFORCED.
        enforced: bool,
    },
    /// ALTER INDEX … VISIBLE.
    AlterIndex {
        /// Which.
        name: String,
        /// Whether the planner may use it.
        visible: bool,
    },
    /// ALTER COLUMN … SET DEFAULT; none is DROP DEFAULT.
    AlterDefault {
        /// Which.
        column: String,
        /// The default.
        default: Option<DefaultValue>,
    },
    /// ALTER COLUMN … SET VISIBLE.
    AlterVisibility {
        /// Which.
        column: String,
        /// INVISIBLE.
        invisible: bool,
    },
    /// RENAME COLUMN.
    RenameColumn {
        /// From.
        old: String,
        /// To.
        new: String,
    },
    /// RENAME INDEX.
    RenameIndex {
        /// From.
        old: String,
        /// To.
        new: String,
    },
    /// RENAME TO.
    RenameTo(TableName),
    /// CONVERT TO CHARACTER SET; no name is the database's.
    Convert {
        /// The character set.
        charset: Option<String>,
        /// COLLATE.
        collate: Option<String>,
    },
    /// ORDER BY: rows are stored in their key's order, so it does nothing.
    OrderBy(Vec<OrderByExpr>),
    /// A table option.
    Option(TableOption),
    /// FORCE.
    Force,
    /// DISABLE KEYS, ENABLE KEYS: nothing in InnoDB but a note.
    Keys {
        /// ENABLE.
        enable: bool,
    },
}
