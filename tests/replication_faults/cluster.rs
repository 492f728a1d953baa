//! The three processes, their links, and what can be done to them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row};
use tokio::runtime::Runtime;

use crate::link::{Link, Way};
use crate::support::process::signal;
use crate::support::server::Server;
use crate::support::wait::holds_within;
use crate::terms::{Terms, Timeline};

/// How many replicas there are.
pub const REPLICAS: usize = 2;

/// Within this a cluster without faults must be as it should, on the busiest machine.
pub const LIMIT: Duration = Duration::from_secs(90);

/// Small files and frequent checkpoints, so that rounds meet many of them.
const BINLOG: &str = "[binlog]\nsync = 1\ncheckpoint_every = \"256KiB\"\nmax_size = \"128KiB\"\n";

/// One of the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copy {
    Primary,
    Replica(usize),
}

impl Copy {
    pub const ALL: [Self; 3] = [Self::Primary, Self::Replica(0), Self::Replica(1)];

    pub fn index(self) -> usize {
        match self {
            Self::Primary => 0,
            Self::Replica(which) => which + 1,
        }
    }
}

/// What was done to the copies in this round, seen by clients and readers.
#[derive(Default)]
pub struct Disturbed([Mutex<Option<Instant>>; 3]);

impl Disturbed {
    /// From now on this copy may fail; called before it is made to.
    pub fn note(&self, copy: Copy) {
        self.0[copy.index()].lock().expect("no panic").get_or_insert_with(Instant::now);
    }

    /// Whether it may have failed at this moment.
    pub fn at(&self, copy: Copy, moment: Instant) -> bool {
        self.0[copy.index()].lock().expect("no panic").is_some_and(|since| since <= moment)
    }

    /// Whether it may fail by now.
    pub fn now(&self, copy: Copy) -> bool {
        self.at(copy, Instant::now())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    Stopped,
    Dead,
}

/// Primary, replicas, and the links between them.
pub struct Cluster {
    pub runtime: Arc<Runtime>,
    servers: Vec<(Server, State)>,
    links: Vec<Link>,
    /// What the primary's file says.
    pub configured: Terms,
    pub timeline: Arc<Timeline>,
    pub disturbed: Arc<Disturbed>,
}

impl Cluster {
    /// Starts all of it; the replicas follow.
    pub fn start(configured: &Terms) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let primary = Server::start_with_id(1, &format!("{BINLOG}{}", configured.to_toml()));
        let primary = primary.expect("the primary starts");
        let links: Vec<Link> =
            (0..REPLICAS).map(|_| Link::new(&runtime, primary.address())).collect();
        let mut servers = vec![(primary, State::Runs)];
        for (which, link) in links.iter().enumerate() {
            let server = Server::start_with_id(which as u32 + 2, &replica(link.port()));
            servers.push((server.expect("a replica starts"), State::Runs));
        }
        let cluster = Self {
            runtime: Arc::new(runtime),
            servers,
            links,
            configured: configured.clone(),
            timeline: Arc::default(),
            disturbed: Arc::default(),
        };
        cluster.timeline.ask(configured);
        cluster.timeline.answered();
        cluster
    }

    pub fn address(&self, copy: Copy) -> SocketAddr {
        self.servers[copy.index()].0.address()
    }

    /// A new round: what was before is over.
    pub fn begin_round(&mut self) {
        (self.timeline, self.disturbed) = (Arc::default(), Arc::default());
    }

    /// Rows of a statement as texts; an error's text.
    pub fn try_ask(&self, copy: Copy, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let asked = async {
            let mut conn = connect(self.address(copy)).await?;
            let rows: Vec<Row> = conn.query(sql).await?;
            conn.disconnect().await?;
            Ok::<_, mysql_async::Error>(rows.iter().map(texts).collect())
        };
        let asked = async { tokio::time::timeout(LIMIT, asked).await };
        let answer = self.runtime.block_on(asked).map_err(|_| format!("no answer in {LIMIT:?}"))?;
        answer.map_err(|error| error.to_string())
    }

    pub fn ask(&self, copy: Copy, sql: &str) -> Vec<Vec<String>> {
        self.try_ask(copy, sql).unwrap_or_else(|error| panic!("{copy:?}: {sql}: {error}"))
    }

    /// The first value of an answer.
    pub fn value(&self, copy: Copy, sql: &str) -> String {
        self.ask(copy, sql).into_iter().flatten().next().unwrap_or_default()
    }

    /// A column of SHOW REPLICA STATUS.
    pub fn replica_status(&self, copy: Copy, columns: &[&str]) -> Vec<String> {
        let asked = async {
            let mut conn = connect(self.address(copy)).await?;
            let row: Option<Row> = conn.query_first("SHOW REPLICA STATUS").await?;
            conn.disconnect().await?;
            Ok::<_, mysql_async::Error>(row)
        };
        let row = self.runtime.block_on(asked).expect("a status").expect("it follows");
        columns.iter().map(|name| row.get::<String, _>(*name).unwrap_or_default()).collect()
    }

    /// Makes the primary's terms other ones.
    pub fn set_terms(&self, terms: &Terms) {
        self.timeline.ask(terms);
        for statement in terms.to_sql() {
            self.ask(Copy::Primary, &statement);
        }
        self.timeline.answered();
    }

    /// kill -9.
    pub fn kill(&mut self, copy: Copy) {
        self.disturbed.note(copy);
        let (server, state) = &mut self.servers[copy.index()];
        if *state != State::Dead {
            server.kill();
        }
        *state = State::Dead;
    }

    /// SIGSTOP.
    pub fn stop(&mut self, copy: Copy) {
        match copy {
            // its clients only wait; its silence may make replicas connect again
            Copy::Primary => {
                (0..REPLICAS).for_each(|which| self.disturbed.note(Copy::Replica(which)));
            }
            Copy::Replica(_) => self.disturbed.note(copy),
        }
        let (server, state) = &mut self.servers[copy.index()];
        if *state == State::Runs {
            signal(server.pid(), "STOP");
            *state = State::Stopped;
        }
    }

    /// Lets a copy that was stopped go on, and starts one that was killed.
    pub fn revive(&mut self, copy: Copy) {
        let (server, state) = &mut self.servers[copy.index()];
        match *state {
            State::Runs => {}
            State::Stopped => signal(server.pid(), "CONT"),
            State::Dead => server.restart().expect("it starts again"),
        }
        *state = State::Runs;
    }

    /// Starts the primary after a kill: what its file says holds again.
    pub fn revive_primary(&mut self) {
        self.timeline.ask(&self.configured);
        self.revive(Copy::Primary);
        self.timeline.answered();
    }

    pub fn is_dead(&self, copy: Copy) -> bool {
        self.servers[copy.index()].1 == State::Dead
    }

    /// Changes a replica's link.
    pub fn link(&self, which: usize, way: Way) {
        if way != Way::Open {
            self.disturbed.note(Copy::Replica(which));
        }
        self.links[which].set(way);
    }

    /// Waits for what must come true; else the logs tell why it did not.
    pub fn wait_until(&self, what: &str, condition: impl FnMut() -> bool) {
        if !holds_within(LIMIT, condition) {
            panic!("{what}: not within {LIMIT:?}\n{}", self.story());
        }
    }

    /// What is known when something is wrong.
    pub fn story(&self) -> String {
        let mut story = String::new();
        for copy in Copy::ALL {
            let (server, state) = &self.servers[copy.index()];
            let log = server.log();
            let tail: Vec<&str> = log.lines().rev().take(12).collect();
            let tail: String = tail.iter().rev().map(|line| format!("  {line}\n")).collect();
            story.push_str(&format!("{copy:?} {state:?} {}\n{tail}", server.folder().display()));
        }
        let sql = "SHOW STATUS LIKE 'Anabranch%'";
        if !self.is_dead(Copy::Primary) {
            story.push_str(&format!("{:?}\n", self.try_ask(Copy::Primary, sql)));
            story.push_str(&format!("{:?}\n", self.try_ask(Copy::Primary, "SHOW PROCESSLIST")));
        }
        story
    }
}

/// Tables of a replica's configuration that follows by this port.
fn replica(port: u16) -> String {
    format!(
        "{BINLOG}[replication]\nsource = \"127.0.0.1:{port}\"\nuser = \"root\"\nheartbeat_ms = 2000\n\
         connect_retry_ms = 200\n[variables]\nsuper_read_only = \"ON\"\n"
    )
}

/// Signs in as root.
pub async fn connect(address: SocketAddr) -> mysql_async::Result<Conn> {
    let opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(address.port())
        .user(Some("root"))
        .prefer_socket(false);
    Conn::new(opts).await
}

fn texts(row: &Row) -> Vec<String> {
    (0..row.len())
        .map(|at| match row.as_ref(at) {
            Some(mysql_async::Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            Some(other) => other.as_sql(true),
            None => String::new(),
        })
        .collect()
}
