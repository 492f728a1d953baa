//! Looking for the tables that a query names, subqueries included.

use super::ast::{
    Expr, GroupByExpr, ObjectName, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins,
};
use super::walk::each_expr;

/// Calls `visit` for each name of a table in the body, wherever it stands.
pub fn each_table<'q>(body: &'q SetExpr, visit: &mut dyn FnMut(&'q ObjectName)) {
    match body {
        SetExpr::Select(select) => of_select(select, visit),
        SetExpr::Query(query) => of_query(query, visit),
        SetExpr::SetOperation { left, right, .. } => {
            each_table(left, visit);
            each_table(right, visit);
        }
        SetExpr::Values(values) => {
            let cells = values.rows.iter().flat_map(|row| row.content.iter());
            cells.for_each(|cell| of_expr(cell, visit));
        }
        _ => {}
    }
}

fn of_query<'q>(query: &'q Query, visit: &mut dyn FnMut(&'q ObjectName)) {
    let ctes = query.with.iter().flat_map(|with| with.cte_tables.iter());
    ctes.for_each(|cte| of_query(&cte.query, visit));
    each_table(&query.body, visit);
    if let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|order| &order.kind) {
        keys.iter().for_each(|key| of_expr(&key.expr, visit));
    }
}

fn of_select<'q>(select: &'q Select, visit: &mut dyn FnMut(&'q ObjectName)) {
    select.from.iter().for_each(|item| of_joined(item, visit));
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => of_expr(expr, visit),
            _ => {}
        }
    }
    let conditions = [&select.selection, &select.having];
    conditions.into_iter().flatten().for_each(|condition| of_expr(condition, visit));
    if let GroupByExpr::Expressions(keys, _) = &select.group_by {
        keys.iter().for_each(|key| of_expr(key, visit));
    }
}

fn of_joined<'q>(item: &'q TableWithJoins, visit: &mut dyn FnMut(&'q ObjectName)) {
    of_factor(&item.relation, visit);
    for join in &item.joins {
        of_factor(&join.relation, visit);
        if let Some(on) = super::ast::on_of(&join.join_operator) {
            of_expr(on, visit);
        }
    }
}

fn of_factor<'q>(factor: &'q TableFactor, visit: &mut dyn FnMut(&'q ObjectName)) {
    match factor {
        TableFactor::Table { name, .. } => visit(name),
        TableFactor::Derived { subquery, .. } => of_query(subquery, visit),
        TableFactor::NestedJoin { table_with_joins, .. } => of_joined(table_with_joins, visit),
        _ => {}
    }
}

fn of_expr<'q>(expr: &'q Expr, visit: &mut dyn FnMut(&'q ObjectName)) {
    each_expr(expr, &mut |part| match part {
        Expr::Subquery(query)
        | Expr::Exists { subquery: query, .. }
        | Expr::InSubquery { subquery: query, .. } => of_query(query, visit),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::{ParserMode, Statement, parse_one};

    fn tables(sql: &str) -> Vec<String> {
        let parsed = parse_one(sql.as_bytes(), ParserMode::default()).unwrap();
        let Statement::Query(query) = parsed.statement else { panic!("no query: {sql}") };
        let mut found = Vec::new();
        each_table(&query.body, &mut |name| found.push(name.to_string()));
        found
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        let sql = "SELECT (SELECT 1 FROM a), EXISTS (SELECT 1 FROM b) FROM c JOIN (SELECT 1 FROM d) x \
                   ON x.y IN (SELECT 1 FROM e) WHERE 1 = ANY (SELECT 1 FROM f) GROUP BY (SELECT 1 FROM g) \
                   UNION SELECT 1 FROM (h JOIN i) HAVING (WITH n AS (SELECT 1 FROM j) SELECT 1 FROM k)";
        let mut found = tables(sql);
        found.sort();
        assert_eq!(found, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]);
    }
}
