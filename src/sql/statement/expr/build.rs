//! Small builders of sqlparser's nodes.

use sqlparser::tokenizer::Span;

use crate::sql::statement::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, UnaryOperator, Value,
};

pub(in crate::sql::statement) fn plain_ident(name: impl Into<String>) -> Ident {
    Ident { value: name.into(), quote_style: None, span: Span::empty() }
}

pub(super) fn identifier(name: impl Into<String>) -> Expr {
    Expr::Identifier(plain_ident(name))
}

pub(super) fn value(value: Value) -> Expr {
    Expr::Value(value.with_empty_span())
}

pub(super) fn text_value(text: impl Into<String>) -> Expr {
    value(Value::SingleQuotedString(text.into()))
}

pub(in crate::sql::statement) fn number_value(number: impl Into<String>) -> Expr {
    value(Value::Number(number.into(), false))
}

pub(super) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

pub(super) fn unary(op: UnaryOperator, expr: Expr) -> Expr {
    Expr::UnaryOp { op, expr: Box::new(expr) }
}

/// Operands of an associative operator as a tree that is as shallow as can be.
pub(super) fn balance(mut operands: Vec<Expr>, op: &BinaryOperator) -> Expr {
    while operands.len() > 1 {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => binary(left, op.clone(), right),
                None => left,
            });
        }
        operands = pairs;
    }
    operands.pop().unwrap_or_else(|| value(Value::Null))
}

pub(super) fn argument(expr: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
}

pub(super) fn function(name: ObjectName, args: FunctionArguments) -> Function {
    Function {
        name,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args,
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

pub(super) fn one_part(name: &str) -> ObjectName {
    ObjectName(vec![ObjectNamePart::Identifier(plain_ident(name))])
}

pub(super) fn arguments(args: Vec<FunctionArg>) -> FunctionArguments {
    FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args,
        clauses: Vec::new(),
    })
}

/// A call with plain arguments.
pub(super) fn call_of(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(argument).collect();
    Expr::Function(function(one_part(name), arguments(args)))
}
