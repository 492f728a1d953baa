//! A session's part in the operator's rules: which one holds for the statement at hand, and what follows from it.

use std::sync::Arc;

use crate::proxy::causal::Policy;
use crate::proxy::route::rules::Asked;
use crate::proxy::route::{Rule, RuleSet};
use crate::sql::StatementClass;
use crate::wire::command;
use crate::wire::error::ServerError;

use super::Session;
use super::client::Arrived;
use super::statement::Statement;

/// The rules that may hold for a user, and of which rules that is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserRules {
    generation: u32,
    bits: u64,
}

impl Session {
    /// The rule that holds for a statement. Nothing is done where there are no rules.
    pub(super) fn rule_for(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
    ) -> Option<Arc<Rule>> {
        let rules = self.local.rules()?;
        if self.user_rules.generation != rules.generation() {
            let bits = rules.of_user(&self.client.user);
            self.user_rules = UserRules { generation: rules.generation(), bits };
        }
        if self.user_rules.bits == 0 || statement.is_the_proxys_own() {
            return None;
        }
        let rule = self.ask_rules(&rules, arrived, statement);
        if let Some(rule) = &rule {
            tracing::debug!(target: "rule", rule = &*rule.name, user = &*self.client.user, "holds");
        }
        rule
    }

    fn ask_rules(
        &mut self,
        rules: &RuleSet,
        arrived: Arrived,
        statement: &Statement,
    ) -> Option<Arc<Rule>> {
        let renewed = (statement.class.marks.generation != rules.generation())
            .then(|| self.marked_anew(arrived, statement));
        let class = renewed.as_ref().unwrap_or(&statement.class);
        if class.marks.bits & self.user_rules.bits == 0 {
            return None;
        }
        self.with_text(arrived, statement, |session, text| {
            let asked = Asked {
                marks: &class.marks,
                user: session.user_rules.bits,
                schema: session.state.schema(),
                text,
            };
            rules.find(&asked).cloned()
        })
    }

    /// The class of a statement that was prepared under other rules, with what these make of it.
    fn marked_anew(&mut self, arrived: Arrived, statement: &Statement) -> Arc<StatementClass> {
        let fresh = self.with_text(arrived, statement, |session, text| match text {
            Some(text) => session.local.classified(text, session.state.lex()),
            None => session.local.too_long(),
        });
        let class = StatementClass { marks: fresh.marks.clone(), ..(*statement.class).clone() };
        let class = Arc::new(class);
        if let Some(prepared) = statement.prepared.and_then(|id| self.statements.get_mut(id)) {
            prepared.class = Arc::clone(&class);
        }
        class
    }

    /// The text that a statement was made from.
    fn with_text<R>(
        &self,
        arrived: Arrived,
        statement: &Statement,
        look: impl FnOnce(&Self, Option<&[u8]>) -> R,
    ) -> R {
        if let Some(name) = &statement.named {
            let known = self.text_statements.get(name).and_then(|known| known.parsed());
            return match known {
                Some(text) => look(self, Some(&text)),
                None => look(self, None),
            };
        }
        match arrived.command {
            command::QUERY | command::STMT_PREPARE if arrived.whole => {
                look(self, self.client.payload(arrived).get(1..))
            }
            _ => {
                let sql = statement.prepared.and_then(|id| self.statements.get(id)?.sql.clone());
                look(self, sql.as_deref())
            }
        }
    }

    /// The consistency of a statement for which a rule may hold, before its own hints.
    pub(super) fn policy(&self, rule: Option<&Rule>) -> Policy {
        let policy = self.local.limits().policy;
        let policy = rule.map_or(policy, |rule| policy.with(rule.then.overlay));
        policy.with(self.asked)
    }
}

/// What the client of a refused statement is told.
pub(super) fn refusal(rule: &Rule) -> Option<ServerError> {
    rule.then.refuse.as_deref().map(ServerError::refused_by_rule)
}
