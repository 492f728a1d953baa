//! Runs `SELECT expression` and writes what comes of it as the scripts do.

use crate::query::expr::ExprType;
use crate::query::session::Session;
use crate::query::{Interrupt, Pause, ResultColumn, ResultSink, execute};
use crate::sql::statement::{ParserMode, parse_one};
use crate::value::display::text_of;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// What an expression gives: value and type or the error, and the codes of its warnings.
pub struct Answer {
    pub text: String,
    pub warnings: Vec<u16>,
}

#[derive(Default)]
struct Sink {
    ty: Option<ExprType>,
    value: Option<Value>,
}

impl ResultSink for Sink {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.ty = columns.first().map(|column| column.ty.clone());
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        self.value = values.first().cloned();
        Ok(())
    }
}

pub fn evaluate(expression: &str) -> Answer {
    let mut session = Session::for_test(1);
    session.database = Some("test".into());
    session.variables.time_zone = "+00:00".into();
    let text = match run(&mut session, &format!("SELECT {expression}")) {
        Ok((value, ty)) => format!("{} : {}", shown(&value, &ty), type_text(&ty)),
        Err(error) => format!("error {}", error.code),
    };
    let warnings = session.diagnostics.list().iter().map(|warning| warning.code).collect();
    Answer { text, warnings }
}

/// Waits are over at once, then the statement runs again.
fn run(session: &mut Session, sql: &str) -> Result<(Value, ExprType), SqlError> {
    let parsed = parse_one(sql.as_bytes(), ParserMode::default())?;
    loop {
        let mut sink = Sink::default();
        session.diagnostics.clear();
        match execute(session, sql, &parsed, &[], &mut sink) {
            Ok(_) => return Ok((sink.value.unwrap(), sink.ty.unwrap())),
            Err(Interrupt::Error(error)) => return Err(error),
            Err(Interrupt::Pause(Pause::UserLock { .. })) => session.waited.push(Value::Int(1)),
            Err(Interrupt::Pause(_)) => session.waited.push(Value::Int(0)),
            Err(Interrupt::Wait(_)) => panic!("nothing is locked"),
        }
    }
}

fn shown(value: &Value, ty: &ExprType) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bytes(bytes) if bytes.iter().all(|byte| (32..127).contains(byte)) => {
            format!("b'{}'", String::from_utf8_lossy(bytes))
        }
        Value::Bytes(bytes) => {
            let hex = super::super::numeric::bases::hex_of(bytes).to_lowercase();
            format!("x'{hex}'")
        }
        value => {
            let text = text_of(value, &ty.ty).replace('\\', "\\\\");
            let text = text.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
            format!("'{}'", text.replace('\0', "\\0"))
        }
    }
}

fn type_text(ty: &ExprType) -> String {
    let name = match &ty.ty {
        ColumnType::Integer { size, unsigned, .. } => {
            let name = if *size == IntegerSize::Big { "bigint" } else { "int" };
            format!("{name}{}", if *unsigned { " unsigned" } else { "" })
        }
        ColumnType::Decimal { precision, scale, .. } => format!("decimal({precision},{scale})"),
        ColumnType::Float { digits: Some((digits, scale)), .. } => {
            format!("double({digits},{scale})")
        }
        ColumnType::Float { .. } => "double".to_owned(),
        ColumnType::Year => "year".to_owned(),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Time(fsp) => format!("time({fsp})"),
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => format!("datetime({fsp})"),
        ColumnType::Char { length, .. } => format!("varchar({length})"),
        ColumnType::Text { .. } => "text".to_owned(),
        ColumnType::Binary { length, .. } => format!("varbinary({length})"),
        ColumnType::Blob(_) => "blob".to_owned(),
        ColumnType::Json => "json".to_owned(),
        other => format!("{other:?}"),
    };
    if ty.nullable { name } else { format!("{name} not null") }
}
