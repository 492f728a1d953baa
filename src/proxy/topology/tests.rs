//! Golden scripts for the judge: one scenario a file in `testscripts/`.
//!
//! ```text
//! servers NAME... [preferred=NAME] [max_lag=MS] [hold=MS]     starts; NAME listens on NAME:3306; who was too
//!         late comes back after so long under four fifths of the limit
//! up NAME [ro] [source=NAME[,NAME]] [gtid=POSITION] [io=running|connecting|stopped]
//!         [sql=running|stopped] [behind=SECONDS] [age=MS] [errno=NUMBER] [id=NUMBER]
//!         [uuid=TEXT] [blind]
//! fail NAME refused|timed_out|broken|access_denied|refusing|full
//! full NAME                                         a session met 1040
//! wait MS                                           time passes
//! view                                              prints the view
//! ```
//!
//! Every command concludes and prints what changed.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use goldenscript::{Command, Context, Runner};

use super::changes::changes;
use super::judge::Judge;
use super::*;
use crate::gtid::Position;

struct Script {
    judge: Judge,
    names: Vec<String>,
    now: Duration,
    view: View,
}

type Output = Result<String, Box<dyn Error>>;

fn settings(name: &str, preferred: &str) -> ServerSettings {
    ServerSettings {
        name: name.into(),
        address: Arc::new(Address::Tcp { host: name.to_owned(), port: 3306 }),
        weight: 100,
        preferred_primary: name == preferred,
        zone: None,
    }
}

impl Script {
    fn new() -> Self {
        let mut judge = Judge::new(JudgeSettings::default(), Vec::new());
        let view = judge.view(Duration::ZERO);
        Self { judge, names: Vec::new(), now: Duration::ZERO, view }
    }

    fn start(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let preferred = args.take_key("preferred").unwrap_or_default();
        let max_lag = args.take_key("max_lag").unwrap_or("10000").parse()?;
        let hold = args.take_key("hold").unwrap_or("0").parse()?;
        self.names = std::iter::from_fn(|| args.next_pos().map(str::to_owned)).collect();
        args.reject_next()?;
        let judge = JudgeSettings {
            max_lag: Duration::from_millis(max_lag),
            resume_lag: Duration::from_millis(max_lag * 4 / 5),
            resume_after: Duration::from_millis(hold),
            ..Default::default()
        };
        let servers = self.names.iter().map(|name| settings(name, preferred)).collect();
        self.judge = Judge::new(judge, servers);
        self.view = self.judge.view(self.now);
        Ok(String::new())
    }

    fn id(&self, name: &str) -> Result<ServerId, Box<dyn Error>> {
        let at = self.names.iter().position(|known| known == name);
        Ok(ServerId(at.ok_or_else(|| format!("no server {name}"))? as u16))
    }

    fn up(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let name = args.next_pos().ok_or("which server?")?;
        let id = self.id(name)?;
        let mut observation = Observation {
            flavour: Flavour::MariaDb,
            version: Version::new(10, 11, 19),
            server_id: args.take_key("id").unwrap_or("0").parse()?,
            server_uuid: args.take_key("uuid").map(str::to_owned),
            read_only: false,
            channels: Some(Vec::new()),
            applied: args.take_key("gtid").map(Position::parse).transpose()?.map(Arc::new),
            applying_age: None,
            took: Duration::from_millis(1),
        };
        if let Some(age) = args.take_key("age") {
            observation.applying_age = Some(Duration::from_millis(age.parse()?));
        }
        let behind = args.take_key("behind").map(str::parse).transpose()?;
        let sql_running = args.take_key("sql") != Some("stopped");
        let io = match args.take_key("io") {
            Some("connecting") => IoState::Connecting,
            Some("stopped") => IoState::Stopped,
            _ => IoState::Running,
        };
        let errno = args.take_key("errno").unwrap_or("0").parse()?;
        let channels = args.take_key("source").into_iter().flat_map(|all| all.split(','));
        let channels = channels.map(|host| Channel {
            source_host: host.to_owned(),
            source_port: 3306,
            source_uuid: host.strip_prefix("uuid/").map(str::to_owned),
            source_id: host.strip_prefix("id/").and_then(|id| id.parse().ok()).unwrap_or(0),
            io,
            sql_running,
            seconds_behind: behind,
            last_errno: errno,
        });
        observation.channels = Some(channels.collect());
        while let Some(flag) = args.next_pos() {
            match flag {
                "ro" => observation.read_only = true,
                "blind" => observation.channels = None,
                other => return Err(format!("unknown word {other}").into()),
            }
        }
        args.reject_next()?;
        self.judge.observe(id, self.now, Ok(observation));
        Ok(String::new())
    }

    fn fail(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let id = self.id(args.next_pos().ok_or("which server?")?)?;
        let failure = match args.next_pos().ok_or("how?")? {
            "refused" => CheckFailure::Refused,
            "timed_out" => CheckFailure::TimedOut,
            "broken" => CheckFailure::Broken,
            "access_denied" => CheckFailure::AccessDenied,
            "refusing" => CheckFailure::Refusing,
            "full" => CheckFailure::Full,
            other => return Err(format!("unknown failure {other}").into()),
        };
        self.judge.observe(id, self.now, Err(failure));
        Ok(String::new())
    }

    fn conclude(&mut self) -> String {
        let view = self.judge.view(self.now);
        let mut output = String::new();
        for change in changes(&self.view, &view) {
            let _ = writeln!(output, "{change}");
        }
        self.view = view;
        output
    }

    fn print(&self) -> String {
        let mut output = String::new();
        for server in &self.view.servers {
            let lag =
                server.lag.map_or("unknown".to_owned(), |lag| format!("{}ms", lag.as_millis()));
            let _ = write!(
                output,
                "{}: {}, {}",
                server.name,
                server.state.label(),
                server.role.label()
            );
            if let Some(source) = server.follows.and_then(|id| self.view.server(id)) {
                let _ = write!(output, " of {}", source.name);
            }
            let reads = match (server.reads, server.late) {
                (true, _) => "reads",
                (false, true) => "no reads but of who can do with that",
                (false, false) => "no reads",
            };
            let _ = writeln!(output, ", lag {lag}, {reads}");
        }
        output
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Output {
        match command.name.as_str() {
            "servers" => return self.start(command),
            "view" => {
                self.conclude();
                return Ok(self.print());
            }
            "up" => self.up(command)?,
            "fail" => self.fail(command)?,
            "full" => {
                let id = self.id(command.consume_args().next_pos().ok_or("which server?")?)?;
                self.judge.report_full(id, self.now);
                String::new()
            }
            "wait" => {
                let ms = command.consume_args().next_pos().ok_or("how long?")?.parse()?;
                self.now += Duration::from_millis(ms);
                String::new()
            }
            other => return Err(format!("unknown command {other}").into()),
        };
        Ok(self.conclude())
    }
}

/// Runs one script; `UPDATE_GOLDENFILES=1` rewrites its output.
fn run(name: &str) {
    let path = format!("src/proxy/topology/testscripts/{name}");
    goldenscript::run(&mut Script::new(), path).expect("the script");
}

macro_rules! scripts {
    ($($name:ident)*) => { $(#[test] fn $name() { run(stringify!($name)); })* };
}

scripts! {
    bootstrap chained_replicas failover flapping full lag_around_the_limit lag_by_seconds
    lag_rising_and_falling
    no_primary old_primary_returns preferred replication_broken ring sources_found split_brain
    switchover timeout writable_replica
}
