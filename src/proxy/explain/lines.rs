//! Lines about what a read needs, what binds the session, and what the last statement went through.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::{Line, Origin, class_line, level_line, name, reason_line};
use crate::gtid::Position;
use crate::proxy::causal::{Moment, Need, Part, Policy};
use crate::proxy::route::{Facts, Reason, Rule, Target, pin_reasons};
use crate::proxy::topology::{ServerId, View};
use crate::sql::{Cause, Kind};

/// What a read's server must have.
pub fn needs(need: &Need<'_>, now: Moment, view: &View) -> Vec<Line> {
    let line = |part: Part<'_>| {
        let ago = |at: Moment| format!("{} ms", now.since(at).as_millis());
        let (value, detail) = match part {
            Part::Fresh(at) => (String::new(), format!("all that could be seen {} ago", ago(at))),
            Part::Global => {
                (String::new(), "all that was acknowledged before it arrives".to_owned())
            }
            Part::Reads(server, at) => {
                let (name, ago) = (name(view, server), ago(at));
                (String::new(), format!("all that could be seen {ago} ago, unless it is {name}"))
            }
            Part::Written(position) => (position.to_string(), "written by this session".into()),
            Part::After(position) => (position.to_string(), "named by a token".into()),
            Part::Pinned => {
                (String::new(), "a write whose position is not known: the primary".to_owned())
            }
            Part::Stays(server) => {
                let detail = format!("no position is known: stays on {}", name(view, server));
                (String::new(), detail)
            }
        };
        Line::new("need", value, detail)
    };
    let lines: Vec<Line> = need.parts().into_iter().map(line).collect();
    match lines.is_empty() {
        true => vec![Line::new("need", "", "nothing: any replica that takes reads")],
        false => lines,
    }
}

/// What binds the session to a server.
pub fn pins(facts: &Facts, view: &View) -> Vec<Line> {
    let line = |server: ServerId, why: &str| Line::new("pin", &*name(view, server), why);
    let mut lines = Vec::new();
    if let Some(transaction) = facts.transaction {
        lines.push(line(transaction.server, Reason::Transaction.label()));
    }
    if let Some(server) = facts.pins.server {
        lines.extend(pin_reasons(facts.pins.why).map(|reason| line(server, reason.label())));
    }
    if let Some(server) = facts.next_transaction {
        lines.push(line(server, Reason::NextTransaction.label()));
    }
    if let Some(server) = facts.user_variables {
        let why = format!("{}: what uses them", Reason::UserVariables.label());
        lines.push(line(server, &why));
    }
    lines
}

/// A wait for a replica.
#[derive(Clone, Debug)]
pub struct LastWait {
    /// What for.
    pub position: Position,
    /// How long.
    pub time: Duration,
}

/// What the last statement went through.
#[derive(Clone, Debug)]
pub struct Last {
    /// What it was, and why.
    pub class: (Kind, Cause),
    /// Where it was to go.
    pub planned: Target,
    /// Why.
    pub planned_reason: Reason,
    /// Why it ran where it ran.
    pub reason: Reason,
    /// What held for it.
    pub policy: Policy,
    /// Who said so.
    pub origin: Origin,
    /// The rule that held for it.
    pub rule: Option<Arc<Rule>>,
    /// Where it ran; `None` where no server answered it.
    pub server: Option<ServerId>,
    /// That server took the writes then.
    pub on_primary: bool,
    /// From its arrival to its being sent.
    pub before: Duration,
    /// A wait that ended well.
    pub waited: Option<Box<LastWait>>,
    /// Where it waited in vain.
    pub in_vain: Option<ServerId>,
    /// Servers that failed it.
    pub failed: SmallVec<[ServerId; 4]>,
    /// The code of the error that it ended with.
    pub error: Option<u16>,
}

impl Last {
    /// The answer.
    pub fn lines(&self, needs: Vec<Line>, pins: Vec<Line>, view: &View) -> Vec<Line> {
        let differs = self.reason != self.planned_reason;
        let mut lines = vec![
            class_line(self.class),
            super::target_line(self.planned, view),
            reason_line(self.planned_reason, differs.then_some(self.reason)),
            level_line(&self.policy, self.origin),
        ];
        lines.extend(self.rule.as_ref().map(|rule| Line::new("rule", &*rule.name, "")));
        if self.planned == Target::Replica {
            lines.extend(needs);
        }
        lines.extend(pins);
        if let Some(waited) = &self.waited {
            lines.push(Line::new(
                "waited",
                millis(waited.time),
                format!("for {}", waited.position),
            ));
        }
        if let Some(server) = self.in_vain {
            lines.push(Line::new("fallback", &*name(view, server), "waited there in vain"));
        }
        let failed = self.failed.iter();
        lines.extend(failed.map(|server| {
            Line::new("fallback", &*name(view, *server), "could not be reached, or was lost")
        }));
        if self.reason == Reason::ReplicaRefused {
            lines.push(Line::new("fallback", "", "a replica refused it as a write"));
        }
        lines.push(self.choice(view));
        if let Some(error) = self.error {
            lines.push(Line::new("error", error.to_string(), ""));
        }
        lines
    }

    fn choice(&self, view: &View) -> Line {
        let Some(server) = self.server else {
            return Line::new("choice", "", "no server answered it");
        };
        let role = if self.on_primary { "primary" } else { "replica" };
        let detail = format!("{role}, sent {} after it arrived", millis(self.before));
        Line::new("choice", &*name(view, server), detail)
    }
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}
