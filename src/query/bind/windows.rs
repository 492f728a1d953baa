//! Window functions: those over equal windows are computed together.

use super::Compiler;
use super::call::Arguments;
use super::errors::{parameter_count, window_not_here};
use super::frame::NamedWindow;
use super::scope::WindowGroup;
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::expr::{Expr, ExprType, merge_types};
use crate::query::plan::SortKey;
use crate::query::windows::{Frame, WindowCall, WindowFunction};
use crate::sql::statement::ast;
use crate::value::SqlError;
use crate::value::types::{ColumnType, IntegerSize};

/// PARTITION BY, ORDER BY and the frame.
type WindowRows = (Vec<Expr>, Vec<SortKey>, Frame);

impl Compiler<'_> {
    pub(super) fn window_function(
        &mut self,
        name: &str,
        call: &ast::Function,
        over: &ast::WindowType,
        _whole: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        if !self.scope().windows_allowed {
            return Err(window_not_here(name).into());
        }
        if call.null_treatment == Some(ast::NullTreatment::IgnoreNulls) {
            return Err(SqlError::not_supported("IGNORE NULLS").into());
        }
        let window = self.window_spec(over)?;
        self.scope().windows_allowed = false;
        let parts = self.window_parts(name, call, &window);
        self.scope().windows_allowed = true;
        let (function, args, partition, order, frame) = parts?;
        let ty = window_type(&function, &args);
        let slot = self.scope().allocate_used();
        let found = Expr::slot(slot, ty.clone());
        let call = WindowCall { function, args, frame, ty, slot };
        let groups = &mut self.scope().windows;
        let same = |group: &&mut WindowGroup| {
            let partitions = group.partition.len() == partition.len()
                && group.partition.iter().zip(&partition).all(|(one, other)| one.same_as(other));
            partitions
                && group.order.len() == order.len()
                && group.order.iter().zip(&order).all(|(one, other)| {
                    one.descending == other.descending && one.expr.same_as(&other.expr)
                })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.calls.push(call),
            None => groups.push(WindowGroup { partition, order, calls: vec![call] }),
        }
        Ok(found)
    }

    #[allow(clippy::type_complexity, reason = "the parts of one window")]
    fn window_parts(
        &mut self,
        name: &str,
        call: &ast::Function,
        window: &NamedWindow,
    ) -> Result<(WindowFunction, Vec<Expr>, Vec<Expr>, Vec<SortKey>, Frame), Interrupt> {
        let (function, args) = match WindowFunction::by_name(name) {
            Some(function) => {
                let mut args = Vec::new();
                for arg in Arguments::of(call)?.exprs {
                    args.push(self.single_expr(arg)?);
                }
                check_count(&function, args.len(), name)?;
                (function, args)
            }
            None => {
                let Some(aggregate) = AggregateFunction::by_name(name) else {
                    return Err(super::errors::no_function(None, name).into());
                };
                check_aggregate(aggregate, call)?;
                let call = self.window_aggregate(aggregate, call)?;
                (WindowFunction::Aggregate(Box::new(call)), Vec::new())
            }
        };
        let (partition, order, frame) = self.rows_of_window(window)?;
        Ok((function, args, partition, order, frame))
    }

    fn rows_of_window(&mut self, window: &NamedWindow) -> Result<WindowRows, Interrupt> {
        let spec = &window.spec;
        let mut partition = Vec::with_capacity(spec.partition_by.len());
        for expr in &spec.partition_by {
            partition.push(self.single_expr(expr)?);
        }
        let order = self.sort_keys(&spec.order_by, &[])?;
        let frame = match &spec.window_frame {
            None => Frame::default_for(!order.is_empty()),
            Some(frame) => self.window_frame(frame, &order, &window.name)?,
        };
        Ok((partition, order, frame))
    }

    /// Checks the windows of WINDOW, whether a function uses them or not.
    pub(super) fn check_named_windows(&mut self) -> Result<(), Interrupt> {
        let names: Vec<String> =
            self.scope().named_windows.iter().map(|(name, _)| name.clone()).collect();
        let allowed = std::mem::replace(&mut self.scope().windows_allowed, false);
        let mut checked = Ok(());
        for name in names {
            checked = checked.and_then(|()| {
                let spec = self.named_window(&name, 0)?;
                self.rows_of_window(&NamedWindow { name, spec }).map(|_| ())
            });
        }
        self.scope().windows_allowed = allowed;
        checked
    }

    /// An aggregate over a window may have aggregates of the block in its arguments.
    fn window_aggregate(
        &mut self,
        function: AggregateFunction,
        call: &ast::Function,
    ) -> Result<crate::query::aggregates::AggregateCall, Interrupt> {
        match self.aggregate_call(function, call) {
            Err(Interrupt::Error(error)) if error.code == 1111 => {}
            other => return other,
        }
        // The arguments have aggregates in them: those are slots when the window is computed.
        let ast::FunctionArguments::List(list) = &call.args else {
            return Err(parameter_count(&call.name.to_string()).into());
        };
        let mut args = Vec::with_capacity(list.args.len());
        for arg in Arguments::of(call)?.exprs {
            args.push(self.single_expr(arg)?);
        }
        let variables = &self.session.variables;
        let types: Vec<&ExprType> = args.iter().map(|arg| &arg.ty).collect();
        let (increment, longest) =
            (variables.div_precision_increment, variables.group_concat_max_len);
        let ty = crate::query::aggregates::result_type(function, &types, increment, longest)?;
        let how =
            args.iter().map(|arg| crate::query::expr::comparison_with_itself(&arg.ty)).collect();
        let (order, separator) = (Vec::new(), ",".into());
        Ok(crate::query::aggregates::AggregateCall {
            function,
            args,
            how,
            distinct: false,
            order,
            separator,
            ty,
            slot: 0,
        })
    }

    /// The window that OVER names or describes.
    fn window_spec(&mut self, over: &ast::WindowType) -> Result<NamedWindow, Interrupt> {
        Ok(match over {
            ast::WindowType::NamedWindow(name) => {
                NamedWindow { spec: self.named_window(&name.value, 0)?, name: name.value.clone() }
            }
            ast::WindowType::WindowSpec(spec) => {
                NamedWindow::unnamed(self.inherited(spec.clone(), 0)?)
            }
        })
    }

    fn named_window(&mut self, name: &str, depth: usize) -> Result<ast::WindowSpec, Interrupt> {
        let lower = name.to_lowercase();
        let found = self.scope().named_windows.iter().find(|(own, _)| *own == lower).cloned();
        let unknown = || {
            let message = format!("Window name '{name}' is not defined.");
            SqlError::new(3579, b"HY000", message)
        };
        if depth > 16 {
            let message = "There is a circularity in the window dependency graph.";
            return Err(SqlError::new(3580, b"HY000", message).into());
        }
        match found {
            None => Err(unknown().into()),
            Some((_, ast::NamedWindowExpr::NamedWindow(other))) => {
                self.named_window(&other.value, depth + 1)
            }
            Some((_, ast::NamedWindowExpr::WindowSpec(spec))) => self.inherited(spec, depth),
        }
    }

    /// A window that refines another: `(w ORDER BY a)`.
    fn inherited(
        &mut self,
        mut spec: ast::WindowSpec,
        depth: usize,
    ) -> Result<ast::WindowSpec, Interrupt> {
        let Some(base) = spec.window_name.take() else { return Ok(spec) };
        let base = self.named_window(&base.value, depth + 1)?;
        if spec.partition_by.is_empty() {
            spec.partition_by = base.partition_by;
        }
        if spec.order_by.is_empty() {
            spec.order_by = base.order_by;
        }
        spec.window_frame = spec.window_frame.or(base.window_frame);
        Ok(spec)
    }
}

/// Which aggregates MySQL takes over windows.
fn check_aggregate(function: AggregateFunction, call: &ast::Function) -> Result<(), SqlError> {
    use AggregateFunction as A;
    let distinct = matches!(&call.args, ast::FunctionArguments::List(list)
        if list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct));
    match function {
        A::GroupConcat => Err(SqlError::not_supported("group_concat as window function")),
        // MIN and MAX are the same with and without it.
        A::Min | A::Max => Ok(()),
        _ if distinct => Err(SqlError::not_supported("<window function>(DISTINCT ..)")),
        _ => Ok(()),
    }
}

fn check_count(function: &WindowFunction, count: usize, name: &str) -> Result<(), SqlError> {
    use WindowFunction as W;
    let right = match function {
        W::Lag | W::Lead => (1..=3).contains(&count),
        W::NthValue => count == 2,
        W::FirstValue | W::LastValue | W::Ntile => count == 1,
        W::Aggregate(_) => true,
        _ => count == 0,
    };
    if right { Ok(()) } else { Err(parameter_count(name)) }
}

fn window_type(function: &WindowFunction, args: &[Expr]) -> ExprType {
    use WindowFunction as W;
    match function {
        W::RowNumber | W::Rank | W::DenseRank => ExprType::sized_integer(true, 21, false),
        W::Ntile => ExprType::sized_integer(true, 21, true),
        W::PercentRank | W::CumeDist => ExprType::double(false),
        W::Aggregate(call) => match call.function {
            AggregateFunction::Min | AggregateFunction::Max => widened(call.ty.clone()),
            _ => call.ty.clone(),
        },
        W::Lag | W::Lead => {
            // A default takes part in the type.
            let first = args.first().map_or_else(ExprType::null, |arg| arg.ty.clone());
            let with_default = args.get(2).and_then(|other| merge_types(&[&first, &other.ty]).ok());
            widened(with_default.unwrap_or(first))
        }
        W::FirstValue | W::LastValue | W::NthValue => {
            widened(args.first().map_or_else(ExprType::null, |arg| arg.ty.clone()))
        }
    }
}

/// What a window function hands on from another row: whole numbers as BIGINT, CHAR as VARCHAR.
fn widened(ty: ExprType) -> ExprType {
    let mut ty = ty.with_nullable(true);
    match &mut ty.ty {
        ColumnType::Integer { size, width, zerofill, .. } => {
            (*size, *width, *zerofill) = (IntegerSize::Big, None, false);
        }
        ColumnType::Char { varying, .. } => *varying = true,
        _ => {}
    }
    ty
}
