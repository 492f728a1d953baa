//! `[[rules]]`: exceptions from how statements are routed.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::bytes::{Regex, RegexBuilder};

use super::routing::{CONSISTENCIES, Consistency};
use super::section::{Found, Section};

/// The most rules.
const MAX_RULES: usize = 64;

/// The most values of one condition.
const MAX_VALUES: usize = 64;

/// The longest name in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The longest shape, pattern or message, in bytes.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// Bytes that a pattern may take once it is compiled, and again while it searches.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// What a rule may ask about a statement, one of which it must.
const CONDITIONS: [&str; 5] = ["user", "schema", "table", "shape", "pattern"];

/// What a rule may ask for, one of which it must.
const ACTIONS: [&str; 5] = ["target", "consistency", "max_lag_ms", "timeout_ms", "refuse"];

/// One `[[rules]]`. A condition that is empty or absent is none.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name. Unique, never empty.
    pub name: String,
    /// Accounts' names.
    pub users: Vec<String>,
    /// Schemas.
    pub schemas: Vec<String>,
    /// Tables, `name` or `schema.name`.
    pub tables: Vec<String>,
    /// A statement, of which the literals do not matter.
    pub shape: Option<String>,
    /// What is found in the statement's text.
    pub pattern: Option<Regex>,
    /// Where reads go.
    pub target: Option<RuleTarget>,
    /// What reads may miss.
    pub consistency: Option<Consistency>,
    /// How stale reads may be.
    pub max_lag: Option<Duration>,
    /// How long a server may work at it.
    pub timeout: Option<Duration>,
    /// The error's text; it is not run.
    pub refuse: Option<String>,
}

/// Where a rule sends reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleTarget {
    /// To the primary.
    Primary,
    /// To a replica.
    Replica,
}

/// Reads every `[[rules]]`.
pub(super) fn read(root: &Section) -> Vec<Rule> {
    let sections = root.tables("rules");
    if let Some(extra) = sections.get(MAX_RULES) {
        root.wrong("rules", extra.span(), "too many rules", format!("keep at most {MAX_RULES}"));
    }
    let mut names = BTreeMap::new();
    let rules: Vec<Rule> =
        sections.iter().filter_map(|section| read_one(section, &mut names)).collect();
    let order: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    if !order.is_empty() {
        root.note("rules", order.join(", "));
    }
    rules
}

fn read_one(section: &Section, names: &mut BTreeMap<String, String>) -> Option<Rule> {
    let name = section.required("name", "reports");
    let rule = Rule {
        name: String::new(),
        users: values(section, "user", "reports"),
        schemas: values(section, "schema", "shop"),
        tables: values(section, "table", "shop.orders"),
        shape: text(section, "shape", "SELECT * FROM orders WHERE id = ?"),
        pattern: pattern(section),
        target: section.optional_choice(
            "target",
            &[("primary", RuleTarget::Primary), ("replica", RuleTarget::Replica)],
        ),
        consistency: section.optional_choice("consistency", &CONSISTENCIES),
        max_lag: section.optional_milliseconds("max_lag_ms", 1..=86_400_000, 1_000),
        timeout: section.optional_milliseconds("timeout_ms", 1..=86_400_000, 30_000),
        refuse: text(section, "refuse", "Ask the owner of the reports first"),
    };
    section.finish();
    check_whole(section, &rule);
    let name = name.and_then(|name| check_name(section, &name, names))?;
    Some(Rule { name, ..rule })
}

fn check_whole(section: &Section, rule: &Rule) {
    let given = |keys: &[&str]| keys.iter().any(|key| section.has(key));
    if !given(&CONDITIONS) {
        let advice = format!("write at least one of {}", CONDITIONS.join(", "));
        section.missing_because("user", "the rule is for every statement", advice);
    }
    if !given(&ACTIONS) {
        let advice = format!("write at least one of {}", ACTIONS.join(", "));
        section.missing_because("target", "the rule does nothing", advice);
    }
    let others = ACTIONS.iter().find(|key| **key != "refuse" && section.has(key));
    if let (Some(other), true) = (others, rule.refuse.is_some()) {
        let message = "does nothing: statements that are refused do not run";
        section.wrong(other, &section.span_of(other), message, "remove it, or `refuse`");
    }
}

fn check_name(
    section: &Section,
    name: &Found<&str>,
    names: &mut BTreeMap<String, String>,
) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.value.is_empty() || name.value.len() > MAX_NAME_BYTES || !name.value.chars().all(plain)
    {
        let message = format!("{:?} is no name of a rule", name.value);
        let advice = "write 1 to 64 letters, digits, dots, dashes or underscores";
        section.wrong("name", &name.span, message, advice);
        return None;
    }
    if let Some(first) = names.insert(name.value.to_owned(), section.key("name")) {
        let message = format!("{first} has the name {:?} already", name.value);
        section.wrong("name", &name.span, message, "write another name: each stands once");
        return None;
    }
    Some(name.value.to_owned())
}

/// The values of a condition, of which one must fit.
fn values(section: &Section, key: &'static str, example: &str) -> Vec<String> {
    let Some(list) = section.strings(key, example) else { return Vec::new() };
    if list.value.is_empty() || list.value.len() > MAX_VALUES {
        let advice = format!("write 1 to {MAX_VALUES} of them, or remove the key");
        section.wrong(key, &list.span, "not a number of values that can be", advice);
    }
    for found in &list.value {
        if found.value.is_empty() || found.value.len() > MAX_TEXT_BYTES {
            section.wrong(key, &found.span, "no name", format!("write `{key} = \"{example}\"`"));
        }
    }
    list.value.iter().map(|found| found.value.to_owned()).collect()
}

fn text(section: &Section, key: &'static str, example: &str) -> Option<String> {
    let found = section.string(key, example)?;
    if found.value.trim().is_empty() || found.value.len() > MAX_TEXT_BYTES {
        let advice = format!("write a text of 1 to {MAX_TEXT_BYTES} bytes");
        section.wrong(key, &found.span, "not a text that can be", advice);
        return None;
    }
    Some(found.value.to_owned())
}

fn pattern(section: &Section) -> Option<Regex> {
    let text = text(section, "pattern", "(?i)^select .* for reports")?;
    let compiled = RegexBuilder::new(&text)
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES)
        .build();
    compiled
        .map_err(|error| {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or_default().trim();
            let last = last.trim_start_matches("error: ");
            let advice =
                "write a regular expression in quotes of this kind: '(?i)^select .* limit'";
            let message = format!("not a pattern: {last}");
            section.wrong("pattern", &section.span_of("pattern"), message, advice);
        })
        .ok()
}
