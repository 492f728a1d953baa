//! From `[[rules]]` to the rules that sessions ask.

use std::io;
use std::sync::Arc;

use crate::config::{self, Config};
use crate::proxy::causal::Overlay;
use crate::proxy::route::Hint;
use crate::proxy::route::rules::{Rule, RuleSet, Then, When};
use crate::sql::{LexMode, TableName, fingerprint, without_literals};

/// The rules of a configuration.
///
/// # Errors
/// A text names the rule whose shape is no statement, or whose table is no name.
pub fn rules(config: &Config, generation: u32) -> io::Result<RuleSet> {
    let rules = config.rules.iter().map(|one| rule(one).map(Arc::new));
    let rules = rules.collect::<io::Result<_>>()?;
    Ok(RuleSet::new(generation, rules))
}

fn rule(rule: &config::Rule) -> io::Result<Rule> {
    let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase().into()).collect();
    let tables = rule.tables.iter().map(|text| {
        TableName::parse(text)
            .ok_or_else(|| wrong(rule, "table", "is no name: write `name` or `schema.name`"))
    });
    Ok(Rule {
        name: rule.name.as_str().into(),
        when: When {
            users: rule.users.iter().map(|user| user.as_str().into()).collect(),
            schemas: lower(&rule.schemas),
            tables: tables.collect::<io::Result<_>>()?,
            shape: rule.shape.as_deref().map(|text| shape(rule, text)).transpose()?,
            pattern: rule.pattern.clone(),
        },
        then: Then {
            target: rule.target.map(|target| match target {
                config::RuleTarget::Primary => Hint::Primary,
                config::RuleTarget::Replica => Hint::Replica,
            }),
            overlay: Overlay { level: rule.consistency.map(super::level), max_lag: rule.max_lag },
            timeout: rule.timeout,
            refuse: rule.refuse.as_deref().map(Into::into),
        },
    })
}

fn shape(rule: &config::Rule, text: &str) -> io::Result<Box<[u8]>> {
    let mut shape = Vec::new();
    fingerprint(text.as_bytes(), LexMode::default(), &mut shape)
        .map_err(|_| wrong(rule, "shape", "is no statement: a quote is open, or a comment"))?;
    Ok(without_literals(&shape, LexMode::default()))
}

fn wrong(rule: &config::Rule, key: &str, what: &str) -> io::Error {
    let name = &rule.name;
    io::Error::other(format!("{key} of the rule \"{name}\" in the configuration: {what}"))
}
