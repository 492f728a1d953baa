//! What stands behind the body of a query: ORDER BY, LIMIT, locks.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Expr, LimitClause, LockClause, LockType, NonBlock, ObjectName, Offset, OrderBy, OrderByExpr,
    OrderByKind, OrderByOptions, OrderBySort, Query, SetExpr, With,
};
use crate::sql::statement::cursor::{Parse, Parser};
use sqlparser::ast::OffsetRows;

impl Parser<'_> {
    /// A query whose body has been read. One in parentheses with nothing around them is itself.
    pub(super) fn query_tail(&mut self, with: Option<With>, body: SetExpr) -> Parse<Query> {
        let order_by = self.order_by()?;
        let limit_clause = self.limit()?;
        self.select_target()?;
        let locks = self.locks()?;
        self.select_target()?;
        if let SetExpr::Query(inner) = body {
            if with.is_none() && order_by.is_empty() && limit_clause.is_none() && locks.is_empty() {
                return Ok(*inner);
            }
            return Ok(query(with, SetExpr::Query(inner), order_by, limit_clause, locks));
        }
        Ok(query(with, body, order_by, limit_clause, locks))
    }

    /// ORDER BY, if it stands here.
    pub(in crate::sql::statement) fn order_by(&mut self) -> Parse<Vec<OrderByExpr>> {
        if !self.accept_words(&["ORDER", "BY"]) {
            return Ok(Vec::new());
        }
        self.list(Self::order_item)
    }

    pub(in crate::sql::statement) fn order_item(&mut self) -> Parse<OrderByExpr> {
        let expr = self.expr()?;
        let sort = match self.accept_any(&["ASC", "DESC"]) {
            Some("ASC") => Some(OrderBySort::Asc),
            Some(_) => Some(OrderBySort::Desc),
            None => None,
        };
        Ok(OrderByExpr {
            expr,
            options: OrderByOptions { sort, nulls_first: None },
            with_fill: None,
        })
    }

    fn limit(&mut self) -> Parse<Option<LimitClause>> {
        if !self.accept("LIMIT") {
            return Ok(None);
        }
        let first = self.limit_value()?;
        let (limit, offset) = if self.comma() {
            (self.limit_value()?, Some(first))
        } else if self.accept("OFFSET") {
            (first, Some(self.limit_value()?))
        } else {
            (first, None)
        };
        let offset = offset.map(|value| Offset { value, rows: OffsetRows::None });
        Ok(Some(LimitClause::LimitOffset { limit: Some(limit), offset, limit_by: Vec::new() }))
    }

    /// A number, `?`, or (in stored programs only) a name.
    pub(in crate::sql::statement) fn limit_value(&mut self) -> Parse<Expr> {
        if self.is(TokenKind::Param) {
            return self.expr();
        }
        let hex = matches!(self.bytes(self.token(0)), [b'0', b'x' | b'b', ..]);
        if hex {
            return self.expr();
        }
        Ok(crate::sql::statement::expr::number_value(self.number()?.to_string()))
    }

    fn locks(&mut self) -> Parse<Vec<LockClause>> {
        let mut locks = Vec::new();
        loop {
            if self.accept_words(&["LOCK", "IN", "SHARE", "MODE"]) {
                locks.push(lock(LockType::Share, None, None));
                return Ok(locks);
            }
            let lock_type = if self.accept_words(&["FOR", "UPDATE"]) {
                LockType::Update
            } else if self.accept_words(&["FOR", "SHARE"]) {
                LockType::Share
            } else {
                return Ok(locks);
            };
            self.lock_targets(lock_type, &mut locks)?;
        }
    }

    fn lock_targets(&mut self, lock_type: LockType, locks: &mut Vec<LockClause>) -> Parse<()> {
        let of = if self.accept("OF") { self.list(Self::object_name)? } else { Vec::new() };
        let nonblock = if self.accept("NOWAIT") {
            Some(NonBlock::Nowait)
        } else if self.accept_words(&["SKIP", "LOCKED"]) {
            Some(NonBlock::SkipLocked)
        } else {
            None
        };
        if of.is_empty() {
            locks.push(lock(lock_type, None, nonblock));
        }
        locks.extend(of.into_iter().map(|name| lock(lock_type, Some(name), nonblock)));
        Ok(())
    }
}

fn lock(lock_type: LockType, of: Option<ObjectName>, nonblock: Option<NonBlock>) -> LockClause {
    LockClause { lock_type, of, nonblock }
}

fn query(
    with: Option<With>,
    body: SetExpr,
    order: Vec<OrderByExpr>,
    limit_clause: Option<LimitClause>,
    locks: Vec<LockClause>,
) -> Query {
    let ordered = |list| OrderBy { kind: OrderByKind::Expressions(list), interpolate: None };
    Query {
        with,
        body: Box::new(body),
        order_by: (!order.is_empty()).then(|| ordered(order)),
        limit_clause,
        fetch: None,
        locks,
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
