//! Types and evaluates one expression of calls and literals.

use sqlparser::ast::{
    CastKind, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, TrimWhereField,
    UnaryOperator, Value as Literal,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::super::{Call, NullRule, TypeContext, Volatility, resolve};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::session::Session;
use crate::query::{EvalContext, Interrupt, Pause};
use crate::value::collation::Collation;
use crate::value::display::text_of;
use crate::value::temporal::{DateMode, parse_date_time, parse_time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{Decimal, Json, SqlError, Value};

/// What became of an expression.
pub enum Evaluated {
    /// It holds something that is no call or literal.
    NotACall,
    /// As the scripts write it, with the codes of its warnings.
    Answer { text: String, warnings: Vec<u16> },
}

enum Failure {
    NotACall,
    Sql(SqlError),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

/// A value, its type, and whether it is constant.
struct Node {
    value: Value,
    ty: ExprType,
    constant: bool,
}

const DEFAULT: CollationId = CollationId(255);

/// EXTRACT and INTERVAL as calls: sqlparser knows fewer units, and takes INTERVAL for a literal.
fn rewritten(expression: &str) -> String {
    let extract = expression.strip_prefix("EXTRACT(").and_then(|rest| rest.split_once(" FROM "));
    match (extract, expression.strip_prefix("INTERVAL(")) {
        (Some((unit, rest)), _) => format!("EXTRACT_('{unit}', {rest}"),
        (_, Some(rest)) => format!("INTERVAL_({rest}"),
        _ => expression.to_owned(),
    }
}

pub fn evaluate(expression: &str) -> Evaluated {
    let expression = &rewritten(expression);
    let mut session = Session::for_test(1);
    session.database = Some("test".into());
    session.variables.time_zone = "+00:00".into();
    let mut ctx = EvalContext::new(&mut session, &[]);
    let parsed = Parser::new(&MySqlDialect {}).try_with_sql(expression).and_then(|mut parser| {
        let parsed = parser.parse_expr()?;
        let whole = matches!(parser.peek_token().token, sqlparser::tokenizer::Token::EOF);
        if whole { Ok(parsed) } else { parser.expected("the end", parser.peek_token()) }
    });
    let Ok(parsed) = parsed else { return Evaluated::NotACall };
    let text = match node(&mut ctx, &parsed) {
        Ok(node) => format!("{} : {}", shown(&node), type_text(&node.ty)),
        Err(Failure::Sql(error)) => format!("error {}", error.code),
        Err(Failure::NotACall) => return Evaluated::NotACall,
    };
    let warnings = ctx.session.diagnostics.list().iter().map(|warning| warning.code).collect();
    Evaluated::Answer { text, warnings }
}

fn literal(value: Value, ty: ExprType) -> Node {
    Node { value, ty, constant: true }
}

fn text_literal(text: &str) -> Node {
    let ty = ExprType::text(text.chars().count() as u64, DEFAULT, false);
    literal(Value::Text(text.into()), ty.with_coercibility(Coercibility::Coercible))
}

fn node(ctx: &mut EvalContext<'_>, expr: &Expr) -> Result<Node, Failure> {
    match expr {
        Expr::Value(value) => constant(&value.value),
        Expr::Nested(inner) => node(ctx, inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => negated(node(ctx, expr)?),
        Expr::TypedString(typed) => temporal(&typed.data_type, &typed.value.value),
        Expr::Collate { expr, collation } => collated(node(ctx, expr)?, &collation.to_string()),
        Expr::Trim { expr, trim_where, trim_what, .. } => {
            let mut args = vec![node(ctx, expr)?];
            let name = match (trim_where, trim_what) {
                (_, None) => "trim",
                (Some(TrimWhereField::Leading), _) => "trim_leading",
                (Some(TrimWhereField::Trailing), _) => "trim_trailing",
                _ => "trim_both",
            };
            args.extend(trim_what.as_ref().map(|what| node(ctx, what)).transpose()?);
            call(ctx, name, args)
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let mut args = vec![node(ctx, expr)?];
            for part in [substring_from, substring_for].into_iter().flatten() {
                args.push(node(ctx, part)?);
            }
            call(ctx, "substring", args)
        }
        Expr::Position { expr, r#in } => {
            let args = vec![node(ctx, expr)?, node(ctx, r#in)?];
            call(ctx, "locate", args)
        }
        Expr::Extract { field, expr, .. } => {
            let args = vec![text_literal(&field.to_string()), node(ctx, expr)?];
            call(ctx, "extract", args)
        }
        Expr::Ceil { expr, .. } => {
            let args = vec![node(ctx, expr)?];
            call(ctx, "ceil", args)
        }
        Expr::Floor { expr, .. } => {
            let args = vec![node(ctx, expr)?];
            call(ctx, "floor", args)
        }
        Expr::RLike { negated: false, expr, pattern, .. } => {
            let args = vec![node(ctx, expr)?, node(ctx, pattern)?];
            call(ctx, "regexp", args)
        }
        Expr::MemberOf(member) => {
            let args = vec![node(ctx, &member.value)?, node(ctx, &member.array)?];
            call(ctx, "member_of", args)
        }
        Expr::Convert { expr, charset: Some(charset), .. } => {
            let args = vec![node(ctx, expr)?, text_literal(&charset.to_string())];
            call(ctx, "convert_using", args)
        }
        Expr::Cast { kind: CastKind::Cast, expr, data_type: DataType::JSON, .. } => {
            match node(ctx, expr)?.value {
                Value::Text(text) => {
                    let json = Json::parse(&text).map_err(|_| Failure::NotACall)?;
                    Ok(literal(Value::Json(json.into()), ExprType::new(ColumnType::Json, true)))
                }
                _ => Err(Failure::NotACall),
            }
        }
        Expr::Function(function) => {
            let name = function.name.to_string();
            let mut args = Vec::new();
            if let FunctionArguments::List(list) = &function.args {
                if !list.clauses.is_empty() {
                    return Err(Failure::NotACall);
                }
                for (at, arg) in list.args.iter().enumerate() {
                    args.push(argument(ctx, &name, at, arg)?);
                }
            }
            call(ctx, &name, args)
        }
        _ => Err(Failure::NotACall),
    }
}

/// The unit of TIMESTAMPDIFF and the type of GET_FORMAT are words.
fn argument(
    ctx: &mut EvalContext<'_>,
    name: &str,
    at: usize,
    arg: &FunctionArg,
) -> Result<Node, Failure> {
    const WORDS: [&str; 3] = ["TIMESTAMPDIFF", "TIMESTAMPADD", "GET_FORMAT"];
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else {
        return Err(Failure::NotACall);
    };
    match expr {
        Expr::Identifier(word) if at == 0 && WORDS.contains(&name) => Ok(text_literal(&word.value)),
        expr => node(ctx, expr),
    }
}

fn constant(value: &Literal) -> Result<Node, Failure> {
    Ok(match value {
        Literal::Null => literal(Value::Null, ExprType::null()),
        Literal::Boolean(on) => literal(Value::Int((*on).into()), ExprType::boolean(false)),
        Literal::Number(number, _) => numeric(number)?,
        Literal::SingleQuotedString(text) | Literal::DoubleQuotedString(text) => text_literal(text),
        Literal::HexStringLiteral(digits) => {
            let bytes = super::super::numeric::bases::unhex_of(digits.as_bytes());
            let bytes = bytes.ok_or(Failure::NotACall)?;
            let ty = ExprType::bytes(bytes.len() as u64, false);
            literal(Value::Bytes(bytes.into()), ty.with_coercibility(Coercibility::Coercible))
        }
        _ => return Err(Failure::NotACall),
    })
}

/// Whole numbers are shown with room for a sign.
fn numeric(number: &str) -> Result<Node, Failure> {
    if number.contains(['e', 'E']) {
        let number = number.parse().map_err(|_| Failure::NotACall)?;
        return Ok(literal(Value::Double(number), ExprType::double(false)));
    }
    if let Ok(whole) = number.parse::<i64>() {
        let ty = ExprType::sized_integer(false, number.len() as u8 + 1, false);
        return Ok(literal(Value::Int(whole), ty));
    }
    if let Ok(whole) = number.parse::<u64>() {
        let ty = ExprType::sized_integer(true, number.len() as u8, false);
        return Ok(literal(Value::UInt(whole), ty));
    }
    let decimal: Decimal = number.parse().map_err(|_| Failure::NotACall)?;
    let precision = u32::from(decimal.integer_digits()).max(u32::from(number.len() > 0));
    let ty =
        ExprType::decimal(precision + u32::from(decimal.scale()), decimal.scale().into(), false);
    Ok(literal(Value::Decimal(decimal), ty))
}

fn negated(node: Node) -> Result<Node, Failure> {
    let value = match node.value {
        Value::Int(number) => Value::Int(-number),
        Value::UInt(number) if number == i64::MIN as u64 => Value::Int(i64::MIN),
        Value::Decimal(number) => Value::Decimal(number.neg()),
        Value::Double(number) => Value::Double(-number),
        _ => return Err(Failure::NotACall),
    };
    let ty = match value {
        Value::Int(_) => ExprType::sized_integer(false, 20, false),
        _ => node.ty,
    };
    Ok(Node { value, ty, constant: true })
}

fn temporal(ty: &DataType, value: &Literal) -> Result<Node, Failure> {
    let Literal::SingleQuotedString(text) = value else { return Err(Failure::NotACall) };
    let mode = DateMode::default();
    let (value, ty) = match ty {
        DataType::Date => {
            let parsed = parse_date_time(text, mode).map_err(|_| Failure::NotACall)?;
            (Value::Date(parsed.value.date), ColumnType::Date)
        }
        DataType::Time(..) => {
            let parsed = parse_time(text, mode).map_err(|_| Failure::NotACall)?;
            (Value::Time(parsed.value), ColumnType::Time(parsed.fsp))
        }
        _ => {
            let parsed = parse_date_time(text, mode).map_err(|_| Failure::NotACall)?;
            (Value::DateTime(parsed.value), ColumnType::DateTime(parsed.fsp))
        }
    };
    Ok(literal(value, ExprType::new(ty, false)))
}

fn collated(node: Node, name: &str) -> Result<Node, Failure> {
    let collation = Collation::by_name(name).ok_or(Failure::NotACall)?;
    let ty = ExprType::text(node.ty.char_length(), collation.id, node.ty.nullable);
    Ok(Node { ty: ty.with_coercibility(Coercibility::Explicit), ..node })
}

fn call(ctx: &mut EvalContext<'_>, name: &str, nodes: Vec<Node>) -> Result<Node, Failure> {
    const EXPRESSIONS: [&str; 6] = ["COALESCE", "IF", "IFNULL", "NULLIF", "DATE_ADD", "DATE_SUB"];
    if EXPRESSIONS.contains(&name) {
        return Err(Failure::NotACall);
    }
    let function = resolve(Some("test"), name.trim_end_matches('_'), nodes.len())?;
    let types: Vec<ExprType> = nodes.iter().map(|node| node.ty.clone()).collect();
    let known = |node: &Node| node.constant.then(|| node.value.clone());
    let constants: Vec<Option<Value>> = nodes.iter().map(known).collect();
    let typing = TypeContext {
        sql_mode: ctx.sql_mode(),
        collation_connection: DEFAULT,
        div_precision_increment: 4,
        constants: &constants,
    };
    let ty = (function.result)(&types, &typing)?;
    let values: Vec<Value> = nodes.iter().map(|node| node.value.clone()).collect();
    let is_null = values.iter().any(|value| matches!(value, Value::Null));
    let value = if is_null && function.nulls == NullRule::AnyNullIsNull {
        Value::Null
    } else {
        evaluated((function.eval)(ctx, &values, &Call { args: &types, result: &ty }))?
    };
    let constant =
        function.volatility == Volatility::Pure && nodes.iter().all(|node| node.constant);
    Ok(Node { value, ty, constant })
}

/// Waits are over at once.
fn evaluated(result: Result<Value, Interrupt>) -> Result<Value, Failure> {
    match result {
        Ok(value) => Ok(value),
        Err(Interrupt::Pause(Pause::UserLock { .. })) => Ok(Value::Int(1)),
        Err(Interrupt::Pause(_)) => Ok(Value::Int(0)),
        Err(Interrupt::Error(error)) => Err(error.into()),
        Err(_) => Err(Failure::NotACall),
    }
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "NULL".to_owned(),
        Value::Bytes(bytes) if bytes.iter().all(|byte| (32..127).contains(byte)) => {
            format!("b'{}'", String::from_utf8_lossy(bytes))
        }
        Value::Bytes(bytes) => {
            let hex = super::super::numeric::bases::hex_of(bytes).to_lowercase();
            format!("x'{hex}'")
        }
        value => {
            let text = text_of(value, &node.ty.ty).replace('\\', "\\\\");
            let text = text.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
            format!("'{}'", text.replace('\0', "\\0"))
        }
    }
}

fn type_text(ty: &ExprType) -> String {
    let name = match &ty.ty {
        ColumnType::Integer { unsigned: false, .. } => "bigint".to_owned(),
        ColumnType::Integer { .. } => "bigint unsigned".to_owned(),
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
