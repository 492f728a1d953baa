//! What one statement has been through while it looks for a server.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;

use crate::proxy::causal::Policy;
use crate::proxy::route::{Reason, Rule};
use crate::proxy::topology::ServerId;

use super::causal::{Patience, Wait};
use super::hints::Wishes;
use super::line::InLine;
use super::protect::AtTheDoor;

/// What a statement has been through while it looked for a server.
#[derive(Debug)]
pub struct Attempt {
    pub begun: Instant,
    /// The consistency that it wants.
    pub policy: Policy,
    /// What its hints want.
    pub wishes: Option<Rc<Wishes>>,
    /// The operator's rule that holds for it.
    pub rule: Option<Arc<Rule>>,
    /// Whether it may wait for a replica.
    pub patience: Patience,
    /// What it waits for on the server that it got.
    pub wait: Option<Wait>,
    /// Where it waited in vain.
    pub in_vain: Option<ServerId>,
    /// Servers that failed it.
    pub failed: SmallVec<[ServerId; 4]>,
    /// Why it went where it went in the end, where that differs from the plan.
    pub reason: Option<Reason>,
    /// Servers that were lost under it.
    pub losses: u32,
    /// Its server may be told the session's state in the same write: where that fails, the statement has had no
    /// effect but on the connection, which is closed.
    pub along: bool,
    /// Where it stands with the primary, which takes only so many reads.
    pub door: AtTheDoor,
    /// Its place in the line for a connection to its server.
    pub place: Option<InLine>,
    /// When waiting for a server ends, once it has begun.
    pub deadline: Option<Instant>,
}

impl Attempt {
    /// For a statement that arrived at this time.
    pub fn new(begun: Instant, policy: Policy) -> Self {
        Self {
            begun,
            policy,
            wishes: None,
            rule: None,
            patience: Patience::Unknown,
            wait: None,
            in_vain: None,
            failed: SmallVec::new(),
            reason: None,
            losses: 0,
            along: false,
            door: AtTheDoor::default(),
            place: None,
            deadline: None,
        }
    }

    /// For what has to have its server by `deadline`.
    pub fn until(deadline: Instant, policy: Policy) -> Self {
        Self { deadline: Some(deadline), ..Self::new(Instant::now(), policy) }
    }

    /// The same with the statement's hints.
    pub fn with_wishes(mut self, wishes: &Option<Rc<Wishes>>) -> Self {
        if let Some(wishes) = wishes {
            self.policy = self.policy.with(wishes.overlay);
            self.wishes = Some(Rc::clone(wishes));
        }
        self
    }

    /// The same under the operator's rule.
    pub fn under(mut self, rule: Option<Arc<Rule>>) -> Self {
        self.rule = rule;
        self
    }

    /// The time. The first look at the servers follows the arrival so closely that the clock need
    /// not be read again.
    pub fn now(&self) -> Instant {
        match self.failed.is_empty() && self.deadline.is_none() && !self.door.has_waited() {
            true => self.begun,
            false => Instant::now(),
        }
    }
}
