//! Expressions.

use super::{Literals, Printer, quote_name, quote_text};
use crate::sql::statement::ast::{
    BinaryOperator, CastFormat, CharacterLength, DataType, ExactNumberInfo, Expr, Ident,
    ObjectName, TrimWhereField, UnaryOperator, Value, name_parts, unit,
};

impl Printer {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Identifier(name) => self.name(name),
            Expr::CompoundIdentifier(parts) => {
                let parts = self.shown(parts, 3);
                self.each(parts, ".", Self::name);
            }
            Expr::Value(value) => self.value(&value.value),
            Expr::Prefixed { prefix, value } => self.prefixed(prefix, value),
            Expr::TypedString(literal) => {
                let value = literal.value.value.clone().into_string().unwrap_or_default();
                self.push(&format!("{}{}", type_name(&literal.data_type), quote_text(&value)));
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(op, expr),
            Expr::Nested(inner) => self.expr(inner),
            Expr::Tuple(list) => {
                self.push("(");
                self.exprs(list);
                self.push(")");
            }
            Expr::Function(function) => self.function(function),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.push("(case");
                self.optional(" ", operand.as_deref());
                for when in conditions {
                    self.push(" when ");
                    self.expr(&when.condition);
                    self.push(" then ");
                    self.expr(&when.result);
                }
                self.optional(" else ", else_result.as_deref());
                self.push(" end)");
            }
            Expr::Interval(interval) => {
                self.push("interval ");
                self.expr(&interval.value);
                let unit = interval.leading_field.as_ref().and_then(unit).unwrap_or_default();
                self.push(&format!(" {}", unit.to_ascii_lowercase()));
            }
            _ => self.test(expr),
        }
    }

    fn optional(&mut self, before: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.push(before);
            self.expr(expr);
        }
    }

    /// IS, IN, LIKE and their like.
    fn test(&mut self, expr: &Expr) {
        match expr {
            Expr::IsNull(inner) => self.behind(inner, "is null"),
            Expr::IsNotNull(inner) => self.behind(inner, "is not null"),
            Expr::IsTrue(inner) => self.behind(inner, "is true"),
            Expr::IsNotTrue(inner) => self.behind(inner, "is not true"),
            Expr::IsFalse(inner) => self.behind(inner, "is false"),
            Expr::IsNotFalse(inner) => self.behind(inner, "is not false"),
            Expr::IsUnknown(inner) => self.behind(inner, "is null"),
            Expr::IsNotUnknown(inner) => self.behind(inner, "is not null"),
            Expr::InList { expr, list, negated } => {
                self.opened(expr, *negated, "in (");
                self.exprs(list);
                self.push("))");
            }
            Expr::InSubquery { expr, subquery, negated } => {
                self.opened(expr, *negated, "in (");
                self.query(subquery);
                self.push("))");
            }
            Expr::Between { expr, negated, low, high } => {
                self.opened(expr, *negated, "between ");
                self.expr(low);
                self.push(" and ");
                self.expr(high);
                self.push(")");
            }
            Expr::Like { negated, expr, pattern, escape_char, .. } => {
                self.negated(*negated, |printer| {
                    printer.opened(expr, false, "like ");
                    printer.expr(pattern);
                    printer.optional(" escape ", escape_char.as_deref());
                    printer.push(")");
                });
            }
            Expr::RLike { negated, expr, pattern, .. } => self.negated(*negated, |printer| {
                printer.call("regexp_like", &[expr, pattern]);
            }),
            _ => self.special(expr),
        }
    }

    fn negated(&mut self, negated: bool, inner: impl FnOnce(&mut Self)) {
        if negated {
            self.push("(not(");
        }
        inner(self);
        if negated {
            self.push("))");
        }
    }

    /// `(x is null)`
    fn behind(&mut self, inner: &Expr, words: &str) {
        self.opened(inner, false, words);
        self.push(")");
    }

    /// `(x [not] words`
    fn opened(&mut self, inner: &Expr, negated: bool, words: &str) {
        self.push("(");
        self.expr(inner);
        self.push(if negated { " not " } else { " " });
        self.push(words);
    }

    fn special(&mut self, expr: &Expr) {
        match expr {
            Expr::Cast { expr, data_type, format, .. } => {
                self.push("cast(");
                self.expr(expr);
                self.push(&format!(" as {})", cast_type(data_type, format.as_ref())));
            }
            Expr::Convert { expr, charset: Some(charset), .. } => {
                self.push("convert(");
                self.expr(expr);
                self.push(&format!(" using {})", plain(charset)));
            }
            Expr::Collate { expr, collation } => {
                self.push("(");
                self.expr(expr);
                self.push(&format!(" collate {})", plain(collation)));
            }
            Expr::Extract { field, expr, .. } => {
                let unit = unit(field).unwrap_or_default().to_ascii_lowercase();
                self.push(&format!("extract({unit} from "));
                self.expr(expr);
                self.push(")");
            }
            Expr::Trim { trim_where, trim_what, expr, .. } => {
                self.trim(trim_where.as_ref(), trim_what.as_deref(), expr);
            }
            Expr::MemberOf(member) => {
                self.expr(&member.value);
                self.push(" member of (");
                self.expr(&member.array);
                self.push(")");
            }
            _ => self.queried(expr),
        }
    }

    /// What has a query in it.
    fn queried(&mut self, expr: &Expr) {
        match expr {
            Expr::Subquery(query) => {
                self.push("(");
                self.query(query);
                self.push(")");
            }
            Expr::Exists { subquery, negated } => {
                self.push(if *negated { "not exists(" } else { "exists(" });
                self.query(subquery);
                self.push(")");
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                self.quantified(left, compare_op, "any", right);
            }
            Expr::AllOp { left, compare_op, right } => {
                self.quantified(left, compare_op, "all", right);
            }
            // The parser makes nothing else; sqlparser's own form is better than none.
            other => self.push(&other.to_string()),
        }
    }

    fn quantified(&mut self, left: &Expr, op: &BinaryOperator, word: &str, right: &Expr) {
        self.push("(");
        self.expr(left);
        self.push(&format!(" {op} {word} "));
        self.expr(right);
        self.push(")");
    }

    fn trim(&mut self, side: Option<&TrimWhereField>, what: Option<&Expr>, expr: &Expr) {
        self.push("trim(");
        match side {
            Some(TrimWhereField::Both) => self.push("both "),
            Some(TrimWhereField::Leading) => self.push("leading "),
            Some(TrimWhereField::Trailing) => self.push("trailing "),
            None => {}
        }
        if let Some(what) = what {
            self.expr(what);
            self.push(" ");
        }
        if side.is_some() || what.is_some() {
            self.push("from ");
        }
        self.expr(expr);
        self.push(")");
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(digits, _) => self.push(digits),
            Value::SingleQuotedString(text) => self.text(text),
            Value::NationalStringLiteral(text) => {
                self.push(&format!("_utf8mb3{}", quote_text(text)));
            }
            Value::HexStringLiteral(digits) => self.push(&format!("0x{}", digits.to_lowercase())),
            Value::Boolean(true) => self.push("true"),
            Value::Boolean(false) => self.push("false"),
            Value::Null => self.push("NULL"),
            _ => self.push("?"),
        }
    }

    fn text(&mut self, text: &str) {
        if self.literals == Literals::Introduced {
            self.push("_utf8mb4");
        }
        self.push(&quote_text(text));
    }

    fn prefixed(&mut self, prefix: &Ident, value: &Expr) {
        match (prefix.value.as_str(), value) {
            ("@", Expr::Identifier(name)) => self.push(&format!("@{}", quote_name(&name.value))),
            ("@@", Expr::Identifier(name)) => self.push(&format!("@@{}", name.value)),
            (scope, Expr::Identifier(name)) => self.push(&format!("{scope}.{}", name.value)),
            (charset, Expr::Value(literal)) => match &literal.value {
                Value::SingleQuotedString(text) => {
                    self.push(&format!("{charset}{}", quote_text(text)));
                }
                other => {
                    self.push(&format!("{charset} "));
                    self.value(other);
                }
            },
            (_, other) => self.expr(other),
        }
    }

    fn unary(&mut self, op: &UnaryOperator, inner: &Expr) {
        match op {
            UnaryOperator::Not | UnaryOperator::BangNot => {
                self.push("(not(");
                self.expr(inner);
                self.push("))");
            }
            UnaryOperator::Minus => self.signed("-", inner),
            UnaryOperator::BitwiseNot => self.signed("~", inner),
            _ => self.expr(inner),
        }
    }

    fn signed(&mut self, sign: &str, inner: &Expr) {
        let literal = matches!(inner, Expr::Value(_));
        self.push(if literal { sign } else { "" });
        if literal {
            return self.expr(inner);
        }
        self.push(&format!("{sign}("));
        self.expr(inner);
        self.push(")");
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) {
        let word = match op {
            BinaryOperator::Arrow => return self.call("json_extract", &[left, right]),
            BinaryOperator::LongArrow => {
                self.push("json_unquote(");
                self.call("json_extract", &[left, right]);
                return self.push(")");
            }
            BinaryOperator::StringConcat => return self.call("concat", &[left, right]),
            BinaryOperator::And => return self.flat(left, op, right, " and "),
            BinaryOperator::Or => return self.flat(left, op, right, " or "),
            _ => operator(op),
        };
        self.push("(");
        self.expr(left);
        self.push(&format!(" {word} "));
        self.expr(right);
        self.push(")");
    }

    /// `(a and b and c)`: one pair of parentheses for a whole tree of one operator.
    fn flat(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, word: &str) {
        self.push("(");
        self.operands(left, op, word);
        self.push(word);
        self.operands(right, op, word);
        self.push(")");
    }

    fn operands(&mut self, expr: &Expr, op: &BinaryOperator, word: &str) {
        match expr {
            Expr::BinaryOp { left, op: inner, right } if inner == op => {
                self.operands(left, op, word);
                self.push(word);
                self.operands(right, op, word);
            }
            _ => self.expr(expr),
        }
    }
}

fn operator(op: &BinaryOperator) -> &'static str {
    match op {
        BinaryOperator::Plus => "+",
        BinaryOperator::Minus => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::MyIntegerDivide => "DIV",
        BinaryOperator::Gt => ">",
        BinaryOperator::Lt => "<",
        BinaryOperator::GtEq => ">=",
        BinaryOperator::LtEq => "<=",
        BinaryOperator::Spaceship => "<=>",
        BinaryOperator::NotEq => "<>",
        BinaryOperator::Xor => "xor",
        BinaryOperator::BitwiseOr => "|",
        BinaryOperator::BitwiseAnd => "&",
        BinaryOperator::BitwiseXor => "^",
        BinaryOperator::PGBitwiseShiftLeft => "<<",
        BinaryOperator::PGBitwiseShiftRight => ">>",
        BinaryOperator::Assignment => ":=",
        _ => "=",
    }
}

fn plain(name: &ObjectName) -> String {
    name_parts(name).collect::<Vec<_>>().join(".")
}

fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Date => "DATE",
        DataType::Time(..) => "TIME",
        _ => "TIMESTAMP",
    }
}

/// The type of a cast; a CHAR without character set gets the connection's.
fn cast_type(data_type: &DataType, format: Option<&CastFormat>) -> String {
    let length = |length: &Option<u64>| length.map_or(String::new(), |n| format!("({n})"));
    match data_type {
        DataType::Binary(n) => format!("char{} charset binary", length(n)),
        DataType::Char(n) | DataType::Nvarchar(n) => {
            let charset = match format {
                Some(CastFormat::Value(value)) => {
                    value.value.clone().into_string().unwrap_or_default()
                }
                _ if matches!(data_type, DataType::Nvarchar(_)) => "utf8mb3".to_owned(),
                _ => "utf8mb4".to_owned(),
            };
            let characters = n.as_ref().and_then(|n| match n {
                CharacterLength::IntegerLength { length, .. } => Some(*length),
                CharacterLength::Max => None,
            });
            format!("char{} charset {charset}", length(&characters))
        }
        DataType::Signed => "signed".to_owned(),
        DataType::Unsigned => "unsigned".to_owned(),
        DataType::Date => "date".to_owned(),
        DataType::Time(n, _) => format!("time{}", length(n)),
        DataType::Datetime(n) => format!("datetime{}", length(n)),
        DataType::JSON => "json".to_owned(),
        DataType::Decimal(info) => match info {
            ExactNumberInfo::None => "decimal(10,0)".to_owned(),
            ExactNumberInfo::Precision(p) => format!("decimal({p},0)"),
            ExactNumberInfo::PrecisionAndScale(p, s) => format!("decimal({p},{s})"),
        },
        DataType::Float(ExactNumberInfo::Precision(p)) if *p > 24 => "double".to_owned(),
        DataType::Float(_) => "float".to_owned(),
        DataType::Double(_) => "double".to_owned(),
        other => other.to_string().to_ascii_lowercase(),
    }
}
