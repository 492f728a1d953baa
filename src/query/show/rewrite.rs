//! Forms of SHOW as queries over information_schema and performance_schema.
//!
//! ```text
//! SHOW TABLES FROM d LIKE 'a%'
//!     SELECT * FROM (SELECT TABLE_NAME AS `Tables_in_d (a%)` FROM information_schema.TABLES
//!                    WHERE TABLE_SCHEMA = 'd') s WHERE `Tables_in_d (a%)` LIKE 'a%' ORDER BY 1
//! ```

use crate::sql::statement::ast::{EngineInfo, ProgramKind, Show, ShowFilter};
use crate::sql::statement::{print_expr, quote_name, quote_text};
use crate::value::SqlError;

/// What a form comes to.
struct Rewritten {
    /// The query that has all rows.
    base: String,
    /// The column that LIKE looks at, as it is called without LIKE.
    first: String,
    filter: Option<ShowFilter>,
    order: &'static str,
}

impl Rewritten {
    fn new(base: impl Into<String>, first: &str, filter: &Option<ShowFilter>) -> Self {
        let (base, first) = (base.into(), first.to_owned());
        Self { base, first, filter: filter.clone(), order: "" }
    }

    fn ordered(self, order: &'static str) -> Self {
        Self { order, ..self }
    }

    fn sql(self) -> String {
        let condition = match &self.filter {
            None => return format!("{} {}", self.base, self.order),
            Some(ShowFilter::Like(pattern)) => {
                format!("{} LIKE {}", quote_name(&self.first), quote_text(pattern))
            }
            Some(ShowFilter::Where(expr)) => print_expr(expr),
        };
        format!("SELECT * FROM ({}) s WHERE {condition} {}", self.base, self.order)
    }
}

/// The query that a form is, for a session whose default schema is this; none where it is no query.
///
/// # Errors
/// 1046.
pub fn rewrite(show: &Show, schema: Option<&str>) -> Result<Option<String>, SqlError> {
    let rewritten = match show {
        Show::Databases { filter } => databases(filter),
        Show::Tables { full, schema: given, filter, .. } => {
            tables(&named(given, schema)?, *full, filter)
        }
        Show::TableStatus { schema: given, filter } => {
            let base = in_schema(TABLE_STATUS, "TABLES", "TABLE_SCHEMA", &named(given, schema)?);
            Rewritten::new(base, "Name", filter).ordered("ORDER BY 1")
        }
        Show::OpenTables { schema: given, filter } => {
            let mut base =
                "SELECT TABLE_SCHEMA AS `Database`, TABLE_NAME AS `Table`, 0 AS In_use, \
                0 AS Name_locked FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'"
                    .to_owned();
            if let Some(given) = given {
                base.push_str(&format!(" AND TABLE_SCHEMA = {}", quote_text(given)));
            }
            Rewritten::new(base, "Table", filter)
        }
        Show::Triggers { schema: given, filter, .. } => {
            let base = in_schema(TRIGGERS, "TRIGGERS", "TRIGGER_SCHEMA", &named(given, schema)?);
            Rewritten::new(base, "Table", filter)
        }
        Show::Events { schema: given, filter } => {
            let base = in_schema(EVENTS, "EVENTS", "EVENT_SCHEMA", &named(given, schema)?);
            Rewritten::new(base, "Name", filter)
        }
        Show::Programs { kind, filter } => {
            let kind = if *kind == ProgramKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
            let base = format!(
                "{PROGRAMS} FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = '{kind}'"
            );
            Rewritten::new(base, "Name", filter)
        }
        _ => return Ok(of_server(show).map(Rewritten::sql)),
    };
    Ok(Some(rewritten.sql()))
}

fn of_server(show: &Show) -> Option<Rewritten> {
    let none = None;
    Some(match show {
        Show::Variables { global, filter } => {
            let table = if *global { "global_variables" } else { "session_variables" };
            variables(table, filter)
        }
        Show::Status { global, filter } => {
            let table = if *global { "global_status" } else { "session_status" };
            variables(table, filter)
        }
        Show::Collation { filter } => Rewritten::new(
            "SELECT COLLATION_NAME AS `Collation`, CHARACTER_SET_NAME AS `Charset`, ID AS `Id`, \
             IS_DEFAULT AS `Default`, IS_COMPILED AS `Compiled`, SORTLEN AS `Sortlen`, \
             PAD_ATTRIBUTE AS `Pad_attribute` FROM information_schema.COLLATIONS",
            "Collation",
            filter,
        )
        .ordered("ORDER BY 1"),
        Show::CharacterSet { filter } => Rewritten::new(
            "SELECT CHARACTER_SET_NAME AS `Charset`, DESCRIPTION AS `Description`, \
             DEFAULT_COLLATE_NAME AS `Default collation`, MAXLEN AS `Maxlen` \
             FROM information_schema.CHARACTER_SETS",
            "Charset",
            filter,
        )
        .ordered("ORDER BY 1"),
        Show::Engines => Rewritten::new(
            "SELECT ENGINE AS `Engine`, SUPPORT AS `Support`, COMMENT AS `Comment`, \
             TRANSACTIONS AS `Transactions`, XA, SAVEPOINTS AS `Savepoints` \
             FROM information_schema.ENGINES",
            "Engine",
            &none,
        ),
        Show::Plugins => Rewritten::new(
            "SELECT PLUGIN_NAME AS `Name`, PLUGIN_STATUS AS `Status`, PLUGIN_TYPE AS `Type`, \
             PLUGIN_LIBRARY AS `Library`, PLUGIN_LICENSE AS `License` FROM information_schema.PLUGINS",
            "Name",
            &none,
        ),
        Show::ProcessList { full } => {
            let info = if *full { "INFO" } else { "LEFT(INFO, 100)" };
            let base = format!(
                "SELECT ID AS `Id`, USER AS `User`, HOST AS `Host`, DB AS `db`, COMMAND AS `Command`, \
                 TIME AS `Time`, STATE AS `State`, {info} AS `Info` FROM information_schema.PROCESSLIST"
            );
            Rewritten::new(base, "Id", &none)
        }
        Show::EngineStatus { what: EngineInfo::Mutex | EngineInfo::Logs, .. } => Rewritten::new(
            "SELECT '' AS `Type`, '' AS `Name`, '' AS `Status` LIMIT 0",
            "Type",
            &none,
        ),
        Show::CountWarnings => Rewritten::new("SELECT @@session.warning_count", "", &none),
        Show::CountErrors => Rewritten::new("SELECT @@session.error_count", "", &none),
        Show::Profiles => Rewritten::new(
            "SELECT 0 AS `Query_ID`, 0.0 AS `Duration`, '' AS `Query` LIMIT 0",
            "Query_ID",
            &none,
        ),
        _ => return None,
    })
}

fn named(given: &Option<String>, default: Option<&str>) -> Result<String, SqlError> {
    let name = given.as_deref().or(default);
    name.map(str::to_owned).ok_or_else(crate::engine::no_database)
}

fn in_schema(select: &str, table: &str, column: &str, schema: &str) -> String {
    format!("{select} FROM information_schema.{table} WHERE {column} = {}", quote_text(schema))
}

/// The name of the first column, which tells the pattern of LIKE.
fn with_pattern(name: &str, filter: &Option<ShowFilter>) -> String {
    match filter {
        Some(ShowFilter::Like(pattern)) => format!("{name} ({pattern})"),
        _ => name.to_owned(),
    }
}

fn databases(filter: &Option<ShowFilter>) -> Rewritten {
    let first = with_pattern("Database", filter);
    let name = quote_name(&first);
    let base = format!("SELECT SCHEMA_NAME AS {name} FROM information_schema.SCHEMATA");
    Rewritten::new(base, &first, filter).ordered("ORDER BY 1")
}

fn tables(schema: &str, full: bool, filter: &Option<ShowFilter>) -> Rewritten {
    // Names there are in upper case, and so are patterns for them.
    let upper = match filter {
        Some(ShowFilter::Like(pattern)) if schema.eq_ignore_ascii_case("information_schema") => {
            Some(ShowFilter::Like(pattern.to_uppercase()))
        }
        _ => None,
    };
    let filter = if upper.is_some() { &upper } else { filter };
    let first = with_pattern(&format!("Tables_in_{schema}"), filter);
    let kind = if full { ", TABLE_TYPE AS `Table_type`" } else { "" };
    let select = format!("SELECT TABLE_NAME AS {}{kind}", quote_name(&first));
    let base = in_schema(&select, "TABLES", "TABLE_SCHEMA", schema);
    Rewritten::new(base, &first, filter).ordered("ORDER BY 1")
}

fn variables(table: &str, filter: &Option<ShowFilter>) -> Rewritten {
    let base = format!(
        "SELECT VARIABLE_NAME AS `Variable_name`, VARIABLE_VALUE AS `Value` \
         FROM performance_schema.{table}"
    );
    Rewritten::new(base, "Variable_name", filter)
}

/// SHOW COLUMNS of a permanent table or view.
pub fn columns(schema: &str, table: &str, full: bool, filter: &Option<ShowFilter>) -> String {
    let select = match full {
        true => COLUMNS_FULL,
        false => COLUMNS,
    };
    let base = in_schema(select, "COLUMNS", "TABLE_SCHEMA", schema);
    let base = format!("{base} AND TABLE_NAME = {} ORDER BY ORDINAL_POSITION", quote_text(table));
    Rewritten::new(base, "Field", filter).sql()
}

/// SHOW INDEX of a permanent table.
pub fn index(
    schema: &str,
    table: &str,
    selection: Option<&crate::sql::statement::ast::Expr>,
) -> String {
    let base = in_schema(INDEX, "STATISTICS", "TABLE_SCHEMA", schema);
    let base = format!("{base} AND TABLE_NAME = {}", quote_text(table));
    let filter = selection.map(|expr| ShowFilter::Where(expr.clone()));
    Rewritten::new(base, "Table", &filter).sql()
}

const COLUMNS: &str = "SELECT COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, IS_NULLABLE AS `Null`, \
    COLUMN_KEY AS `Key`, COLUMN_DEFAULT AS `Default`, EXTRA AS `Extra`";
const COLUMNS_FULL: &str = "SELECT COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, \
    COLLATION_NAME AS `Collation`, IS_NULLABLE AS `Null`, COLUMN_KEY AS `Key`, \
    COLUMN_DEFAULT AS `Default`, EXTRA AS `Extra`, PRIVILEGES AS `Privileges`, \
    COLUMN_COMMENT AS `Comment`";
const INDEX: &str = "SELECT TABLE_NAME AS `Table`, NON_UNIQUE AS `Non_unique`, INDEX_NAME AS `Key_name`, \
    SEQ_IN_INDEX AS `Seq_in_index`, COLUMN_NAME AS `Column_name`, COLLATION AS `Collation`, \
    CARDINALITY AS `Cardinality`, SUB_PART AS `Sub_part`, NULL AS `Packed`, NULLABLE AS `Null`, \
    INDEX_TYPE AS `Index_type`, COMMENT AS `Comment`, INDEX_COMMENT AS `Index_comment`, \
    IS_VISIBLE AS `Visible`, EXPRESSION AS `Expression`";
const TABLE_STATUS: &str = "SELECT TABLE_NAME AS `Name`, ENGINE AS `Engine`, VERSION AS `Version`, \
    ROW_FORMAT AS `Row_format`, TABLE_ROWS AS `Rows`, AVG_ROW_LENGTH AS `Avg_row_length`, \
    DATA_LENGTH AS `Data_length`, MAX_DATA_LENGTH AS `Max_data_length`, \
    INDEX_LENGTH AS `Index_length`, DATA_FREE AS `Data_free`, AUTO_INCREMENT AS `Auto_increment`, \
    CREATE_TIME AS `Create_time`, UPDATE_TIME AS `Update_time`, CHECK_TIME AS `Check_time`, \
    TABLE_COLLATION AS `Collation`, CHECKSUM AS `Checksum`, CREATE_OPTIONS AS `Create_options`, \
    TABLE_COMMENT AS `Comment`";
const TRIGGERS: &str = "SELECT TRIGGER_NAME AS `Trigger`, EVENT_MANIPULATION AS `Event`, \
    EVENT_OBJECT_TABLE AS `Table`, ACTION_STATEMENT AS `Statement`, ACTION_TIMING AS `Timing`, \
    CREATED AS `Created`, SQL_MODE AS `sql_mode`, DEFINER AS `Definer`, \
    CHARACTER_SET_CLIENT AS `character_set_client`, COLLATION_CONNECTION AS `collation_connection`, \
    DATABASE_COLLATION AS `Database Collation`";
const EVENTS: &str = "SELECT EVENT_SCHEMA AS `Db`, EVENT_NAME AS `Name`, DEFINER AS `Definer`, \
    TIME_ZONE AS `Time zone`, EVENT_TYPE AS `Type`, EXECUTE_AT AS `Execute at`, \
    INTERVAL_VALUE AS `Interval value`, INTERVAL_FIELD AS `Interval field`, STARTS AS `Starts`, \
    ENDS AS `Ends`, STATUS AS `Status`, ORIGINATOR AS `Originator`, \
    CHARACTER_SET_CLIENT AS `character_set_client`, COLLATION_CONNECTION AS `collation_connection`, \
    DATABASE_COLLATION AS `Database Collation`";
const PROGRAMS: &str = "SELECT ROUTINE_SCHEMA AS `Db`, ROUTINE_NAME AS `Name`, ROUTINE_TYPE AS `Type`, \
    EXTERNAL_LANGUAGE AS `Language`, DEFINER AS `Definer`, LAST_ALTERED AS `Modified`, CREATED AS `Created`, \
    SECURITY_TYPE AS `Security_type`, ROUTINE_COMMENT AS `Comment`, \
    CHARACTER_SET_CLIENT AS `character_set_client`, COLLATION_CONNECTION AS `collation_connection`, \
    DATABASE_COLLATION AS `Database Collation`";
