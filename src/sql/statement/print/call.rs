//! Calls, and the windows behind them.

use super::Printer;
use crate::sql::statement::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, OrderBySort, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowSpec, WindowType, name_parts,
};

/// Functions that MySQL prints under another name.
const FIRST_NAMES: &[(&str, &str)] = &[
    ("adddate", "date_add"),
    ("ceil", "ceiling"),
    ("character_length", "char_length"),
    ("current_date", "curdate"),
    ("current_time", "curtime"),
    ("current_timestamp", "now"),
    ("day", "dayofmonth"),
    ("lcase", "lower"),
    ("localtime", "now"),
    ("localtimestamp", "now"),
    ("octet_length", "length"),
    ("power", "pow"),
    ("schema", "database"),
    ("session_user", "user"),
    ("std", "std"),
    ("subdate", "date_sub"),
    ("substring", "substr"),
    ("system_user", "user"),
    ("ucase", "upper"),
];

impl Printer {
    /// A call with plain arguments.
    pub(super) fn call(&mut self, name: &str, args: &[&Expr]) {
        self.push(name);
        self.push("(");
        self.each(args, ",", |printer, arg| printer.expr(arg));
        self.push(")");
    }

    pub(super) fn function(&mut self, function: &Function) {
        let parts: Vec<&str> = name_parts(&function.name).collect();
        let name = match parts.as_slice() {
            [name] => name.to_ascii_lowercase(),
            parts => parts.iter().map(|part| super::quote_name(part)).collect::<Vec<_>>().join("."),
        };
        let FunctionArguments::List(list) = &function.args else { return self.push("default") };
        if self.dated(&name, &list.args) {
            return;
        }
        let first = FIRST_NAMES.binary_search_by_key(&name.as_str(), |(other, _)| other);
        let shown = first.ok().and_then(|index| FIRST_NAMES.get(index)).map(|(_, first)| *first);
        self.push(shown.unwrap_or(&name));
        self.push("(");
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
            self.push("distinct ");
        }
        let words = matches!(name.as_str(), "timestampadd" | "timestampdiff" | "get_format");
        for (index, arg) in list.args.iter().enumerate() {
            self.argument(arg, index, words && index == 0);
        }
        self.clauses(&list.clauses);
        self.push(")");
        self.over(function.over.as_ref());
    }

    /// `DATE_ADD(d, INTERVAL …)` is printed as a sum.
    fn dated(&mut self, name: &str, args: &[FunctionArg]) -> bool {
        let sign = match name {
            "date_add" | "adddate" => " + ",
            "date_sub" | "subdate" => " - ",
            _ => return false,
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(date)), step] = args else { return false };
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(step)) = step else { return false };
        self.push("(");
        self.expr(date);
        self.push(sign);
        if !matches!(step, Expr::Interval(_)) {
            self.push("interval ");
        }
        self.expr(step);
        self.push(if matches!(step, Expr::Interval(_)) { ")" } else { " day)" });
        true
    }

    fn argument(&mut self, arg: &FunctionArg, index: usize, word: bool) {
        let comma = if index > 0 { "," } else { "" };
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(unit))) if word => {
                self.push(&unit.value);
            }
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                self.push(comma);
                self.expr(expr);
            }
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. } => {
                self.named_argument(&name.value, expr);
            }
            _ => self.push(if self.is_view { "0" } else { "*" }),
        }
    }

    fn named_argument(&mut self, name: &str, expr: &Expr) {
        match (name, expr) {
            ("USING", Expr::Identifier(charset)) => {
                self.push(&format!(" using {}", charset.value));
            }
            ("CHAR" | "BINARY", length) => {
                self.push(&format!(" as {}(", name.to_ascii_lowercase()));
                self.expr(length);
                self.push(")");
            }
            ("RETURNING", Expr::Cast { .. }) => {
                let mut inner = Printer::new(self.literals);
                inner.expr(expr);
                let ty = inner.out.strip_prefix("cast(NULL as ").unwrap_or_default();
                self.push(&format!(" returning {}", ty.strip_suffix(')').unwrap_or(ty)));
            }
            (event, handling) => {
                match handling {
                    Expr::Identifier(_) => self.push(" error"),
                    Expr::Value(value)
                        if value.value == crate::sql::statement::ast::Value::Null =>
                    {
                        self.push(" null");
                    }
                    other => {
                        self.push(" default ");
                        self.expr(other);
                    }
                }
                self.push(if event == "ON_EMPTY" { " on empty" } else { " on error" });
            }
        }
    }

    fn clauses(&mut self, clauses: &[FunctionArgumentClause]) {
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(list) => {
                    self.push(" order by ");
                    self.each(list, ",", Self::order_item);
                }
                FunctionArgumentClause::Separator(text) => {
                    let text = text.value.clone().into_string().unwrap_or_default();
                    self.push(&format!(" separator {}", super::quote_text(&text)));
                }
                _ => {}
            }
        }
    }

    pub(super) fn order_item(&mut self, item: &OrderByExpr) {
        self.expr(&item.expr);
        if item.options.sort == Some(OrderBySort::Desc) {
            self.push(" desc");
        }
    }

    fn over(&mut self, over: Option<&WindowType>) {
        match over {
            Some(WindowType::NamedWindow(name)) => {
                self.push(" over ");
                self.name(name);
            }
            Some(WindowType::WindowSpec(spec)) => {
                self.push(" over ");
                self.window(spec);
            }
            None => {}
        }
    }

    pub(super) fn window(&mut self, spec: &WindowSpec) {
        self.push("(");
        let mut space = "";
        if let Some(name) = &spec.window_name {
            self.name(name);
            space = " ";
        }
        if !spec.partition_by.is_empty() {
            self.push(&format!("{space}partition by "));
            self.exprs(&spec.partition_by);
            space = " ";
        }
        if !spec.order_by.is_empty() {
            self.push(&format!("{space}order by "));
            self.each(&spec.order_by, ",", Self::order_item);
            space = " ";
        }
        if let Some(frame) = &spec.window_frame {
            self.push(space);
            self.frame(frame);
        }
        self.push(")");
    }

    fn frame(&mut self, frame: &WindowFrame) {
        self.push(match frame.units {
            WindowFrameUnits::Rows => "rows ",
            WindowFrameUnits::Range => "range ",
            WindowFrameUnits::Groups => "groups ",
        });
        let Some(end) = &frame.end_bound else { return self.bound(&frame.start_bound) };
        self.push("between ");
        self.bound(&frame.start_bound);
        self.push(" and ");
        self.bound(end);
    }

    fn bound(&mut self, bound: &WindowFrameBound) {
        let (distance, word) = match bound {
            WindowFrameBound::CurrentRow => return self.push("current row"),
            WindowFrameBound::Preceding(distance) => (distance, " preceding"),
            WindowFrameBound::Following(distance) => (distance, " following"),
        };
        match distance {
            Some(distance) => self.expr(distance),
            None => self.push("unbounded"),
        }
        self.push(word);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted() {
        assert!(super::FIRST_NAMES.is_sorted_by_key(|(name, _)| *name));
    }
}
