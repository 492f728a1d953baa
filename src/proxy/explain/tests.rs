//! Golden scripts for what `EXPLAIN ROUTE` and `SHOW LAST ROUTE` say.
//!
//! ```text
//! server NAME role=ROLE [state=full|down] [lag=MS] [error=N]     one more server; the first primary counts
//!        [late=1] [zone=NAME] [far=1]                     it is late, in a zone, in none of the proxy's
//! session [transaction=N] [pin=N why=EFFECT] [variables=N] [wrote=POSITION] [after=POSITION] [read=N]
//! level LEVEL [max_lag=MS] [origin=session|hint]
//! verdict N VERDICT [lacks=POSITION]             what a replica is to the next statements
//! explain "STATEMENT" [choice=N|soon=N|none]     the answer
//! last "STATEMENT" [server=N] [reason=WORD] [waited=POSITION] [failed=N] [vain=N] [error=N]
//! ```

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use goldenscript::{Command, Context, Runner};

use super::{Choice, Explained, Last, LastWait, Line, Origin, Verdict, needs, pins};
use crate::gtid::Position;
use crate::net::Address;
use crate::proxy::causal::{
    Era, Level, Memory, Moment, Need, Overlay, Policy, Shortfall, Situation,
};
use crate::proxy::route::{Facts, Pins, Reason, Target, Transaction, plan};
use crate::proxy::topology::{
    DownReason, Flavour, Greeting, Role, RoutineCatalog, ServerId, ServerView, State, Version, View,
};
use crate::sql::{self, Effects, LexMode};

type Output = Result<String, Box<dyn Error>>;

const NOW: Moment = Moment(10_000_000);

struct Script {
    view: View,
    verdicts: Vec<Verdict>,
    facts: Facts,
    memory: Memory,
    policy: Policy,
    origin: Origin,
}

impl Script {
    fn new() -> Self {
        let view = View {
            servers: Vec::new(),
            primary: None,
            routines: Arc::new(RoutineCatalog::default()),
            version: Arc::new(Greeting::default()),
            alerts: Vec::new(),
            complete: true,
            generation: 1,
        };
        let policy = Policy {
            level: Level::Session,
            max_lag: Duration::from_secs(10),
            bounds_all: false,
            wait: Duration::from_millis(10),
        };
        Self {
            view,
            verdicts: Vec::new(),
            facts: Facts::default(),
            memory: Memory::default(),
            policy,
            origin: Origin::Configuration,
        }
    }

    fn server(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let name = args.next_pos().ok_or("a name is missing")?;
        let id = ServerId(self.view.servers.len() as u16);
        let role = match args.take_key("role") {
            Some("primary") => Role::Primary,
            Some("replica") => Role::Replica,
            Some("down") => Role::Down,
            _ => Role::Unknown,
        };
        let state = match args.take_key("state") {
            Some("full") => State::Full,
            Some("down") => State::Down(DownReason::TimedOut),
            _ => State::Up,
        };
        let lag = args.take_key("lag").map(str::parse).transpose()?.map(Duration::from_millis);
        let late = args.take_key("late").is_some();
        let near = args.take_key("far").is_none();
        let zone = args.take_key("zone").map(Arc::from);
        let error = args.take_key("error").map(str::parse).transpose()?;
        self.view.servers.push(ServerView {
            id,
            name: name.into(),
            address: Arc::new(Address::Tcp { host: name.to_owned(), port: 3306 }),
            flavour: Flavour::MariaDb,
            version: Version::default(),
            role,
            state,
            lag,
            applied: None,
            weight: 100,
            follows: None,
            replication_error: error,
            reads: state == State::Up,
            reads_over_open: state != State::Down(DownReason::TimedOut),
            latency: None,
            late,
            near,
            zone,
        });
        if role == Role::Primary {
            self.view.primary = self.view.primary.or(Some(id));
        }
        self.verdicts.push(match role {
            Role::Primary => Verdict::Primary,
            _ => Verdict::Ready { in_flight: 0, latency_us: 300 },
        });
        args.reject_next().map(|()| String::new())
    }

    fn session(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let mut number = |key| -> Result<Option<ServerId>, Box<dyn Error>> {
            Ok(args.take_key(key).map(str::parse).transpose()?.map(ServerId))
        };
        let (transaction, pin) = (number("transaction")?, number("pin")?);
        let (variables, read) = (number("variables")?, number("read")?);
        let why = match args.take_key("why") {
            Some("named_lock") => Effects::NAMED_LOCK,
            Some(_) => Effects::TEMPORARY_TABLE | Effects::SETS_UNCARRIED,
            None => Effects::empty(),
        };
        self.facts = Facts {
            transaction: transaction.map(|server| Transaction { server, on_replica: false }),
            pins: Pins { server: pin, why },
            user_variables: variables,
            ..Facts::default()
        };
        let at = NOW.before(Duration::from_millis(250));
        if let Some(wrote) = args.take_key("wrote") {
            self.memory.note_write(Position::parse(wrote).ok(), true, at);
        }
        if let Some(after) = args.take_key("after") {
            self.memory.note_after(Position::parse(after).ok());
        }
        if let Some(server) = read {
            self.memory.note_read(server, at);
        }
        args.reject_next().map(|()| String::new())
    }

    fn level(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let level = args.next_pos().and_then(Level::parse).ok_or("which level?")?;
        let max_lag = args.take_key("max_lag").map(str::parse).transpose()?;
        self.policy = self
            .policy
            .with(Overlay { level: Some(level), max_lag: max_lag.map(Duration::from_millis) });
        self.origin = match args.take_key("origin") {
            Some("session") => Origin::Session,
            Some("hint") => Origin::Hint,
            _ => Origin::Configuration,
        };
        args.reject_next().map(|()| String::new())
    }

    fn verdict(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let server: usize = args.next_pos().ok_or("which?")?.parse()?;
        let word = args.next_pos().ok_or("what?")?.to_owned();
        let lacks = args.take_key("lacks").unwrap_or_default().to_owned();
        let verdict = match word.as_str() {
            "unfit" => Verdict::Unfit,
            "avoided" => Verdict::Avoided,
            "not_asked" => Verdict::NotAsked,
            "holds" => Verdict::Holds,
            "ready" => Verdict::Ready { in_flight: 2, latency_us: 310 },
            "soon" => Verdict::Soon(Shortfall::Writes, lacks),
            "bound" => Verdict::Short(Shortfall::Bound, lacks),
            "writes" => Verdict::Short(Shortfall::Writes, lacks),
            word => return Err(format!("unknown verdict {word}").into()),
        };
        *self.verdicts.get_mut(server).ok_or("no such server")? = verdict;
        args.reject_next().map(|()| String::new())
    }

    fn needs(&self) -> Vec<Line> {
        let situation = Situation {
            now: NOW,
            arrived: NOW,
            pin: Duration::from_secs(2),
            gtids: true,
            era: Era::default(),
            after: None,
        };
        needs(&Need::new(&self.policy, &self.memory, &situation), NOW, &self.view)
    }

    fn explain(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let text = args.next_pos().ok_or("a statement is missing")?;
        let class = sql::classify(text.as_bytes(), LexMode::default());
        let route = plan(&class, &self.facts, &RoutineCatalog::default(), Some("shop"));
        let number = |text: &str| text.parse().map(ServerId);
        let choice = match (args.take_key("choice"), args.take_key("soon"), args.next_pos()) {
            (Some(server), ..) => Choice::Server(number(server)?),
            (_, Some(server), _) => Choice::Soon(number(server)?, self.policy.wait),
            (_, _, Some("proxy")) => Choice::Proxy,
            (_, _, Some("refused")) => Choice::Refused("ERROR 1792 (25006): no".to_owned()),
            _ => Choice::NoServer(Duration::from_secs(5)),
        };
        let instead = (args.take_key("instead") == Some("read_your_writes"))
            .then_some(Reason::ReadYourWrites);
        let rule = args.take_key("rule");
        args.reject_next()?;
        let reads = route.target == Target::Replica;
        let explained = Explained {
            class: (class.kind, class.cause),
            route,
            instead,
            rule,
            policy: self.policy,
            origin: self.origin,
            needs: if reads { self.needs() } else { Vec::new() },
            pins: pins(&self.facts, &self.view),
            view: &self.view,
            verdicts: self.verdicts.clone(),
            choice,
        };
        Ok(shown(explained.lines()))
    }

    fn last(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let text = args.next_pos().ok_or("a statement is missing")?;
        let class = sql::classify(text.as_bytes(), LexMode::default());
        let route = plan(&class, &self.facts, &RoutineCatalog::default(), Some("shop"));
        let waited = args.take_key("waited").map(Position::parse).transpose()?;
        let mut number = |key| -> Result<Option<ServerId>, Box<dyn Error>> {
            Ok(args.take_key(key).map(str::parse).transpose()?.map(ServerId))
        };
        let (server, failed, in_vain) = (number("server")?, number("failed")?, number("vain")?);
        let reason = match args.take_key("reason") {
            Some("refused") => Reason::ReplicaRefused,
            Some("read_your_writes") => Reason::ReadYourWrites,
            _ if waited.is_some() => Reason::Waited,
            _ => route.reason,
        };
        let error = args.take_key("error").map(str::parse).transpose()?;
        args.reject_next()?;
        let wait = |position| LastWait { position, time: Duration::from_micros(3120) };
        let last = Last {
            class: (class.kind, class.cause),
            planned: route.target,
            planned_reason: route.reason,
            reason,
            policy: self.policy,
            origin: self.origin,
            rule: None,
            server,
            on_primary: server.is_some() && server == self.view.primary,
            before: Duration::from_micros(17),
            waited: waited.map(|position| Box::new(wait(position))),
            in_vain,
            failed: failed.into_iter().collect(),
            error,
        };
        Ok(shown(last.lines(self.needs(), pins(&self.facts, &self.view), &self.view)))
    }
}

fn shown(lines: Vec<Line>) -> String {
    let mut out = String::new();
    for line in lines {
        let row = line.row().into_iter().map(|value| value.unwrap_or_else(|| "NULL".to_owned()));
        let row: Vec<String> = row.collect();
        let _ = writeln!(out, "{}", row.join(" | "));
    }
    out
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Output {
        match command.name.as_str() {
            "server" => self.server(command),
            "session" => self.session(command),
            "level" => self.level(command),
            "verdict" => self.verdict(command),
            "explain" => self.explain(command),
            "last" => self.last(command),
            name => Err(format!("unknown command {name}").into()),
        }
    }
}

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/explain/testscripts");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        goldenscript::run(&mut Script::new(), &path).expect("the script");
        ran += 1;
    }
    assert!(ran >= 3, "the scripts were not found");
}
