//! What `EXPLAIN ROUTE` and `SHOW LAST ROUTE` say, in lines of three columns. Pure: it is given what was decided
//! and what it was decided by.
//!
//! ```text
//! item     value     detail
//! class    read      select                                  what the statement is, and why
//! target   replica                                           what the plan is
//! reason   select                                            why, in the words of the metrics
//! level    session   of the configuration                    what the read must not miss
//! need     0-1-17    written by this session                 what its server must have
//! pin      db1       temporary_tables                        what keeps the session where it is
//! server   db2       replica, up, 12 ms behind: may serve it each server, and why or why not
//! choice   db2       the cheapest of 2                       where it goes
//! ```

mod lines;
#[cfg(test)]
mod tests;
mod verdict;

pub use lines::{Last, LastWait, needs, pins};
pub use verdict::Verdict;

use std::sync::Arc;
use std::time::Duration;

use super::causal::{Level, Policy};
use super::route::{Reason, Route, Target, class_label};
use super::topology::{ServerId, View};
use crate::sql::{Cause, Kind};

/// The columns of both answers.
pub const COLUMNS: [&str; 3] = ["item", "value", "detail"];

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about; see the module's text.
    pub item: &'static str,
    /// Empty for none.
    pub value: String,
    /// Empty for none.
    pub detail: String,
}

impl Line {
    /// A line.
    pub fn new(item: &'static str, value: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { item, value: value.into(), detail: detail.into() }
    }

    /// The values of the three columns; what is empty is NULL.
    pub fn row(self) -> Vec<Option<String>> {
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        vec![Some(self.item.to_owned()), filled(self.value), filled(self.detail)]
    }
}

/// Who asked for the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: the configuration says so.
    Configuration,
    /// A rule of the configuration.
    Rule,
    /// `SET @anabranch_consistency`
    Session,
    /// A hint in the statement.
    Hint,
}

impl Origin {
    fn text(self) -> &'static str {
        match self {
            Self::Configuration => "of the configuration",
            Self::Rule => "asked for by a rule",
            Self::Session => "set by the session",
            Self::Hint => "asked for by a hint",
        }
    }
}

/// Where a statement would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// To this server.
    Server(ServerId),
    /// To this one, where it would wait at most so long for what is missing.
    Soon(ServerId, Duration),
    /// To the primary, once it takes a further read that replicas cannot serve.
    InLine(ServerId),
    /// Nowhere: the proxy answers.
    Proxy,
    /// Nowhere: the client would be told this.
    Refused(String),
    /// There is no server; it would wait so long for one.
    NoServer(Duration),
}

/// All that decides where a statement would go.
pub struct Explained<'a> {
    /// What it is, and why.
    pub class: (Kind, Cause),
    /// The plan.
    pub route: Route,
    /// Why it goes elsewhere than planned.
    pub instead: Option<Reason>,
    /// The rule that holds for it.
    pub rule: Option<&'a str>,
    /// What holds for it.
    pub policy: Policy,
    /// Who said so.
    pub origin: Origin,
    /// What its server must have, for reads.
    pub needs: Vec<Line>,
    /// What keeps the session where it is.
    pub pins: Vec<Line>,
    /// The servers.
    pub view: &'a View,
    /// What speaks for and against each, in their order.
    pub verdicts: Vec<Verdict>,
    /// Where it goes.
    pub choice: Choice,
}

impl Explained<'_> {
    /// The answer.
    pub fn lines(self) -> Vec<Line> {
        let mut lines = vec![
            class_line(self.class),
            target_line(self.route.target, self.view),
            reason_line(self.route.reason, self.instead),
            level_line(&self.policy, self.origin),
        ];
        lines.extend(self.rule.map(|rule| Line::new("rule", rule, "")));
        lines.extend(self.needs);
        lines.extend(self.pins);
        let servers = self.view.servers.iter().zip(&self.verdicts);
        lines.extend(servers.map(|(server, verdict)| {
            Line::new("server", &*server.name, verdict::describe(server, verdict))
        }));
        let ready = self.verdicts.iter().filter(|verdict| verdict.may_serve()).count();
        lines.push(choice_line(&self.choice, self.route.target, self.view, ready));
        lines
    }
}

fn class_line((kind, cause): (Kind, Cause)) -> Line {
    Line::new("class", class_label(kind), cause.label())
}

fn target_line(target: Target, view: &View) -> Line {
    match target {
        Target::Primary => Line::new("target", "primary", ""),
        Target::Replica => Line::new("target", "replica", ""),
        Target::Any => Line::new("target", "any", "a replica only while there is no primary"),
        Target::Held(server) => Line::new("target", "held", &*name(view, server)),
    }
}

/// The reason that counts in the end; where the plan had another one, that is the detail.
fn reason_line(planned: Reason, instead: Option<Reason>) -> Line {
    match instead {
        Some(reason) => {
            Line::new("reason", reason.label(), format!("planned: {}", planned.label()))
        }
        None => Line::new("reason", planned.label(), ""),
    }
}

fn level_line(policy: &Policy, origin: Origin) -> Line {
    let bound = policy.bounds_all || policy.level == Level::Bounded;
    let max_lag = format!(", max_lag {} ms", policy.max_lag.as_millis());
    let detail = format!("{}{}", origin.text(), if bound { &max_lag } else { "" });
    Line::new("level", policy.level.label(), detail)
}

fn choice_line(choice: &Choice, target: Target, view: &View, ready: usize) -> Line {
    let (value, detail) = match choice {
        Choice::Proxy => ("proxy".into(), "it answers by itself".to_owned()),
        Choice::Refused(error) => (Arc::default(), error.clone()),
        Choice::NoServer(wait) => {
            (Arc::default(), format!("waits up to {} ms for a server", wait.as_millis()))
        }
        Choice::Soon(server, wait) => {
            let detail = format!("waits there up to {} ms for what it lacks", wait.as_millis());
            (name(view, *server), detail)
        }
        Choice::InLine(server) => {
            (name(view, *server), "waits in line, as its share of such reads is used up".to_owned())
        }
        Choice::Server(server) => (name(view, *server), why_chosen(*server, target, view, ready)),
    };
    Line::new("choice", &*value, detail)
}

fn why_chosen(server: ServerId, target: Target, view: &View, ready: usize) -> String {
    match target {
        Target::Held(_) => "the session is held there".to_owned(),
        _ if Some(server) == view.primary && target == Target::Replica => {
            "the primary, as no replica may serve it".to_owned()
        }
        _ if Some(server) == view.primary => "the primary".to_owned(),
        _ if ready == 0 => "the least late one, to spare the primary".to_owned(),
        _ if ready == 1 => "the only one that may serve it".to_owned(),
        _ => format!("the cheapest of {ready}, or the one of the last read"),
    }
}

/// A server's name.
pub fn name(view: &View, server: ServerId) -> Arc<str> {
    view.server(server).map(|server| server.name.clone()).unwrap_or_default()
}
