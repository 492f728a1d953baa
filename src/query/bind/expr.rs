//! Expressions: each node of the tree to a typed one.

use super::Compiler;
use super::errors::operand_columns;
use super::names::ColumnPath;
use crate::query::Interrupt;
use crate::query::expr::{CompareOp, Expr, ExprKind, ExprType, like_collation};
use crate::query::plan::fold;
use crate::sql::statement::{ast, print_expr};
use crate::value::collation::CollationId;
use crate::value::temporal::Unit;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// An expression as MySQL names it in messages and columns.
pub fn printed(expr: &ast::Expr) -> String {
    print_expr(expr)
}

/// The parts of a name, if the expression is one.
pub(super) fn column_path(expr: &ast::Expr) -> Option<ColumnPath<'_>> {
    let parts: Vec<&str> = match expr {
        ast::Expr::Identifier(name) => vec![&name.value],
        ast::Expr::CompoundIdentifier(names) => {
            names.iter().map(|name| name.value.as_str()).collect()
        }
        ast::Expr::Nested(inner) => return column_path(inner),
        _ => return None,
    };
    match parts.as_slice() {
        [column] => Some(ColumnPath { schema: None, table: None, column }),
        [table, column] => Some(ColumnPath { schema: None, table: Some(table), column }),
        [schema, table, column] => {
            Some(ColumnPath { schema: Some(schema), table: Some(table), column })
        }
        _ => None,
    }
}

impl Compiler<'_> {
    /// A typed expression; constants are folded.
    ///
    /// # Errors
    /// Those of names and types.
    pub fn expr(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        let bound = self.deeper(|compiler| compiler.bind(expr))?;
        Ok(fold(bound, self.session))
    }

    /// A condition: a single value that is true or not.
    ///
    /// # Errors
    /// Those of names and types; 1241 for a row.
    pub fn condition(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        let bound = self.expr(expr)?;
        if bound.ty.ty == ColumnType::Json {
            self.warn_of_json_truth();
        }
        self.single(bound)
    }

    /// 3986: a document is true unless it is the number zero, which surprises those who expect a comparison.
    fn warn_of_json_truth(&mut self) {
        self.cacheable = false;
        let message = "Evaluating a JSON value in SQL boolean context does an implicit comparison against JSON integer 0; if this is not what you want, consider converting JSON to a SQL numeric type with JSON_VALUE RETURNING";
        let level = crate::query::session::WarningLevel::Warning;
        self.session.diagnostics.push(level, 3986, message.to_owned());
    }

    /// The condition of IF and CASE, where documents are numbers.
    pub(super) fn branch_condition(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        let bound = self.single_expr(expr)?;
        let nullable = bound.ty.nullable;
        Ok(match bound.ty.ty {
            ColumnType::Json => bound.coerced(&ExprType::double(nullable)),
            _ => bound,
        })
    }

    /// 1241 for a row where one value is wanted.
    pub(crate) fn single(&self, expr: Expr) -> Result<Expr, Interrupt> {
        match expr.kind {
            ExprKind::Row(_) => Err(operand_columns(1).into()),
            _ => Ok(expr),
        }
    }

    pub(crate) fn single_expr(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        let bound = self.expr(expr)?;
        self.single(bound)
    }

    fn bind(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        use ast::Expr as E;
        if let Some(path) = column_path(expr) {
            let found = self.column(path)?;
            self.scope().mark_expr(&found);
            return Ok(found);
        }
        match expr {
            E::Value(value) => self.literal(&value.value),
            E::TypedString(typed) => self.typed_string(typed),
            E::Prefixed { prefix, value } => self.prefixed(&prefix.value, value),
            E::Nested(inner) => self.bind(inner),
            E::Tuple(parts) => self.row(parts),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, expr),
            E::UnaryOp { op, expr: inner } => self.unary(op, inner, expr),
            E::IsNull(inner) => self.is_null(inner, false),
            E::IsNotNull(inner) => self.is_null(inner, true),
            E::IsUnknown(inner) => self.is_null(inner, false),
            E::IsNotUnknown(inner) => self.is_null(inner, true),
            E::IsTrue(inner) => self.is_truth(inner, true, false),
            E::IsFalse(inner) => self.is_truth(inner, false, false),
            E::IsNotTrue(inner) => self.is_truth(inner, true, true),
            E::IsNotFalse(inner) => self.is_truth(inner, false, true),
            E::Between { expr: inner, negated, low, high } => {
                self.between(inner, low, high, *negated)
            }
            E::InList { expr: inner, list, negated } => self.in_list(inner, list, *negated),
            E::InSubquery { expr: inner, subquery, negated } => {
                self.quantified(inner, CompareOp::Equal, false, subquery, *negated)
            }
            E::AnyOp { left, compare_op, right, .. } => {
                self.any_or_all(left, compare_op, right, false)
            }
            E::AllOp { left, compare_op, right } => self.any_or_all(left, compare_op, right, true),
            E::Exists { subquery, negated } => self.exists(subquery, *negated),
            E::Subquery(query) => self.scalar_subquery(query),
            E::Like { negated, expr: inner, pattern, escape_char, .. } => {
                self.like(inner, pattern, escape_char.as_deref(), *negated)
            }
            E::RLike { negated, expr: inner, pattern, .. } => {
                let call = self.call_bound("regexp_like", &[inner, pattern])?;
                Ok(if *negated { not(call) } else { call })
            }
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            E::Cast { kind, expr: inner, data_type, format, .. } => {
                if *kind == ast::CastKind::DoubleColon {
                    self.deprecated(1287,"'BINARY expr' is deprecated and will be removed in a future release. Please use CAST instead");
                }
                self.cast(inner, data_type, format.as_ref())
            }
            E::Convert { expr: inner, charset: Some(charset), .. } => {
                self.convert_using(inner, &charset.to_string())
            }
            E::Collate { expr: inner, collation } => self.collate(inner, &collation.to_string()),
            E::Interval(_) => {
                Err(SqlError::new(1064, b"42000", "INTERVAL is not allowed here").into())
            }
            E::Extract { field, expr: inner, .. } => {
                let unit = ast::unit(field).unwrap_or_default().to_owned();
                let unit = Expr::literal(
                    Value::Text(unit.as_str().into()),
                    crate::query::expr::literal_type(
                        &unit,
                        self.session.variables.collation_connection,
                    ),
                );
                let inner = self.single_expr(inner)?;
                self.call_exprs("extract", vec![unit, inner])
            }
            E::Trim { trim_where, trim_what, expr: inner, .. } => {
                self.trim(trim_where.as_ref(), trim_what.as_deref(), inner)
            }
            E::MemberOf(member) => self.call_bound("member_of", &[&member.value, &member.array]),
            E::Function(function) => self.function(function, expr),
            E::MatchAgainst { .. } => Err(SqlError::not_supported("MATCH … AGAINST").into()),
            _ => Err(SqlError::not_supported(&format!("the expression {}", printed(expr))).into()),
        }
    }

    fn row(&mut self, parts: &[ast::Expr]) -> Result<Expr, Interrupt> {
        let parts: Result<Vec<Expr>, Interrupt> =
            parts.iter().map(|part| self.expr(part)).collect();
        let mut parts = parts?;
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                parts.extend(last);
                Ok(Expr::new(ExprKind::Row(parts), ExprType::null()))
            }
        }
    }

    fn prefixed(&mut self, prefix: &str, value: &ast::Expr) -> Result<Expr, Interrupt> {
        let name = match value {
            ast::Expr::Identifier(name) => name.value.as_str(),
            _ => "",
        };
        match prefix {
            "@" => Ok(self.user_variable(name)),
            prefix if prefix.starts_with("@@") => self.system_variable(prefix, name),
            prefix => self.introduced(prefix.trim_start_matches('_'), value),
        }
    }

    fn user_variable(&mut self, name: &str) -> Expr {
        self.volatile_parts += 1;
        self.cacheable = false;
        let name: Box<str> = name.to_lowercase().into();
        let ty = self.session.user_variables.get(&name).map(|variable| variable.ty.clone());
        let ty = ty.unwrap_or_else(|| {
            ExprType::bytes(16_383, true)
                .with_coercibility(crate::query::expr::Coercibility::Coercible)
        });
        let ty = ty.with_nullable(true);
        Expr::new(ExprKind::UserVariable(name), ty)
    }

    fn system_variable(&mut self, prefix: &str, name: &str) -> Result<Expr, Interrupt> {
        use crate::query::variables::{self, Asked};
        self.cacheable = false;
        let asked = match prefix.trim_start_matches('@').to_lowercase().as_str() {
            "" => Asked::Either,
            "global" | "persist" | "persist_only" => Asked::Global,
            _ => Asked::Session,
        };
        let variable = variables::find(name)?;
        let globals = self.session.globals.clone();
        let value = variables::read(self.session, &globals, name, asked)?;
        Ok(Expr::literal(value, variables::type_of(variable)))
    }

    fn is_null(&mut self, inner: &ast::Expr, negated: bool) -> Result<Expr, Interrupt> {
        let inner = self.single_expr(inner)?;
        Ok(Expr::condition(ExprKind::IsNull(Box::new(inner), negated), false))
    }

    fn is_truth(
        &mut self,
        inner: &ast::Expr,
        truth: bool,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let expr = Box::new(self.condition(inner)?);
        Ok(Expr::condition(ExprKind::IsTruth { expr, truth, negated }, false))
    }

    fn any_or_all(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
    ) -> Result<Expr, Interrupt> {
        let ast::Expr::Subquery(query) = right else {
            return Err(SqlError::not_supported("ANY and ALL of something that is no query").into());
        };
        let Some(op) = super::operators::compare_op(op) else {
            return Err(SqlError::not_supported("this operator with ANY and ALL").into());
        };
        self.quantified(left, op, all, query, false)
    }

    fn like(
        &mut self,
        text: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let sides = Box::new((self.single_expr(text)?, self.single_expr(pattern)?));
        let no_backslash = self
            .session
            .variables
            .sql_mode
            .has(crate::query::session::SqlMode::NO_BACKSLASH_ESCAPES);
        let escape = match escape {
            None => (!no_backslash).then_some('\\'),
            Some(escape) => self.escape(escape)?,
        };
        let collation = like_collation(&sides)?;
        let nullable = sides.0.ty.nullable || sides.1.ty.nullable;
        Ok(Expr::condition(ExprKind::Like { sides, collation, escape, negated }, nullable))
    }

    fn escape(&mut self, escape: &ast::Expr) -> Result<Option<char>, Interrupt> {
        let bound = self.single_expr(escape)?;
        let text = match self.constant_value(&bound)? {
            Value::Text(text) => text.to_string(),
            Value::Null => return Ok(Some('\\')),
            _ => "??".to_owned(),
        };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (only, None) => Ok(only),
            _ => Err(SqlError::new(1210, b"HY000", "Incorrect arguments to ESCAPE").into()),
        }
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Expr, Interrupt> {
        let operand = operand.map(|operand| self.single_expr(operand)).transpose()?;
        let mut whens = Vec::with_capacity(conditions.len());
        for when in conditions {
            let condition = match &operand {
                Some(operand) => {
                    let condition = self.single_expr(&when.condition)?;
                    let operand = case_operand(operand, &condition.ty);
                    self.compared(CompareOp::Equal, operand, condition)?
                }
                None => self.branch_condition(&when.condition)?,
            };
            whens.push((condition, self.single_expr(&when.result)?));
        }
        let otherwise = otherwise.map(|otherwise| self.single_expr(otherwise)).transpose()?;
        let types: Vec<&ExprType> = whens
            .iter()
            .map(|(_, result)| &result.ty)
            .chain(otherwise.iter().map(|expr| &expr.ty))
            .collect();
        let mut ty = crate::query::expr::merge_types(&types)?;
        ty.nullable |= otherwise.is_none();
        let coerced = |(condition, result): (Expr, Expr)| (condition, result.branch(&ty));
        let whens = whens.into_iter().map(coerced).collect();
        let otherwise = otherwise.map(|result| Box::new(result.branch(&ty)));
        Ok(Expr::new(ExprKind::Case { whens, otherwise }, ty))
    }

    /// The unit of an interval.
    pub(crate) fn unit(&self, interval: &ast::Interval) -> Result<Unit, SqlError> {
        let name = interval.leading_field.as_ref().and_then(ast::unit);
        let found = name.and_then(Unit::by_name);
        found.ok_or_else(|| SqlError::not_supported("this unit of an interval"))
    }
}

/// NOT.
pub(super) fn not(expr: Expr) -> Expr {
    let nullable = expr.ty.nullable;
    Expr::condition(ExprKind::Not(Box::new(expr)), nullable)
}

/// CASE compares a document with text by its own text, and with a number as a number, other than `=` does.
fn case_operand(operand: &Expr, when: &ExprType) -> Expr {
    let nullable = operand.ty.nullable;
    match (&operand.ty.ty, &when.ty) {
        (ColumnType::Json, ColumnType::Json | ColumnType::Null) => operand.clone(),
        (ColumnType::Json, _) if when.is_string() => {
            let text = ExprType::text(u64::from(u32::MAX), CollationId::UTF8MB4_BIN, nullable);
            operand.clone().coerced(&text)
        }
        (ColumnType::Json, _) if !when.is_temporal() => {
            operand.clone().coerced(&ExprType::double(nullable))
        }
        _ => operand.clone(),
    }
}
