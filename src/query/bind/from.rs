//! FROM: tables, derived tables, views; joins are in [`super::joins`].

use std::sync::Arc;

use super::errors::not_unique;
use super::joins::join;
use super::scope::{column_expr, table_columns};
use super::tables::NamedTable;
use super::{Clause, ColumnInfo, Compiler, SourceInfo};
use crate::engine::catalog::{TableDef, ViewDef, same_name};
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprType};
use crate::query::plan::{FromTree, JoinKind, Node, QueryPlan, SourceKind, SourcePlan, shape_of};
use crate::sql::statement::{self, ast};
use crate::value::SqlError;
use crate::value::types::ColumnType;

impl Compiler<'_> {
    /// All of FROM.
    pub(crate) fn from(&mut self, items: &[ast::TableWithJoins]) -> Result<FromTree, Interrupt> {
        let mut tree = FromTree::One;
        for item in items {
            // An item's ON does not see the items before it; LATERAL does.
            let before = std::mem::take(&mut self.scope().columns);
            let joined = self.joined(item, false)?;
            let own = std::mem::replace(&mut self.scope().columns, before);
            self.scope().columns.extend(own);
            tree = match tree {
                FromTree::One => joined,
                tree => join(tree, joined, JoinKind::Inner, Vec::new(), false),
            };
        }
        Ok(tree)
    }

    /// One operand of FROM or of a join.
    pub(super) fn relation(
        &mut self,
        factor: &ast::TableFactor,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        self.deeper(|compiler| compiler.relation_here(factor, nullable))
    }

    fn relation_here(
        &mut self,
        factor: &ast::TableFactor,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        match factor {
            ast::TableFactor::Table { name, alias, index_hints, args: None, .. } => {
                self.table_relation(name, alias.as_ref(), index_hints, nullable)
            }
            ast::TableFactor::Derived { lateral, subquery, alias, .. } => {
                let Some(alias) = alias else {
                    let message = "Every derived table must have its own alias";
                    return Err(SqlError::new(1248, b"42000", message).into());
                };
                self.derived(subquery, alias, *lateral, nullable)
            }
            ast::TableFactor::NestedJoin { table_with_joins, .. } => {
                self.joined(table_with_joins, nullable)
            }
            ast::TableFactor::JsonTable { .. } => Err(SqlError::not_supported("JSON_TABLE").into()),
            _ => Err(SqlError::not_supported("this kind of table expression").into()),
        }
    }

    fn table_relation(
        &mut self,
        name: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
        hints: &[sqlparser::ast::TableIndexHints],
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        let parts: Vec<&str> = ast::name_parts(name).collect();
        let (schema, table) = match parts.as_slice() {
            [table] => (None, *table),
            [schema, table] => (Some(*schema), *table),
            _ => {
                return Err(
                    SqlError::new(1064, b"42000", format!("Wrong table name {name}")).into()
                );
            }
        };
        let called: Arc<str> = alias.map_or(table, |alias| alias.name.value.as_str()).into();
        if schema.is_none()
            && let Some(tree) = self.cte_relation(table, &called, alias)?
        {
            return Ok(tree);
        }
        let schema = self.schema_of(schema)?;
        match self.named_table(&schema, table)? {
            NamedTable::Table(table) => {
                let hints = index_hints(&table, hints)?;
                self.add_table(table, called, hints)
            }
            NamedTable::Virtual(table) => {
                let types: Vec<ExprType> = table
                    .columns()
                    .iter()
                    .map(|column| ExprType::new(column.ty.clone(), column.nullable))
                    .collect();
                let names = table.columns().iter().map(|column| column.name.clone()).collect();
                self.check_alias(&schema, &called)?;
                if table.schema() == "information_schema" && table.name() == "PROCESSLIST" {
                    self.deprecated(1287, "'INFORMATION_SCHEMA.PROCESSLIST' is deprecated and will be removed in a future release. Please use performance_schema.processlist instead");
                }
                self.add_computed(
                    SourceKind::Virtual(table),
                    (schema, called),
                    names,
                    types,
                    1000.0,
                )
            }
            NamedTable::View(view) => self.view_relation(&view, called, nullable),
        }
    }

    fn check_alias(&mut self, schema: &str, alias: &str) -> Result<(), SqlError> {
        let scope = self.scope();
        let mut visible = scope.visible.iter().filter_map(|place| scope.sources.get(*place));
        match visible.any(|source| *source.alias == *alias && *source.schema == *schema) {
            true => Err(not_unique(alias)),
            false => Ok(()),
        }
    }

    fn add_table(
        &mut self,
        table: Arc<TableDef>,
        alias: Arc<str>,
        (ignored, forced): (Vec<usize>, Vec<usize>),
    ) -> Result<FromTree, Interrupt> {
        self.check_alias(&table.schema, &alias)?;
        let estimate = self.row_estimate(&table);
        let lock = self.lock_for(&alias);
        let keys = self.how == crate::engine::Use::Write;
        let mut computed = self.index_expressions(&table);
        let scope = self.scope();
        let slot = scope.allocate(table.columns.len());
        let key_slot = keys.then(|| scope.allocate_used());
        let columns = table_columns(&table, slot);
        let types = columns.iter().map(|column| column.expr.ty.clone()).collect();
        let plan = scope.plans.len();
        computed.iter_mut().for_each(|(expr, _)| expr.map_slots(&mut |own| own + slot));
        let computed = computed.into_iter().map(|(expr, at)| (shape_of(&expr), at)).collect();
        scope.plans.push(SourcePlan {
            kind: SourceKind::Table(table.clone()),
            alias: alias.clone(),
            slot,
            types,
            key_slot,
            lock,
            ignored,
            forced,
            estimate,
            computed,
        });
        let schema = table.schema.clone();
        scope.add_source(SourceInfo { schema, alias, columns, private: false, plan: Some(plan) });
        Ok(FromTree::Source(plan))
    }

    /// What the hidden columns of a table's indexes are made of, over its row.
    fn index_expressions(&mut self, table: &Arc<TableDef>) -> Vec<(Expr, usize)> {
        let hidden = table.columns.iter().enumerate().filter(|(_, column)| column.hidden);
        let mut found = Vec::new();
        for (at, column) in hidden {
            let Some(generated) = &column.generated else { continue };
            // One that does not compile here serves no query.
            let Ok(parsed) = statement::parse_expr(&generated.sql) else { continue };
            found.extend(self.over_table(&parsed, table).ok().map(|expr| (expr, at)));
        }
        found
    }

    /// Adds a source whose rows are made while the statement runs.
    pub(crate) fn add_computed(
        &mut self,
        kind: SourceKind,
        (schema, alias): (Arc<str>, Arc<str>),
        names: Vec<Arc<str>>,
        types: Vec<ExprType>,
        estimate: f64,
    ) -> Result<FromTree, Interrupt> {
        let scope = self.scope();
        let slot = scope.allocate(types.len());
        let in_local_time = !matches!(kind, SourceKind::Table(_));
        let own_heading = matches!(kind, SourceKind::Virtual(table) if table.is_view());
        let column = |(at, (name, ty)): (usize, (Arc<str>, &ExprType))| ColumnInfo {
            name,
            expr: match in_local_time {
                true => Expr::slot(slot + at, ty.clone()),
                false => column_expr(slot + at, ty.clone()),
            },
            origin: None,
            hidden: false,
            own_heading,
        };
        let columns = names.into_iter().zip(&types).enumerate().map(column).collect();
        let plan = scope.plans.len();
        let (ignored, forced, key_slot, lock) = (Vec::new(), Vec::new(), None, None);
        let own = alias.clone();
        scope.plans.push(SourcePlan {
            kind,
            alias: own,
            slot,
            types,
            key_slot,
            lock,
            ignored,
            forced,
            estimate,
            computed: Vec::new(),
        });
        scope.add_source(SourceInfo { schema, alias, columns, private: false, plan: Some(plan) });
        Ok(FromTree::Source(plan))
    }

    fn derived(
        &mut self,
        query: &ast::Query,
        alias: &ast::TableAlias,
        lateral: bool,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        let called: Arc<str> = alias.name.value.as_str().into();
        let renamed: Vec<Arc<str>> =
            alias.columns.iter().map(|column| column.name.value.as_str().into()).collect();
        self.check_alias("", &called)?;
        if !lateral
            && self.lock.is_none()
            && let Some(select) = self.mergeable(query, nullable)
        {
            return self.merge(select, (Arc::from(""), called), &renamed, false);
        }
        let fenced = std::mem::replace(&mut self.scope().fenced, !lateral);
        let compiled = self.read_only(|compiler| compiler.query(query));
        self.scope().fenced = fenced;
        let (plan, imports) = compiled?;
        let names = column_names(&plan, &renamed)?;
        let types = stored_types(&plan);
        let estimate = estimate(&plan);
        let kind = SourceKind::Derived(Arc::new(plan), imports, None);
        self.add_computed(kind, (Arc::from(""), called), names, types, estimate)
    }

    /// Compiles something whose tables are read and not changed, whatever the statement does.
    pub(crate) fn read_only<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let how = self.how;
        let lock = self.lock.take();
        match how {
            crate::engine::Use::Write => self.how = crate::engine::Use::LockingRead,
            // FOR UPDATE does not reach into subqueries.
            crate::engine::Use::LockingRead if lock.is_some() => {
                self.how = crate::engine::Use::Read;
            }
            _ => {}
        }
        let result = work(self);
        (self.how, self.lock) = (how, lock);
        result
    }

    fn view_relation(
        &mut self,
        view: &Arc<ViewDef>,
        called: Arc<str>,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        let key = (view.schema.clone(), view.name.clone());
        if self.views.contains(&key) {
            let message = format!("`{}`.`{}` contains view recursion", key.0, key.1);
            return Err(SqlError::new(1462, b"HY000", message).into());
        }
        self.check_alias(&view.schema, &called)?;
        let parsed = statement::parse_one(view.sql.as_bytes(), statement::ParserMode::default());
        let Ok(statement::Parsed { statement: ast::Statement::Query(query), .. }) = parsed else {
            return Err(invalid_view(view).into());
        };
        self.views.push(key);
        let database = self.session.database.replace(view.schema.clone());
        let result = self.view_body(&query, view, called, nullable);
        self.session.database = database;
        self.views.pop();
        result.map_err(|interrupt| match interrupt {
            Interrupt::Error(error) if matches!(error.code, 1146 | 1054 | 1049 | 1305) => {
                invalid_view(view).into()
            }
            other => other,
        })
    }

    fn view_body(
        &mut self,
        query: &ast::Query,
        view: &ViewDef,
        called: Arc<str>,
        nullable: bool,
    ) -> Result<FromTree, Interrupt> {
        let renamed = view.columns.clone();
        if let Some(select) = self.mergeable(query, nullable) {
            return self.merge(select, (view.schema.clone(), called), &renamed, true);
        }
        let ctes = std::mem::take(&mut self.ctes);
        let before = (self.scope().fenced, self.scope().wall);
        (self.scope().fenced, self.scope().wall) = (true, true);
        let compiled = self.read_only(|compiler| compiler.query(query));
        (self.scope().fenced, self.scope().wall) = before;
        self.ctes = ctes;
        let (plan, imports) = compiled?;
        let names = column_names(&plan, &renamed)?;
        let types = plan.types().into_iter().map(ExprType::stored).collect();
        let estimate = estimate(&plan);
        let kind = SourceKind::Derived(Arc::new(plan), imports, None);
        self.add_computed(kind, (view.schema.clone(), called), names, types, estimate)
    }

    /// Compiles a simple SELECT as part of this block: its tables join the others, so that conditions and
    /// indexes work through it.
    fn merge(
        &mut self,
        select: &ast::Select,
        (schema, called): (Arc<str>, Arc<str>),
        renamed: &[Arc<str>],
        wall: bool,
    ) -> Result<FromTree, Interrupt> {
        let scope = self.scope();
        let first = scope.sources.len();
        let saved = (std::mem::take(&mut scope.visible), std::mem::take(&mut scope.columns));
        let (walled, clause) = (scope.wall, scope.clause);
        scope.wall = scope.wall || wall;
        let ctes = wall.then(|| std::mem::take(&mut self.ctes));
        let merged = self.merged_parts(select);
        if let Some(ctes) = ctes {
            self.ctes = ctes;
        }
        let scope = self.scope();
        (scope.visible, scope.columns) = saved;
        (scope.wall, scope.clause) = (walled, clause);
        for source in scope.sources.get_mut(first..).unwrap_or_default() {
            source.private = true;
        }
        let (tree, conditions, mut columns) = merged?;
        rename(&mut columns, renamed)?;
        let source = SourceInfo { schema, alias: called, columns, private: false, plan: None };
        self.scope().add_source(source);
        Ok(match conditions.is_empty() {
            true => tree,
            false => join(tree, FromTree::One, JoinKind::Inner, conditions, false),
        })
    }

    fn merged_parts(
        &mut self,
        select: &ast::Select,
    ) -> Result<(FromTree, Vec<Expr>, Vec<ColumnInfo>), Interrupt> {
        let tree = self.from(&select.from)?;
        let conditions = self.where_conditions(select.selection.as_ref())?;
        self.scope().clause = Clause::Fields;
        let items = self.items(&select.projection)?;
        let column = |item: super::items::Item| ColumnInfo {
            name: item.name,
            expr: item.expr,
            origin: item.origin.map(|(table, at, _)| (table, at)),
            hidden: false,
            own_heading: false,
        };
        Ok((tree, conditions, items.into_iter().map(column).collect()))
    }

    /// The SELECT, if it can be compiled as part of the enclosing block.
    fn mergeable<'q>(&self, query: &'q ast::Query, nullable: bool) -> Option<&'q ast::Select> {
        let ast::SetExpr::Select(select) = query.body.as_ref() else { return None };
        let plain_query = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.locks.is_empty();
        let grouped =
            !matches!(&select.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty());
        let plain = plain_query
            && !grouped
            && select.distinct.is_none()
            && select.having.is_none()
            && select.named_window.is_empty()
            && !select.from.is_empty();
        let item = |item: &ast::SelectItem| super::items::is_mergeable(item, nullable);
        let whole = select.selection.as_ref().is_none_or(super::items::is_plain);
        (plain && whole && select.projection.iter().all(item)).then_some(select)
    }
}

/// The places of indexes that hints forbid, and those that they ask for.
fn index_hints(
    table: &TableDef,
    hints: &[sqlparser::ast::TableIndexHints],
) -> Result<(Vec<usize>, Vec<usize>), SqlError> {
    use sqlparser::ast::TableIndexHintType as Hint;
    let (mut ignored, mut used, mut restricts) = (Vec::new(), Vec::new(), false);
    for hint in hints {
        for name in &hint.index_names {
            let Some((place, _)) = table.index(&name.value) else {
                let message =
                    format!("Key '{}' doesn't exist in table '{}'", name.value, table.name);
                return Err(SqlError::new(1176, b"42000", message));
            };
            match hint.hint_type {
                Hint::Ignore => ignored.push(place),
                Hint::Use | Hint::Force => used.push(place),
            }
        }
        restricts |= !matches!(hint.hint_type, Hint::Ignore);
    }
    if restricts {
        ignored.extend((0..table.indexes.len()).filter(|place| !used.contains(place)));
    }
    Ok((ignored, used))
}

/// The types of the columns that keep a query's rows. Several rows of VALUES have common types already.
fn stored_types(plan: &QueryPlan) -> Vec<ExprType> {
    let types = plan.types().into_iter();
    match has_value_rows(&plan.root) {
        true => types.map(|ty| if ty.ty == ColumnType::Null { ty.stored() } else { ty }).collect(),
        false => types.map(ExprType::stored).collect(),
    }
}

fn has_value_rows(node: &Node) -> bool {
    match node {
        Node::Rows { rows, .. } => rows.len() > 1,
        Node::Sort(sort) => has_value_rows(&sort.input),
        Node::Limit(limit) => has_value_rows(&limit.input),
        _ => false,
    }
}

fn estimate(plan: &QueryPlan) -> f64 {
    match &plan.root {
        crate::query::plan::Node::One | crate::query::plan::Node::Nothing => 1.0,
        crate::query::plan::Node::Limit(_) => 20.0,
        _ => 200.0,
    }
}

/// The names of a query's columns, or those that they are given.
pub(super) fn column_names(
    plan: &QueryPlan,
    renamed: &[Arc<str>],
) -> Result<Vec<Arc<str>>, SqlError> {
    if !renamed.is_empty() && renamed.len() != plan.columns.len() {
        return Err(different_names());
    }
    let names: Vec<Arc<str>> = match renamed.is_empty() {
        true => plan.columns.iter().map(|column| column.name.clone()).collect(),
        false => renamed.to_vec(),
    };
    check_unique(&names)?;
    Ok(names)
}

fn different_names() -> SqlError {
    let message = "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts";
    SqlError::new(1353, b"HY000", message)
}

fn check_unique(names: &[Arc<str>]) -> Result<(), SqlError> {
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|other| same_name(name, other)) {
            return Err(SqlError::new(1060, b"42S21", format!("Duplicate column name '{name}'")));
        }
    }
    Ok(())
}

fn rename(columns: &mut [ColumnInfo], renamed: &[Arc<str>]) -> Result<(), SqlError> {
    if !renamed.is_empty() && renamed.len() != columns.len() {
        return Err(different_names());
    }
    columns.iter_mut().zip(renamed).for_each(|(column, name)| column.name = name.clone());
    let names: Vec<Arc<str>> = columns.iter().map(|column| column.name.clone()).collect();
    check_unique(&names)
}

/// 1356.
pub fn invalid_view(view: &ViewDef) -> SqlError {
    let message = format!(
        "View '{}.{}' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them",
        view.schema, view.name
    );
    SqlError::new(1356, b"HY000", message)
}
