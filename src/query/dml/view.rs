//! INSERT into a view: only through one that shows plain columns of one table.

use std::sync::Arc;

use super::errors::not_insertable;
use crate::engine::Use;
use crate::engine::catalog::{TableDef, ViewDef, same_name};
use crate::query::bind::Compiler;
use crate::query::{Interrupt, virtual_table};
use crate::sql::statement::{self, ast};
use crate::value::SqlError;

/// What is inserted into.
pub(super) struct Into {
    /// The table with the rows.
    pub table: Arc<TableDef>,
    /// The name by which the statement knows it.
    pub alias: Arc<str>,
    /// A view's columns: names and places in the table.
    columns: Option<Vec<(Arc<str>, usize)>>,
}

impl Into {
    /// What a name stands for.
    pub fn find(compiler: &mut Compiler<'_>, name: &ast::TableName) -> Result<Self, Interrupt> {
        let schema = compiler.schema_of(name.schema.as_deref())?;
        if virtual_table::lookup(&schema, &name.name).is_some() {
            return Err(not_insertable(&name.name).into());
        }
        let database = compiler.session.engine.database();
        let hidden = compiler.session.temporary.table(&schema, &name.name).is_some();
        if let Some(view) = database.catalog.view(&schema, &name.name).filter(|_| !hidden) {
            return Self::of_view(compiler, view);
        }
        let table = compiler.base_table(&schema, &name.name, Use::Write)?;
        let alias = table.name.clone();
        Ok(Self { table, alias, columns: None })
    }

    fn of_view(compiler: &mut Compiler<'_>, view: &ViewDef) -> Result<Self, Interrupt> {
        let refused = || not_insertable(&view.name);
        let (table, items) = simple_query(view).ok_or_else(refused)?;
        let schema: Arc<str> =
            table.schema.as_deref().map_or_else(|| view.schema.clone(), Arc::from);
        let database = compiler.session.engine.database();
        if database.catalog.view(&schema, &table.name).is_some() {
            return Err(SqlError::not_supported("INSERT into a view of a view").into());
        }
        let table = compiler.base_table(&schema, &table.name, Use::Write)?;
        let columns = shown(&table, &items).ok_or_else(refused)?;
        let named = |(at, (name, place)): (usize, (Arc<str>, usize))| {
            (view.columns.get(at).cloned().unwrap_or(name), place)
        };
        let columns = columns.into_iter().enumerate().map(named).collect();
        Ok(Self { table, alias: view.name.clone(), columns: Some(columns) })
    }

    /// The place of a column by the name that the statement has for it.
    pub fn column(&self, name: &str) -> Option<usize> {
        match &self.columns {
            None => self.table.column_index(name),
            Some(columns) => {
                let found = columns.iter().find(|(own, _)| same_name(own, name));
                found.map(|(_, place)| *place)
            }
        }
    }

    /// The columns that get values where none are listed.
    pub fn all(&self) -> Vec<usize> {
        match &self.columns {
            Some(columns) => columns.iter().map(|(_, place)| *place).collect(),
            None => {
                let columns = self.table.columns.iter().enumerate();
                let shown = columns.filter(|(_, column)| !column.hidden && !column.invisible);
                shown.map(|(at, _)| at).collect()
            }
        }
    }
}

/// The table and the items of a view that is `SELECT … FROM table [WHERE …]` and nothing more.
fn simple_query(view: &ViewDef) -> Option<(ast::TableName, Vec<ast::SelectItem>)> {
    let mode = statement::ParserMode::default();
    let parsed = statement::parse_one(view.sql.as_bytes(), mode).ok()?;
    let ast::Statement::Query(query) = parsed.statement else { return None };
    let ast::SetExpr::Select(select) = query.body.as_ref() else { return None };
    let plain = query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none();
    let whole = select.distinct.is_none() && select.having.is_none();
    let ungrouped =
        matches!(&select.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let [only] = select.from.as_slice() else { return None };
    let ast::TableFactor::Table { name, args: None, .. } = &only.relation else { return None };
    let fits = plain && whole && ungrouped && only.joins.is_empty();
    fits.then(|| Some((ast::TableName::of(name)?, select.projection.clone())))?
}

/// The columns that the items show; none where one is no plain column.
fn shown(table: &TableDef, items: &[ast::SelectItem]) -> Option<Vec<(Arc<str>, usize)>> {
    let mut found = Vec::new();
    for item in items {
        let (expr, alias) = match item {
            ast::SelectItem::Wildcard(_) => {
                let columns = table.columns.iter().enumerate();
                let columns = columns.filter(|(_, column)| !column.hidden && !column.invisible);
                found.extend(columns.map(|(at, column)| (column.name.clone(), at)));
                continue;
            }
            ast::SelectItem::UnnamedExpr(expr) => (expr, None),
            ast::SelectItem::ExprWithAlias { expr, alias } => (expr, Some(&alias.value)),
            _ => return None,
        };
        let name = match expr {
            ast::Expr::Identifier(name) => &name.value,
            ast::Expr::CompoundIdentifier(names) => &names.last()?.value,
            _ => return None,
        };
        let place = table.column_index(name)?;
        found.push((alias.unwrap_or(name).as_str().into(), place));
    }
    Some(found)
}
