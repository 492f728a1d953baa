//! The server that a statement goes to: what each candidate has of what it needs, and which of them is cheapest.

use std::time::Instant;

use smallvec::SmallVec;

use crate::proxy::backend::Load;
use crate::proxy::causal::{Need, Shortfall, Standing};
use crate::proxy::route::pick::{Candidate, pick};
use crate::proxy::route::{Route, Target};
use crate::proxy::topology::{ServerId, ServerView, View};

use super::Session;
use super::attempt::Attempt;

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Server(ServerId),
    /// A replica that is expected to have soon what is needed.
    Soon(ServerId),
    /// This, the primary, when it is the read's turn.
    InLine(ServerId),
    None,
}

impl From<Option<ServerId>> for Choice {
    fn from(server: Option<ServerId>) -> Self {
        server.map_or(Self::None, Self::Server)
    }
}

/// How a replica looks to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is given no reads, or has failed the statement.
    Unfit,
    /// It may serve it.
    Ready,
    /// It may, but had better not for a moment.
    Avoided,
    /// It is expected to have soon what it lacks.
    Soon(Shortfall),
    /// It lacks something.
    Short(Shortfall),
}

impl Session {
    /// The server to try now.
    pub(super) fn choose(&self, route: &Route, attempt: &mut Attempt, retrying: bool) -> Choice {
        self.local.with_view(|view| self.choose_in(view, route, attempt, retrying))
    }

    fn choose_in(
        &self,
        view: &View,
        route: &Route,
        attempt: &mut Attempt,
        retrying: bool,
    ) -> Choice {
        let primary = view.primary.filter(|primary| !attempt.failed.contains(primary));
        match route.target {
            Target::Held(server) => (!attempt.failed.contains(&server)).then_some(server).into(),
            Target::Primary => primary.into(),
            Target::Any => match primary {
                Some(primary) => Choice::Server(primary),
                None => self.choose_replica(view, attempt),
            },
            Target::Replica => match self.choose_replica(view, attempt) {
                Choice::Server(server) => {
                    self.settle_on_replica(view, server, attempt);
                    Choice::Server(server)
                }
                choice => self.choose_beyond(view, attempt, choice, retrying),
            },
        }
    }

    pub(super) fn choose_replica(&self, view: &View, attempt: &Attempt) -> Choice {
        let now = attempt.now();
        let need = self.need(attempt);
        let mut candidates = SmallVec::<[Candidate; 8]>::new();
        let mut avoided = SmallVec::<[Candidate; 8]>::new();
        let mut soon = SmallVec::<[Candidate; 8]>::new();
        for server in view.replicas_readable_over_open() {
            let list = match self.look(server, &need, attempt, now) {
                Look::Ready => &mut candidates,
                Look::Avoided => &mut avoided,
                Look::Soon(_) => &mut soon,
                Look::Unfit | Look::Short(_) => continue,
            };
            list.push(self.candidate(server, self.local.shared.connector.load(server.id)));
        }
        let turn = self.next_turn();
        let wanted = attempt.wishes.as_ref().and_then(|wishes| self.wanted_server(wishes));
        if let Some(wanted) = wanted {
            // The one that a hint names, if it may serve the read, now or soon.
            let has = |list: &[Candidate]| list.iter().any(|candidate| candidate.server == wanted);
            if has(&candidates) || has(&avoided) {
                return Choice::Server(wanted);
            }
            if has(&soon) {
                return Choice::Soon(wanted);
            }
        }
        if candidates.is_empty() && avoided.is_empty() {
            return pick(&soon, turn).map_or(Choice::None, Choice::Soon);
        }
        pick(if candidates.is_empty() { &avoided } else { &candidates }, turn).into()
    }

    /// How a replica looks to a statement that may run on one.
    #[inline]
    pub(super) fn look(
        &self,
        server: &ServerView,
        need: &Need<'_>,
        attempt: &Attempt,
        now: Instant,
    ) -> Look {
        let connected = self.is_connected(server.id);
        let readable = server.reads || connected && server.reads_over_open;
        if !readable || attempt.failed.contains(&server.id) {
            return Look::Unfit;
        }
        let avoids = || !connected && self.local.shared.connector.load(server.id).is_avoided(now);
        match self.standing(need, server.id) {
            Standing::Ready if avoids() => Look::Avoided,
            Standing::Ready => Look::Ready,
            Standing::Short(short) if !avoids() && self.is_expected(server, short, attempt) => {
                Look::Soon(short)
            }
            Standing::Short(short) => Look::Short(short),
        }
    }

    /// A number that rises with each choice.
    pub(super) fn next_turn(&self) -> usize {
        let turn = self.local.turn.get();
        self.local.turn.set(turn.wrapping_add(1));
        turn
    }

    pub(super) fn is_connected(&self, server: ServerId) -> bool {
        self.connections.iter().any(|connection| connection.server == server)
    }

    pub(super) fn candidate(&self, server: &ServerView, load: &Load) -> Candidate {
        let overload = self.local.limits().protection.zone_overload;
        Candidate {
            server: server.id,
            in_flight: load.in_flight(),
            latency_us: load.latency_us() as f32,
            weight: server.weight,
            current: self.reader == Some(server.id),
            near: server.near,
            crowded: overload.is_some_and(|limit| server.near && load.is_crowded(limit)),
        }
    }
}
