//! One client's session, from its sign-in to its end.
//!
//! ```text
//! client ─▶ command ─▶ classify ─▶ plan ─▶ acquire ─▶ send ─▶ relay ─▶ observe ─▶ client's next
//! (client.rs) (here)    (sql)    (route)  (acquire.rs)       (relay.rs) (held.rs, state.rs)
//! ```
//!
//! A session is one task on one worker thread. It owns its connections to servers, opened when
//! first needed; it learns its own state only from what servers answer.

mod acquire;
mod admit;
mod ask_left;
mod attempt;
mod bring_back;
mod causal;
mod choose;
mod client;
mod commands;
mod exceptions;
mod explain_route;
mod hand_back;
mod held;
mod hint_warnings;
mod hints;
mod kill;
mod left;
mod limit;
mod line;
mod login;
mod observe;
mod pass;
mod place;
mod pooled;
mod prepared;
mod protect;
mod pulse;
mod query;
mod ready;
mod relay;
mod replay;
mod rules;
mod send;
mod shared_statements;
mod state;
mod statement;
mod statements;
mod text_prepare;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::metrics::{GaugeGuard, LocalMetrics, Metrics};
use crate::proxy::accounts::AccountStore;
use crate::proxy::backend::{Connection, Connector, Pools, PrimaryReads};
use crate::proxy::causal::Overlay;
use crate::proxy::explain::Last;
use crate::proxy::live::{Limits, Live, LiveCache, Lives};
use crate::proxy::pool::Profiles;
use crate::proxy::positions::Positions;
use crate::proxy::registry::{Registration, Registry};
use crate::proxy::route::{Hint, RuleSet};
use crate::proxy::shapes::{Board, Context, Recorder};
use crate::proxy::topology::{Hints, ServerId, View, ViewCache, Views};
use crate::sql::{Classifier, LexMode, StatementClass};
use crate::wire::command;
use crate::wire::error::ServerError;

use client::{Arrived, Client};
use held::Held;
use hint_warnings::HintWarnings;
use pooled::Pooled;
use replay::Replay;
use rules::UserRules;
use state::SessionState;
use statements::Statements;
use text_prepare::TextStatement;

pub use login::{OwnTask, serve};
pub use protect::Protection;
pub use pulse::{Phase, Pulse, Running};
pub use replay::ReplayLimits;

/// What all sessions of the proxy share.
pub struct Shared {
    /// The cluster.
    pub views: Views,
    /// What each server has applied.
    pub positions: Arc<Positions>,
    /// Where sessions report what they meet.
    pub hints: Hints,
    /// Opens connections to servers.
    pub connector: Connector,
    /// Who may sign in.
    pub accounts: Arc<AccountStore>,
    /// All client connections, for KILL.
    pub registry: Arc<Registry>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The primary's door for reads that no replica can serve; `None` where it is open to all.
    pub primary_reads: Option<Arc<PrimaryReads>>,
    /// What may change meanwhile: bounds and times, rules, how clients sign in.
    pub lives: Lives,
    /// Where workers are asked for the shapes that they have counted.
    pub shapes: Arc<Board>,
}

/// A class cache with the marks of certain rules.
pub struct RuledClassifier {
    generation: u32,
    of: Classifier,
}

impl RuledClassifier {
    /// For a configuration.
    pub fn new(live: &Live) -> Self {
        let cache = live.limits.cache;
        let of = Classifier::new(cache.entries, cache.bytes).with_marker(live.rules.clone());
        Self { generation: live.rules.generation(), of }
    }

    /// The shapes that are remembered.
    pub fn shapes(&self) -> impl Iterator<Item = (&[u8], LexMode, &Arc<StatementClass>)> {
        self.of.shapes()
    }
}

/// What the sessions of one worker share.
pub struct Local {
    /// What all workers share.
    pub shared: Arc<Shared>,
    /// Which worker it is.
    pub index: usize,
    /// The worker's class cache.
    pub classifier: RefCell<RuledClassifier>,
    /// The worker's counters.
    pub metrics: LocalMetrics,
    /// Which statements came lately.
    pub shapes: RefCell<Recorder>,
    /// The worker's sessions.
    pub pulses: RefCell<HashMap<u32, Rc<Pulse>>>,
    /// No new statements: the proxy is stopping.
    pub stopping: std::cell::Cell<bool>,
    /// Turns the choice among equal servers.
    pub turn: std::cell::Cell<usize>,
    /// The cluster, as this worker last saw it.
    pub view: RefCell<ViewCache>,
    /// What may change, as this worker last saw it.
    pub live: RefCell<LiveCache>,
    /// The worker's shared connections; `None` where each session has its own.
    pub pools: Option<Pools>,
    /// The states that sessions want shared connections to be in.
    pub profiles: RefCell<Profiles>,
}

impl Local {
    /// Looks at the current view; not for use across an `await`.
    fn with_view<R>(&self, look: impl FnOnce(&View) -> R) -> R {
        look(self.view.borrow_mut().load())
    }

    /// The bounds and times that hold now.
    pub fn limits(&self) -> Limits {
        self.live.borrow_mut().load().limits
    }

    /// The rules that hold now, where there are any.
    fn rules(&self) -> Option<Arc<RuleSet>> {
        let mut live = self.live.borrow_mut();
        let rules = &live.load().rules;
        (!rules.is_empty()).then(|| Arc::clone(rules))
    }

    /// The class of a text. No allocation when its shape is known.
    fn classified(&self, sql: &[u8], lex: LexMode) -> Arc<StatementClass> {
        self.renew_classifier();
        self.classifier.borrow_mut().of.classify(sql, lex)
    }

    /// The class of a text that is not looked at for its length.
    fn too_long(&self) -> Arc<StatementClass> {
        self.renew_classifier();
        self.classifier.borrow().of.too_long()
    }

    /// What is remembered of shapes is for certain rules: others begin with nothing.
    fn renew_classifier(&self) {
        let mut live = self.live.borrow_mut();
        let live = live.load();
        if self.classifier.borrow().generation != live.rules.generation() {
            self.count_classes();
            self.shapes.borrow_mut().look_up(self.classifier.borrow().shapes());
            self.classifier.replace(RuledClassifier::new(live));
        }
    }

    /// Takes over the bounds of shared connections that hold now.
    pub fn renew_pools(&self) {
        let bounds = self.live.borrow_mut().load().pools.get(self.index).copied();
        if let (Some(pools), Some(bounds)) = (&self.pools, bounds) {
            pools.set_bounds(bounds);
        }
    }

    /// Hands over how often shapes were known.
    pub fn count_classes(&self) {
        let (hits, misses) = self.classifier.borrow_mut().of.take_counts();
        self.metrics.class_cache(hits, misses);
    }
}

/// The session's part of a command is over; or the whole session is.
#[derive(Debug)]
enum Ended {
    /// The client took its leave, vanished, or broke the protocol.
    Client,
}

type Flow = Result<(), Ended>;

/// A session that has signed in.
pub struct Session {
    local: Rc<Local>,
    client: Client,
    pulse: Rc<Pulse>,
    /// Open connections, at most one a server.
    connections: SmallVec<[Box<Connection>; 2]>,
    /// The replica that served the last read.
    reader: Option<ServerId>,
    state: SessionState,
    held: Held,
    /// The consistency that the session asked for.
    asked: Overlay,
    /// The rules that may hold for its user.
    user_rules: UserRules,
    /// Where it asked its statements to run.
    route_hint: Option<Hint>,
    /// What was wrong with the hints of the last statement.
    hint_warnings: HintWarnings,
    /// Its user and schema, as shapes are counted, at a version of its state.
    shape_context: Option<(u64, Context)>,
    /// What the last statement went through.
    last_route: Option<Last>,
    statements: Statements,
    text_statements: HashMap<Box<str>, TextStatement>,
    /// Sent instead of the command at hand.
    rewritten: Option<Vec<u8>>,
    /// Executed instead of a prepared statement whose text asks for what was left.
    instead: Option<Rc<[u8]>>,
    /// Where connections are shared.
    pooled: Option<Box<Pooled>>,
    /// Where transactions are replayed.
    replay: Option<Box<Replay>>,
    _registration: Registration,
    _counted: GaugeGuard,
}

impl Session {
    /// Serves commands until the client leaves or the proxy stops.
    async fn run(mut self: Box<Self>) {
        loop {
            self.pulse.idle(self.held.facts.transaction.is_some());
            let Ok(arrived) = self.client.next_command(&self.local).await else {
                break;
            };
            self.pulse.working();
            if self.handle(arrived).await.is_err() {
                // What is in use now may be in the middle of something.
                self.connections.clear();
                break;
            }
            self.hand_back().await;
            if self.local.stopping.get() && self.held.facts.transaction.is_none() {
                // The answer is out; the client's next statement would not be served.
                break;
            }
        }
        Box::pin(self.leave()).await;
    }

    async fn leave(mut self: Box<Self>) {
        self.give_all_back().await;
        for connection in self.connections.drain(..) {
            connection.quit().await;
        }
        self.client.pipe.shutdown().await;
    }

    async fn handle(&mut self, arrived: Arrived) -> Flow {
        self.local.metrics.received(arrived.len);
        self.rewritten = None;
        self.instead = None;
        match arrived.command {
            command::QUERY => self.query(arrived).await,
            command::STMT_EXECUTE => self.execute(arrived).await,
            command::STMT_PREPARE => self.prepare(arrived).await,
            command::STMT_CLOSE => self.close_statement(arrived).await,
            command::STMT_RESET => self.reset_statement(arrived).await,
            command::STMT_FETCH => self.fetch(arrived).await,
            command::STMT_SEND_LONG_DATA => self.long_data(arrived).await,
            _ => Box::pin(self.handle_other(arrived)).await,
        }
    }

    /// Answers the command at hand with an error of the proxy's own.
    async fn refuse(&mut self, arrived: Arrived, error: &ServerError) -> Flow {
        self.skip(arrived).await?;
        self.client.tell_error(error).await
    }

    /// Passes over a command without serving it.
    async fn skip(&mut self, arrived: Arrived) -> Flow {
        self.client.skip(arrived).await
    }

    fn connection_to(&mut self, server: ServerId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|c| c.server == server).map(AsMut::as_mut)
    }

    /// Closes the connection to a server, and forgets what it held.
    fn drop_connection(&mut self, server: ServerId) {
        self.close(server);
        self.held.lost(server);
    }

    /// Closes the connection to a server.
    fn close(&mut self, server: ServerId) {
        let pulse = &self.pulse;
        self.connections.retain(|connection| {
            let closes = connection.server == server;
            if closes {
                pulse.closed(server, connection.thread_id);
            }
            !closes
        });
    }

    fn primary(&self) -> Option<ServerId> {
        self.local.with_view(|view| view.primary)
    }
}
