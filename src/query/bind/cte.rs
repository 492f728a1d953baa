//! WITH: common table expressions; the rounds of recursive ones are in [`super::recursive`].

use std::sync::Arc;

use super::Compiler;
use super::from::column_names;
use super::recursive::Blocks;
use crate::engine::catalog::same_name;
use crate::query::Interrupt;
use crate::query::expr::ExprType;
use crate::query::plan::{FromTree, QueryPlan, SourceKind};
use crate::sql::statement::ast;

/// A CTE that names may lead to.
#[derive(Clone)]
pub(crate) struct Cte {
    pub(super) name: Arc<str>,
    pub(super) columns: Vec<Arc<str>>,
    pub(super) query: Arc<ast::Query>,
    recursive: bool,
    /// How many scopes there were where it was defined.
    level: usize,
    pub(super) number: usize,
    /// Its columns while its own recursive part is being compiled.
    pub(super) working: Option<(Vec<Arc<str>>, Vec<ExprType>)>,
    /// Its plan, once compiled, if nothing around it matters.
    plan: Option<Arc<QueryPlan>>,
}

impl Compiler<'_> {
    /// Makes the CTEs of a WITH known.
    pub(crate) fn push_ctes(&mut self, with: &ast::With) -> Result<(), Interrupt> {
        let mut known: Vec<Cte> = Vec::new();
        for cte in &with.cte_tables {
            let name: Arc<str> = cte.alias.name.value.as_str().into();
            if known.iter().any(|other| same_name(&other.name, &name)) {
                return Err(super::errors::not_unique(&name).into());
            }
            known.push(Cte {
                name,
                columns: cte
                    .alias
                    .columns
                    .iter()
                    .map(|column| column.name.value.as_str().into())
                    .collect(),
                query: Arc::new((*cte.query).clone()),
                recursive: with.recursive,
                level: self.scopes.len(),
                number: self.cte_number(),
                working: None,
                plan: None,
            });
        }
        self.ctes.push(known);
        Ok(())
    }

    /// The source for a name that is a CTE's.
    pub(crate) fn cte_relation(
        &mut self,
        name: &str,
        called: &Arc<str>,
        alias: Option<&ast::TableAlias>,
    ) -> Result<Option<FromTree>, Interrupt> {
        let place = self.ctes.iter().enumerate().rev().find_map(|(frame, ctes)| {
            let at = ctes.iter().rposition(|cte| same_name(&cte.name, name))?;
            Some((frame, at))
        });
        let Some((frame, at)) = place else { return Ok(None) };
        let Some(cte) = self.ctes.get(frame).and_then(|ctes| ctes.get(at)).cloned() else {
            return Ok(None);
        };
        let renamed: Vec<Arc<str>> = alias
            .map(|alias| {
                alias.columns.iter().map(|column| column.name.value.as_str().into()).collect()
            })
            .unwrap_or_default();
        let place = (Arc::from(""), called.clone());
        if let Some((names, types)) = cte.working.clone() {
            let names = if renamed.is_empty() { names } else { renamed };
            let kind = SourceKind::Working(cte.number);
            return self.add_computed(kind, place, names, types, 100.0).map(Some);
        }
        let (plan, imports) = match &cte.plan {
            Some(plan) => (plan.clone(), Vec::new()),
            None => {
                let (plan, imports) = self.compile_cte(frame, at, &cte)?;
                let plan = Arc::new(plan);
                if imports.is_empty()
                    && let Some(known) = self.ctes.get_mut(frame).and_then(|ctes| ctes.get_mut(at))
                {
                    known.plan = Some(plan.clone());
                }
                (plan, imports)
            }
        };
        let given = if renamed.is_empty() { &cte.columns } else { &renamed };
        let names = column_names(&plan, given)?;
        let types = plan.types().into_iter().map(ExprType::stored).collect();
        let shared = imports.is_empty().then_some(cte.number);
        let kind = SourceKind::Derived(plan, imports, shared);
        self.add_computed(kind, place, names, types, 200.0).map(Some)
    }

    /// Compiles a CTE as it stands where it was defined: it sees the CTEs before it and the blocks around
    /// its WITH.
    fn compile_cte(
        &mut self,
        frame: usize,
        at: usize,
        cte: &Cte,
    ) -> Result<(QueryPlan, super::Imports), Interrupt> {
        let all = self.ctes.clone();
        self.ctes.truncate(frame + 1);
        let visible = if cte.recursive { at + 1 } else { at };
        if let Some(own) = self.ctes.get_mut(frame) {
            own.truncate(visible);
        }
        let fences: Vec<bool> = self.scopes.iter().map(|scope| scope.fenced).collect();
        for scope in self.scopes.get_mut(cte.level..).unwrap_or_default() {
            scope.fenced = true;
        }
        let blocks = if cte.recursive { Blocks::of(cte) } else { Ok(None) };
        let result = blocks.map_err(Into::into).and_then(|blocks| {
            self.read_only(|compiler| match blocks {
                Some(blocks) => compiler.recursive(frame, at, cte, blocks),
                None => compiler.query(&cte.query),
            })
        });
        for (scope, fenced) in self.scopes.iter_mut().zip(fences) {
            scope.fenced = fenced;
        }
        self.ctes = all;
        result
    }
}
