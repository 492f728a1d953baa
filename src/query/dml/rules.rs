//! What a table asks of its rows: generated columns, CHECK constraints, defaults.

use std::sync::Arc;

use crate::engine::catalog::{DefaultValue, TableDef};
use crate::query::bind::Compiler;
use crate::query::expr::{Expr, ExprType};
use crate::query::{EvalContext, Interrupt, Session};
use crate::sql::statement::parse_expr;
use crate::value::store::{StoreMode, store};
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// A table's rules, compiled over its columns.
pub struct Rules {
    /// The table.
    pub table: Arc<TableDef>,
    generated: Vec<(usize, Expr)>,
    checks: Vec<(Arc<str>, Expr)>,
    /// Expressions of defaults, by column.
    defaults: Vec<Option<Expr>>,
}

impl Rules {
    /// The rules of a table.
    ///
    /// # Errors
    /// An expression of the catalog does not compile.
    pub fn new(table: Arc<TableDef>, session: &mut Session) -> Result<Self, Interrupt> {
        let mut compiler = Compiler::new(session, &[]);
        let mut compile = |sql: &str| -> Result<Expr, Interrupt> {
            let parsed = parse_expr(sql).map_err(|_| broken(sql))?;
            compiler.over_table(&parsed, &table)
        };
        let (mut generated, mut checks, mut defaults) = (Vec::new(), Vec::new(), Vec::new());
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(own) = &column.generated {
                generated.push((at, compile(&own.sql)?));
            }
            defaults.push(match &column.default {
                Some(DefaultValue::Expression(sql)) => Some(compile(sql)?),
                _ => None,
            });
        }
        for check in table.checks.iter().filter(|check| check.enforced) {
            checks.push((check.name.clone(), compile(&check.sql)?));
        }
        Ok(Self { table, generated, checks, defaults })
    }

    /// What the column holds where nothing is given; `None` where it has no default.
    ///
    /// # Errors
    /// Those of the default's expression.
    pub fn default(
        &self,
        at: usize,
        row: &[Value],
        mode: &StoreMode,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<Value>, Interrupt> {
        let Some(column) = self.table.columns.get(at) else { return Ok(None) };
        if let Some(Some(expr)) = self.defaults.get(at) {
            let value = expr.eval(ctx, row)?;
            let row_number = ctx.row_number;
            let stored =
                store(&value, Some(&expr.ty.ty), &column.ty, mode, &column.name, row_number, ctx)?;
            return Ok(Some(stored));
        }
        Ok(match &column.default {
            Some(DefaultValue::Value(value)) => Some(value.clone()),
            _ if column.nullable => Some(Value::Null),
            // The first member is what an ENUM holds without a default.
            _ => match &column.ty {
                ColumnType::Enum { .. } => Some(implicit_default(&column.ty)),
                _ => None,
            },
        })
    }

    /// Computes generated columns.
    ///
    /// # Errors
    /// Those of the expressions, and of storing what they give.
    pub fn generate(
        &self,
        row: &mut [Value],
        mode: &StoreMode,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        for (at, expr) in &self.generated {
            let Some(column) = self.table.columns.get(*at) else { continue };
            let value = expr.eval(ctx, row)?;
            let number = ctx.row_number;
            let stored =
                store(&value, Some(&expr.ty.ty), &column.ty, mode, &column.name, number, ctx)?;
            if matches!(stored, Value::Null) && !column.nullable {
                return Err(cannot_be_null(&column.name).into());
            }
            if let Some(place) = row.get_mut(*at) {
                *place = stored;
            }
        }
        Ok(())
    }

    /// Asks the CHECK constraints.
    ///
    /// # Errors
    /// 3819.
    pub fn check(&self, row: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        for (name, expr) in &self.checks {
            if expr.truth(ctx, row)? == Some(false) {
                let message = format!("Check constraint '{name}' is violated.");
                return Err(SqlError::new(3819, b"HY000", message).into());
            }
        }
        Ok(())
    }

    /// The type of a column.
    pub fn column_type(&self, at: usize) -> ExprType {
        self.table
            .columns
            .get(at)
            .map_or_else(ExprType::null, |column| ExprType::new(column.ty.clone(), column.nullable))
    }
}

fn broken(sql: &str) -> SqlError {
    SqlError::new(1105, b"HY000", format!("Invalid expression in the catalog: {sql}"))
}

/// 1048.
pub(super) fn cannot_be_null(column: &str) -> SqlError {
    SqlError::new(1048, b"23000", format!("Column '{column}' cannot be null"))
}

/// What a NOT NULL column without a default holds where an error is not wanted.
pub(super) fn implicit_default(ty: &ColumnType) -> Value {
    use crate::value::{Date, DateTime, Decimal, Time};
    match ty {
        ColumnType::Integer { unsigned: false, zerofill: false, size, .. } => {
            let _: &IntegerSize = size;
            Value::Int(0)
        }
        ColumnType::Integer { .. } | ColumnType::Bit(_) | ColumnType::Year => Value::UInt(0),
        ColumnType::Decimal { scale, .. } => Value::Decimal(Decimal::from_parts(0, *scale)),
        ColumnType::Float { .. } => Value::Double(0.0),
        ColumnType::Date => Value::Date(Date::default()),
        ColumnType::Time(_) => Value::Time(Time::default()),
        ColumnType::DateTime(_) | ColumnType::Timestamp(_) => Value::DateTime(DateTime::default()),
        ColumnType::Binary { varying: false, length } => {
            Value::Bytes(vec![0; *length as usize].into())
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Value::Bytes(Arc::new([])),
        ColumnType::Enum { members, .. } => {
            let text = members.first().cloned().unwrap_or_default();
            Value::Member(Arc::new(crate::value::Member { number: 1, text }))
        }
        ColumnType::Set { .. } => {
            Value::Member(Arc::new(crate::value::Member { number: 0, text: "".into() }))
        }
        ColumnType::Json => Value::Json(Arc::new(crate::value::Json::Null)),
        _ => Value::Text("".into()),
    }
}
