//! Functions that are kinds of expressions, and the way of all others to the registry.

use super::Compiler;
use super::call::Arguments;
use super::errors::{grammar, invalid_group_function, parameter_count, unknown_column};
use super::expr::column_path;
use super::group::GROUPING;
use crate::engine::catalog::DefaultValue;
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::expr::{Arithmetic, Expr, ExprKind, ExprType, comparable, merge_types};
use crate::query::windows::WindowFunction;
use crate::sql::statement::ast;
use crate::value::SqlError;
use crate::value::types::ColumnType;

impl Compiler<'_> {
    pub(super) fn function(
        &mut self,
        function: &ast::Function,
        whole: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let parts: Vec<&str> = ast::name_parts(&function.name).collect();
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name.to_lowercase()),
            [schema, name] => (Some((*schema).to_owned()), name.to_lowercase()),
            _ => (None, function.name.to_string().to_lowercase()),
        };
        if let Some(schema) = schema {
            return Err(super::errors::no_function(Some(&schema), &name).into());
        }
        if let Some(over) = &function.over {
            return self.window_function(&name, function, over, whole);
        }
        if let Some(aggregate) = AggregateFunction::by_name(&name) {
            return self.aggregate_function(aggregate, function);
        }
        if WindowFunction::by_name(&name).is_some() {
            // The grammar wants OVER behind these names.
            return Err(grammar(&name).into());
        }
        let arguments = Arguments::of(function)?;
        if let Some(special) = self.special(&name, &arguments, whole)? {
            return Ok(special);
        }
        self.plain_call(&name, &arguments)
    }

    /// What is written as a function and is none.
    fn special(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        whole: &ast::Expr,
    ) -> Result<Option<Expr>, Interrupt> {
        let args = arguments.exprs.as_slice();
        Ok(Some(match (name, args) {
            ("if", [condition, yes, no]) => self.if_function(condition, yes, no)?,
            ("ifnull" | "nvl", [one, other]) => self.coalesce(&[*one, *other])?,
            ("coalesce", [_, ..]) => self.coalesce(args)?,
            ("nullif", [one, other]) => self.null_if(one, other)?,
            ("isnull", [one]) => {
                let one = self.single_expr(one)?;
                Expr::condition(ExprKind::IsNull(Box::new(one), false), false)
            }
            ("if" | "ifnull" | "nullif" | "isnull" | "coalesce", _) => {
                return Err(parameter_count(name).into());
            }
            ("mod", [one, other]) => {
                let (one, other) = (self.single_expr(one)?, self.single_expr(other)?);
                let text = self.label(whole);
                self.arithmetic_of(Arithmetic::Modulo, one, other, text)
            }
            ("date_add" | "adddate", [date, ast::Expr::Interval(interval)]) => {
                let date = self.single_expr(date)?;
                self.date_add(date, interval, false)?
            }
            ("date_sub" | "subdate", [date, ast::Expr::Interval(interval)]) => {
                let date = self.single_expr(date)?;
                self.date_add(date, interval, true)?
            }
            ("adddate" | "subdate", [date, days]) => self.add_days(name, date, days)?,
            ("default", [column]) => self.default_of(column)?,
            ("values", [column]) => self.inserted_value(column)?,
            ("grouping", [_, ..]) => self.grouping(args)?,
            ("name_const", [name, value]) => {
                if !is_literal(name) || !is_literal(value) {
                    return Err(wrong_name_const().into());
                }
                return Ok(None);
            }
            ("any_value", [one]) => self.single_expr(one)?,
            ("user" | "session_user" | "system_user", []) => self.call_exprs("user", Vec::new())?,
            _ => return Ok(None),
        }))
    }

    fn if_function(
        &mut self,
        condition: &ast::Expr,
        yes: &ast::Expr,
        no: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let condition = self.branch_condition(condition)?;
        let (yes, no) = (self.single_expr(yes)?, self.single_expr(no)?);
        let ty = merge_types(&[&yes.ty, &no.ty])?;
        let parts = Box::new((condition, yes.branch(&ty), no.branch(&ty)));
        Ok(Expr::new(ExprKind::If(parts), ty))
    }

    fn coalesce(&mut self, args: &[&ast::Expr]) -> Result<Expr, Interrupt> {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            parts.push(self.single_expr(arg)?);
        }
        let types: Vec<&ExprType> = parts.iter().map(|part| &part.ty).collect();
        let mut ty = merge_types(&types)?;
        ty.nullable = parts.iter().all(|part| part.ty.nullable);
        let coerced = |part: Expr| match part.ty.ty.has_open_scale() {
            // Here the value gets all digits of its type.
            true => Expr::new(ExprKind::Coerce(Box::new(part)), ty.clone()),
            false => part.coerced(&ty),
        };
        let parts = parts.into_iter().map(coerced).collect();
        Ok(Expr::new(ExprKind::Coalesce(parts), ty))
    }

    fn null_if(&mut self, one: &ast::Expr, other: &ast::Expr) -> Result<Expr, Interrupt> {
        let (one, other) = (self.single_expr(one)?, self.single_expr(other)?);
        let mut ty = one.ty.clone().with_nullable(true);
        if matches!(ty.ty, ColumnType::Enum { .. } | ColumnType::Set { .. }) {
            // A member becomes the text that it stands for.
            let length = u32::try_from(ty.char_length()).unwrap_or(u32::MAX);
            ty.ty = ColumnType::Char { varying: false, length, collation: ty.collation() };
        }
        let (left, right, how) = comparable(one.clone(), other)?;
        if left.same_as(&one) {
            return Ok(Expr::new(ExprKind::NullIf(Box::new((left, right)), how), ty));
        }
        let sides = Box::new((left, right));
        let op = crate::query::expr::CompareOp::Equal;
        let equal = Expr::condition(ExprKind::Compare { op, how, sides }, true);
        Ok(Expr::new(ExprKind::If(Box::new((equal, Expr::null(), one))), ty))
    }

    /// `ADDDATE(d, 31)`.
    fn add_days(
        &mut self,
        name: &str,
        date: &ast::Expr,
        days: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        use crate::value::temporal::Unit;
        let sides = Box::new((self.single_expr(date)?, self.single_expr(days)?));
        let collation = self.session.variables.collation_connection;
        let ty = crate::query::expr::date_add_type(&sides.0.ty, &sides.1.ty, Unit::Day, collation);
        let kind = ExprKind::DateAdd { sides, unit: Unit::Day, subtract: name == "subdate" };
        Ok(Expr::new(kind, ty))
    }

    /// `DEFAULT(column)`.
    fn default_of(&mut self, column: &ast::Expr) -> Result<Expr, Interrupt> {
        let Some(path) = column_path(column) else { return Err(parameter_count("default").into()) };
        let found = self.find_column(path)?;
        let Some((table, at, _)) = found.origin else {
            return Err(unknown_column(path.column, "field list").into());
        };
        let column = table.columns.get(at);
        match column.and_then(|column| column.default.as_ref()) {
            Some(DefaultValue::Expression(sql)) if !sql.starts_with("CURRENT_TIMESTAMP") => {
                let message = "DEFAULT function cannot be used with default value expressions";
                Err(SqlError::new(3773, b"HY000", message).into())
            }
            _ => self.default_expr(&table, at),
        }
    }

    fn grouping(&mut self, args: &[&ast::Expr]) -> Result<Expr, Interrupt> {
        let mut bound = Vec::with_capacity(args.len());
        for arg in args {
            bound.push(self.single_expr(arg)?);
        }
        let types = bound.iter().map(|arg| arg.ty.clone()).collect();
        let mut call =
            Expr::new(ExprKind::Call(&GROUPING, bound, types), ExprType::big_integer(false, false));
        self.use_group_slots(&mut call);
        Ok(call)
    }

    pub(crate) fn require_aggregates(&mut self) -> Result<(), SqlError> {
        match self.scope().aggregates_allowed {
            true => Ok(()),
            false => Err(invalid_group_function()),
        }
    }
}

/// Whether it is written as a literal, with a sign or a collation.
fn is_literal(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Value(_) | ast::Expr::TypedString(_) => true,
        ast::Expr::Prefixed { prefix, .. } => !prefix.value.starts_with('@'),
        ast::Expr::UnaryOp { expr, .. } | ast::Expr::Collate { expr, .. } => is_literal(expr),
        _ => false,
    }
}

/// 1210.
fn wrong_name_const() -> SqlError {
    SqlError::new(1210, b"HY000", "Incorrect arguments to NAME_CONST")
}

/// What `NAME_CONST('name', …)` calls its column.
pub(super) fn constant_name(expr: &ast::Expr) -> Option<String> {
    let ast::Expr::Function(call) = expr else { return None };
    let mut name = ast::name_parts(&call.name);
    let is_it = name.next().is_some_and(|name| name.eq_ignore_ascii_case("name_const"));
    let ast::Expr::Value(value) = *Arguments::of(call).ok()?.exprs.first()? else { return None };
    match &value.value {
        ast::Value::SingleQuotedString(text) | ast::Value::Number(text, _) if is_it => {
            Some(text.clone())
        }
        _ => None,
    }
}
