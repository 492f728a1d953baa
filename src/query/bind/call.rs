//! Calls of built-in functions.

use std::sync::Arc;

use super::Compiler;
use super::errors::parameter_count;
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprKind, ExprType, literal_type};
use crate::query::functions::{self, Function, TypeContext, Volatility};
use crate::query::plan::fold;
use crate::sql::statement::ast;
use crate::value::temporal::Unit;
use crate::value::{SqlError, Value};

/// A call's arguments: plain ones, and those with a name (`USING utf8mb4`).
pub(super) struct Arguments<'a> {
    pub exprs: Vec<&'a ast::Expr>,
    pub named: Vec<(&'a str, &'a ast::Expr)>,
}

impl<'a> Arguments<'a> {
    pub fn of(function: &'a ast::Function) -> Result<Self, SqlError> {
        let mut found = Self { exprs: Vec::new(), named: Vec::new() };
        let ast::FunctionArguments::List(list) = &function.args else { return Ok(found) };
        for arg in &list.args {
            match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                    found.exprs.push(expr);
                }
                ast::FunctionArg::Named { name, arg: ast::FunctionArgExpr::Expr(expr), .. } => {
                    found.named.push((&name.value, expr));
                }
                _ => return Err(parameter_count(&function.name.to_string())),
            }
        }
        Ok(found)
    }

    pub fn named(&self, name: &str) -> Option<&'a ast::Expr> {
        self.named.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, expr)| *expr)
    }
}

/// Functions whose first argument is a unit or another word.
const WORD_FIRST: [&str; 3] = ["timestampdiff", "timestampadd", "get_format"];

/// Functions that may wait.
const WAITING: [&str; 4] =
    ["sleep", "get_lock", "wait_for_executed_gtid_set", "wait_until_sql_thread_after_gtids"];

impl Compiler<'_> {
    /// A call of a function from the registry.
    pub(super) fn plain_call(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
    ) -> Result<Expr, Interrupt> {
        let mut args = Vec::with_capacity(arguments.exprs.len());
        for (at, arg) in arguments.exprs.iter().enumerate() {
            let word = at == 0 && WORD_FIRST.contains(&name);
            args.push(match arg {
                ast::Expr::Identifier(word_given) if word => self.word(&word_given.value),
                arg => self.single_expr(arg)?,
            });
        }
        if name == "timestampadd"
            && let [unit, number, date] = args.as_slice()
            && let Some(Value::Text(text)) = unit.as_literal()
            && let Some(unit) = Unit::by_name(text)
        {
            let sides = Box::new((date.clone(), number.clone()));
            let collation = self.session.variables.collation_connection;
            let ty = crate::query::expr::date_add_type(&date.ty, &number.ty, unit, collation);
            return Ok(Expr::new(ExprKind::DateAdd { sides, unit, subtract: false }, ty));
        }
        let call = self.call_exprs(name, args)?;
        match arguments.named("using") {
            Some(ast::Expr::Identifier(charset)) => {
                let charset = self.word(&charset.value);
                self.call_exprs("convert_using", vec![call, charset])
            }
            _ if arguments.named.is_empty() => Ok(call),
            _ if name == "json_value" => self.returning(call, arguments),
            _ if name == "weight_string" => self.weight_of(call, arguments),
            _ => Err(SqlError::not_supported(&format!("this form of {name}")).into()),
        }
    }

    /// `JSON_VALUE(… RETURNING type DEFAULT x ON EMPTY)`: cast to the type, or the default where the path leads
    /// nowhere. NULL on what is missing or wrong is the rule; other clauses are not built.
    fn returning(&mut self, call: Expr, arguments: &Arguments<'_>) -> Result<Expr, Interrupt> {
        let mut default = None;
        for (clause, expr) in &arguments.named {
            match (clause.to_ascii_lowercase().as_str(), expr) {
                ("returning", _) => {}
                (_, ast::Expr::Value(value)) if value.value == ast::Value::Null => {}
                ("on_empty", expr) if !matches!(expr, ast::Expr::Identifier(_)) => {
                    default = Some(*expr);
                }
                _ => {
                    let clause = "ERROR ON EMPTY and ON ERROR of JSON_VALUE";
                    return Err(SqlError::not_supported(clause).into());
                }
            }
        }
        let value = match arguments.named("returning") {
            None => call,
            Some(cast) => {
                let ty = self.single_expr(cast)?.ty.with_nullable(true);
                fold(Expr::new(ExprKind::Cast(Box::new(call)), ty), self.session)
            }
        };
        match default {
            None => Ok(value),
            Some(default) => self.or_default(value, default, arguments),
        }
    }

    /// The value of a path, or a default where the document has no such place.
    fn or_default(
        &mut self,
        value: Expr,
        default: &ast::Expr,
        arguments: &Arguments<'_>,
    ) -> Result<Expr, Interrupt> {
        let [document, path] = arguments.exprs.as_slice() else { return Ok(value) };
        let ty = value.ty.clone();
        let default = Expr::new(ExprKind::Cast(Box::new(self.single_expr(default)?)), ty.clone());
        let parts = vec![self.single_expr(document)?, self.word("one"), self.single_expr(path)?];
        let found = self.call_exprs("json_contains_path", parts)?;
        let missing = Expr::condition(
            ExprKind::IsTruth { expr: Box::new(found), truth: false, negated: false },
            false,
        );
        let chosen = ExprKind::If(Box::new((missing, default, value)));
        Ok(fold(Expr::new(chosen, ty), self.session))
    }

    /// `WEIGHT_STRING(x AS CHAR(4))` is `weight_string(x, 'CHAR', 4)`.
    fn weight_of(&mut self, call: Expr, arguments: &Arguments<'_>) -> Result<Expr, Interrupt> {
        let (Some((kind, length)), [text]) = (arguments.named.first(), arguments.exprs.as_slice())
        else {
            return Ok(call);
        };
        let args = vec![self.single_expr(text)?, self.word(kind), self.single_expr(length)?];
        self.call_exprs("weight_string", args)
    }

    /// A word as a string.
    pub(super) fn word(&mut self, word: &str) -> Expr {
        let ty = literal_type(word, self.session.variables.collation_connection);
        Expr::literal(Value::Text(word.into()), ty)
    }

    /// A call with arguments that are still to be compiled.
    pub(super) fn call_bound(
        &mut self,
        name: &str,
        args: &[&ast::Expr],
    ) -> Result<Expr, Interrupt> {
        let mut bound = Vec::with_capacity(args.len());
        for arg in args {
            bound.push(self.single_expr(arg)?);
        }
        self.call_exprs(name, bound)
    }

    /// A call with compiled arguments.
    pub(crate) fn call_exprs(&mut self, name: &str, args: Vec<Expr>) -> Result<Expr, Interrupt> {
        let schema = self.session.database.clone();
        let function = functions::resolve(schema.as_deref(), name, args.len())?;
        let types: Arc<[ExprType]> = args.iter().map(|arg| arg.ty.clone()).collect();
        let ty = self.call_type(function, &args, &types)?;
        self.note(function);
        let per_run = function.volatility == Volatility::Statement && !args.is_empty();
        let call = Expr::new(ExprKind::Call(function, args, types), ty);
        let call = fold(call, self.session);
        if per_run && call.is_fixed() {
            let ty = call.ty.clone();
            return Ok(Expr::new(ExprKind::Once(self.once_number(), Box::new(call)), ty));
        }
        Ok(call)
    }

    fn call_type(
        &mut self,
        function: &Function,
        args: &[Expr],
        types: &[ExprType],
    ) -> Result<ExprType, SqlError> {
        let constants: Vec<Option<Value>> =
            args.iter().map(|arg| arg.as_literal().cloned()).collect();
        let variables = &self.session.variables;
        let context = TypeContext {
            sql_mode: variables.sql_mode,
            collation_connection: variables.collation_connection,
            div_precision_increment: variables.div_precision_increment,
            constants: &constants,
        };
        (function.result)(types, &context)
    }

    fn note(&mut self, function: &Function) {
        if function.volatility == Volatility::Volatile {
            self.volatile_parts += 1;
            self.buffered |= WAITING.contains(&function.name);
        }
    }

    pub(super) fn trim(
        &mut self,
        side: Option<&ast::TrimWhereField>,
        what: Option<&ast::Expr>,
        text: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let text = self.single_expr(text)?;
        let plain = what.is_none();
        let name = match (side, plain) {
            (None | Some(ast::TrimWhereField::Both), true) => "trim",
            (Some(ast::TrimWhereField::Leading), true) => "ltrim",
            (Some(ast::TrimWhereField::Trailing), true) => "rtrim",
            (None | Some(ast::TrimWhereField::Both), false) => "trim_both",
            (Some(ast::TrimWhereField::Leading), false) => "trim_leading",
            (Some(ast::TrimWhereField::Trailing), false) => "trim_trailing",
        };
        let mut args = vec![text];
        if let Some(what) = what {
            args.push(self.single_expr(what)?);
        }
        self.call_exprs(name, args)
    }

    pub(super) fn convert_using(
        &mut self,
        inner: &ast::Expr,
        charset: &str,
    ) -> Result<Expr, Interrupt> {
        let inner = self.single_expr(inner)?;
        let charset = self.word(charset);
        self.call_exprs("convert_using", vec![inner, charset])
    }
}
