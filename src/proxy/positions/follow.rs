//! One task for each server that keeps its position known.
//!
//! * **The primary** is asked at every interval, and at once when somebody wants to know: a question answers
//!   all who wait, as those who come while it is under way share the next one.
//! * **A replica of the bundled kind** tells each step within a millisecond: it is asked to answer when
//!   it has applied the transaction that comes next.
//! * **Other replicas** are asked like that while somebody waits for them, and a second longer, with a longer
//!   pause between two steps; else at every interval.
//! * **Reads that waited** have told what their replica has: it is not asked the same.
//! * **A replica that reads would wait for** but for its having been too late is watched: the primary is asked again
//!   at each of its steps, so that it is seen when it takes them in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Positions, question};
use crate::gtid::Position;
use crate::proxy::topology::{
    Address, Fields, Flavour, MAX_IDS, MonitorCell, ServerId, ServerSettings, Views, connect,
};

/// Longest wait within one question, so that a server which becomes the primary is soon asked as one.
const STEP: Duration = Duration::from_millis(100);
/// Shortest time between two steps of a replica of the bundled kind, for which a step is cheap.
const MIN_GAP: Duration = Duration::from_millis(1);
/// The same for other kinds. A read that comes in between and is in doubt asks by itself, in the same round trip.
const MIN_GAP_OF_OTHERS: Duration = Duration::from_millis(20);
/// The same while no read does, as the replica has been too late: how late it is shows in its steps.
const SHUNNED_GAP: Duration = Duration::from_millis(2);
/// A replica is not asked as long as reads tell what it has, but for so long at most.
const LONGEST_TOLD: Duration = Duration::from_millis(50);

/// The tasks of all servers, which change with the configuration.
pub struct Following {
    positions: Arc<Positions>,
    settings: MonitorCell,
    views: Views,
    tasks: TaskTracker,
    /// Ends all tasks.
    shutdown: CancellationToken,
    /// Ends each server's task; by ids.
    followed: Vec<Option<CancellationToken>>,
}

/// Starts the tasks on the current runtime; they end with `shutdown`, and the handle after them.
pub fn start(
    positions: &Arc<Positions>,
    servers: &[ServerSettings],
    settings: &MonitorCell,
    views: &Views,
    shutdown: &CancellationToken,
) -> (Following, tokio::task::JoinHandle<()>) {
    let tasks = TaskTracker::new();
    let mut following = Following {
        positions: Arc::clone(positions),
        settings: settings.clone(),
        views: views.clone(),
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
        followed: Vec::new(),
    };
    let all: Vec<_> = servers.iter().cloned().map(Some).collect();
    following.follow_only(&all);
    let shutdown = shutdown.clone();
    let ended = tokio::spawn(async move {
        shutdown.cancelled().await;
        tasks.close();
        tasks.wait().await;
    });
    (following, ended)
}

impl Following {
    /// Servers are by their ids: one that is `None` is followed no longer, one that was not there before is
    /// from now on.
    pub fn follow_only(&mut self, servers: &[Option<ServerSettings>]) {
        for (at, server) in servers.iter().enumerate().take(MAX_IDS) {
            let id = ServerId(at as u16);
            match (self.followed.get_mut(at), server) {
                (Some(followed), None) => {
                    if let Some(task) = followed.take() {
                        task.cancel();
                        self.positions.forget(id);
                    }
                }
                (None, Some(server)) => {
                    let task = self.follow(id, &server.address);
                    self.followed.push(Some(task));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }

    fn follow(&self, id: ServerId, address: &Arc<Address>) -> CancellationToken {
        let end = self.shutdown.child_token();
        let follower = Follower {
            id,
            address: Arc::clone(address),
            settings: self.settings.clone(),
            views: self.views.clone(),
            positions: Arc::clone(&self.positions),
            conn: None,
        };
        let ended = end.clone();
        self.tasks.spawn(async move {
            ended.run_until_cancelled(follower.run()).await;
        });
        end
    }
}

struct Follower {
    id: ServerId,
    address: Arc<Address>,
    settings: MonitorCell,
    views: Views,
    positions: Arc<Positions>,
    conn: Option<Conn>,
}

/// What a server is asked as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Primary,
    /// It is asked for its next step.
    Close(Duration),
    Distant,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let (flavour, mode) = self.mode();
            let asked = timeout(self.settings.current().timeout, self.ask(flavour, mode)).await;
            let failed = match asked {
                Ok(Ok(())) => false,
                Ok(Err(error)) => {
                    tracing::debug!(target: "topology", %error, "the position could not be asked");
                    true
                }
                Err(_) => true,
            };
            if failed {
                self.conn = None;
                self.positions.forget(self.id);
                tokio::time::sleep(self.settings.current().interval).await;
                continue;
            }
            self.pause(mode).await;
        }
    }

    /// Until the next question.
    async fn pause(&self, mode: Mode) {
        if let Mode::Close(gap) = mode {
            self.watch();
            return self.pause_closely(gap).await;
        }
        if let Some(cell) = self.positions.cell(self.id) {
            let _ = timeout(self.settings.current().interval, cell.wake.notified()).await;
        }
    }

    /// What a replica that is watched catches up with is the primary's position of a moment ago.
    fn watch(&self) {
        if let Some(primary) = self.views.load().primary
            && self.positions.is_shunned(self.id)
        {
            self.positions.refresh(primary);
        }
    }

    async fn pause_closely(&self, gap: Duration) {
        let until = Instant::now() + LONGEST_TOLD;
        loop {
            let began = Instant::now();
            tokio::time::sleep(gap).await;
            if began >= until || !self.positions.was_told_since(self.id, began) {
                return;
            }
        }
    }

    fn mode(&self) -> (Flavour, Mode) {
        let view = self.views.load();
        let flavour = view.server(self.id).map_or(Flavour::Unknown, |server| server.flavour);
        let mode = match flavour {
            _ if view.primary == Some(self.id) => Mode::Primary,
            Flavour::Anabranch => Mode::Close(MIN_GAP),
            _ if !self.positions.is_hot(self.id) => Mode::Distant,
            _ if self.positions.is_shunned(self.id) => Mode::Close(SHUNNED_GAP),
            _ => Mode::Close(MIN_GAP_OF_OTHERS),
        };
        (flavour, mode)
    }

    async fn ask(&mut self, flavour: Flavour, mode: Mode) -> Result<(), Error> {
        if flavour == Flavour::Unknown {
            return Ok(());
        }
        let conn = match &mut self.conn {
            Some(conn) => conn,
            empty => empty.insert(connect(&self.address, &self.settings.current()).await?),
        };
        let asked = self.positions.moment(Instant::now());
        if mode == Mode::Primary {
            let position = put(conn, flavour, question::of_primary(flavour)).await?.map(Arc::new);
            self.positions.primary_said(self.id, asked, position);
            return Ok(());
        }
        let next = match mode {
            Mode::Close(_) => self.positions.next(self.id),
            _ => None,
        };
        let question = question::of_replica(flavour, next.as_ref(), STEP);
        if let Some(position) = put(conn, flavour, &question).await? {
            self.positions.seen(self.id, asked, Arc::new(position));
        }
        Ok(())
    }
}

async fn put(conn: &mut Conn, flavour: Flavour, text: &str) -> Result<Option<Position>, Error> {
    let rows: Vec<Row> = conn.query(text).await?;
    let fields = rows.into_iter().next().map(Fields::new);
    Ok(fields.and_then(|fields| question::answer(flavour, &fields)))
}
