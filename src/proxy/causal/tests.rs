//! Golden scripts for the levels: one scenario a file in `testscripts/`. Server 0 is the primary, 1 and 2 are
//! replicas; times are milliseconds.
//!
//! ```text
//! level LEVEL [max_lag=MS]        the policy from now on
//! primary asked=MS has=POSITION [server=N]    the primary was asked, and said this
//! replica N has=POSITION          a replica was seen to have this; `away` for: it does not answer
//! wrote at=MS [position=POSITION] the session's write was acknowledged
//! read server=N at=MS             the session was shown data
//! after POSITION                  the session was given a token
//! no_gtids                        the servers tell no positions
//! now MS [arrived=MS]             prints where each replica stands for a statement
//! next N                          prints the transaction that replica N applies next
//! wait MS [lag=MS]                tells whether a read may begin to wait for a replica
//! missed at=MS [times=N]          a wait for it was in vain
//! reached [times=N]               one was not; `caught_up MS` for: it was seen to take so long
//! ```

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use goldenscript::{Command, Context, Runner};

use super::{
    LateLimits, Ledger, Level, Memory, Moment, Need, Odds, Overlay, Policy, Situation, Standing,
    is_hopeless, next,
};
use crate::gtid::Position;
use crate::proxy::topology::ServerId;

type Output = Result<String, Box<dyn Error>>;

const PIN: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_millis(10);

struct Script {
    policy: Policy,
    memory: Memory,
    ledger: Ledger,
    gtids: bool,
    odds: Odds,
}

fn base() -> Policy {
    Policy {
        level: Level::Session,
        max_lag: Duration::from_secs(10),
        bounds_all: false,
        wait: WAIT,
    }
}

fn moment(text: &str) -> Result<Moment, Box<dyn Error>> {
    Ok(Moment::default().after(Duration::from_millis(text.parse()?)))
}

/// `7` and `1-5:9` are short for a set of one server.
fn position(text: &str) -> Result<Position, Box<dyn Error>> {
    let long = match text.contains(',') || text.matches('-').count() == 2 {
        true => text.to_owned(),
        false => format!("00000000-0000-0000-0000-00000000000a:{text}"),
    };
    Ok(Position::parse(&long)?)
}

fn short(position: &Position) -> String {
    position.to_string().replace("00000000-0000-0000-0000-00000000000a:", "")
}

impl Script {
    fn level(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let level = args.next_pos().and_then(Level::parse).ok_or("which level?")?;
        let max_lag = args.take_key("max_lag").map(str::parse).transpose()?;
        let max_lag = max_lag.map(Duration::from_millis);
        self.policy = base().with(Overlay { level: Some(level), max_lag });
        args.reject_next().map(|()| String::new())
    }

    fn server_facts(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let has = args.take_key("has").map(position).transpose()?.map(Arc::new);
        if command.name == "primary" {
            let asked = moment(args.take_key("asked").ok_or("asked when?")?)?;
            let server = ServerId(args.take_key("server").unwrap_or("0").parse()?);
            self.ledger.primary_said(server, asked, has.ok_or("has what?")?);
            return Ok(String::new());
        }
        let server = ServerId(args.next_pos().ok_or("which?")?.parse()?);
        match has {
            Some(has) => self.ledger.has(server, has),
            None => self.ledger.forget(server),
        }
        Ok(String::new())
    }

    fn session(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let at = args.take_key("at").map(moment).transpose()?.unwrap_or_default();
        match command.name.as_str() {
            "wrote" => {
                let position = args.take_key("position").map(position).transpose()?;
                self.memory.note_write(position, true, at);
            }
            "read" => {
                let server = args.take_key("server").ok_or("where?")?.parse()?;
                self.memory.note_read(ServerId(server), at);
            }
            _ => self.memory.note_after(args.next_pos().map(position).transpose()?),
        }
        Ok(String::new())
    }

    fn now(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let now = moment(args.next_pos().ok_or("when?")?)?;
        let arrived = args.take_key("arrived").map(moment).transpose()?.unwrap_or(now);
        let (gtids, era) = (self.gtids, self.ledger.era());
        let situation = Situation { now, arrived, pin: PIN, gtids, era, after: None };
        let need = Need::new(&self.policy, &self.memory, &situation);
        let mut out = String::new();
        for server in [1, 2].map(ServerId) {
            let has = |position: &Position| {
                self.ledger.applied(server).is_some_and(|applied| applied.covers(position))
            };
            let fresh = self.ledger.fresh_as_of(server);
            let standing = match need.standing(server, fresh, has) {
                Standing::Ready => "ready".to_owned(),
                Standing::Short(short) => format!("short of {short:?}").to_lowercase(),
            };
            let proof = match need.as_of(server) {
                moment if moment <= fresh => String::new(),
                moment => match self.ledger.proof(moment) {
                    Some(position) => format!(", {} would do", super::tests::short(position)),
                    None => ", the primary has to be asked".to_owned(),
                },
            };
            writeln!(out, "{}: {standing}{proof}", server.0)?;
        }
        Ok(out)
    }

    fn next(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let server = ServerId(args.next_pos().ok_or("which?")?.parse()?);
        let applied = self.ledger.applied(server).ok_or("nothing is known of it")?;
        let latest = self.ledger.latest().map(AsRef::as_ref);
        let next = next(applied, latest, self.ledger.growth());
        Ok(next.map_or("nothing".to_owned(), |next| short(&next)) + "\n")
    }

    fn wait(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let now = moment(args.next_pos().ok_or("when?")?)?;
        let lag = args.take_key("lag").map(str::parse).transpose()?.map(Duration::from_millis);
        let waits = !is_hopeless(lag, WAIT) && self.odds.begin(now, WAIT);
        Ok(format!("at {}: {waits}\n", now.0 / 1000))
    }

    fn waited(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let at = args.take_key("at").map(moment).transpose()?.unwrap_or_default();
        let took = args.next_pos().map(moment).transpose()?.unwrap_or_default();
        let took = took.since(Moment::default());
        for _ in 0..args.take_key("times").map_or(Ok(1), str::parse)? {
            match command.name.as_str() {
                "missed" => self.odds.missed(at, WAIT),
                "caught_up" => self.odds.caught_up(took),
                _ => self.odds.reached(),
            }
        }
        Ok(String::new())
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Output {
        match command.name.as_str() {
            "level" => self.level(command),
            "primary" | "replica" => self.server_facts(command),
            "wrote" | "read" | "after" => self.session(command),
            "no_gtids" => {
                self.gtids = false;
                Ok(String::new())
            }
            "now" => self.now(command),
            "next" => self.next(command),
            "wait" => self.wait(command),
            "missed" | "reached" | "caught_up" => self.waited(command),
            name => Err(format!("unknown command {name}").into()),
        }
    }
}

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/causal/testscripts");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let mut script = Script {
            policy: base(),
            memory: Memory::default(),
            ledger: Ledger::new(3),
            gtids: true,
            odds: Odds::default(),
        };
        goldenscript::run(&mut script, &path).expect("the script");
        ran += 1;
    }
    assert!(ran > 6, "the scripts were not found");
}

#[test]
fn a_position_lost_in_a_failover_is_not_waited_for() {
    let at = |seconds| Moment::default().after(Duration::from_secs(seconds));
    let mut memory = Memory::default();
    memory.note_write(Position::parse("0-1-7").ok(), true, at(1));
    memory.forget_lost_write(|_| false, at(20));
    memory.forget_lost_write(|_| true, at(90));
    assert!(memory.written().is_some_and(|written| written.position.is_some()));
    memory.forget_lost_write(|_| false, at(90));
    assert!(memory.written().is_some_and(|written| written.position.is_none()));
}

#[test]
fn the_position_of_a_session_does_not_grow_with_its_writes() {
    let mut memory = Memory::default();
    let elsewhere = Position::parse("00000000-0000-0000-0000-00000000000b:7");
    memory.note_write(elsewhere.ok(), true, Moment(1));
    // Others write in between.
    for number in (1..10_000).step_by(2) {
        memory.note_write(position(&number.to_string()).ok(), true, Moment(1));
    }
    let written = memory.position().expect("a position");
    assert_eq!(short(&written), "9999,00000000-0000-0000-0000-00000000000b:7");
}

#[test]
fn who_has_applied_a_transaction_has_those_before_it() {
    let mut ledger = Ledger::new(1);
    let server = ServerId(0);
    ledger.gained(server, &position("5").expect("a position"));
    let applied = |ledger: &Ledger| short(ledger.applied(server).expect("something"));
    assert_eq!(applied(&ledger), "5", "nothing is known of what was before");
    ledger.has(server, Arc::new(position("1:6-7").expect("a position")));
    ledger.gained(server, &position("12").expect("a position"));
    assert_eq!(applied(&ledger), "1:6-12");
}

#[test]
fn reads_write_nothing() {
    let mut memory = Memory::default();
    memory.note_write(None, false, Moment(1));
    assert!(memory.written().is_none());
}

#[test]
fn answers_are_bounded() {
    let mut ledger = Ledger::new(1);
    for step in 1..10_000 {
        let position = Position::parse(&format!("0-1-{step}")).expect("a position");
        ledger.primary_said(ServerId(0), Moment(step * 1000), Arc::new(position));
    }
    let half = Position::parse("0-1-9990").expect("a position");
    ledger.has(ServerId(0), Arc::new(half));
    assert_eq!(ledger.fresh_as_of(ServerId(0)), Moment(9_990_000));
}

#[test]
fn levels_are_read_by_their_words() {
    for level in Level::ALL {
        assert_eq!(Level::parse(&level.label().to_uppercase()), Some(level));
    }
    assert_eq!(Level::parse("strong"), None);
}

#[test]
fn what_late_replicas_may_serve() {
    let limits = LateLimits { all: Duration::from_secs(10), eventual: Duration::from_secs(60) };
    let allows =
        |level, lag| Policy { level, ..base() }.allows_late(Duration::from_secs(lag), &limits);
    for level in [Level::Monotonic, Level::Session, Level::Global] {
        assert!(allows(level, 10) && !allows(level, 11), "{level:?}");
    }
    assert!(allows(Level::Eventual, 60) && !allows(Level::Eventual, 61));
    assert!(allows(Level::Bounded, 1000), "where it is proven to be within the bound");
}

#[test]
fn what_a_read_was_told_is_added_and_takes_nothing_back() {
    let (server, at_least) = (ServerId(0), |text| position(text).expect("a position"));
    let mut ledger = Ledger::new(1);
    ledger.has(server, Arc::new(at_least("1-5")));
    // An answer that was overtaken by a newer one.
    ledger.saw(server, &at_least("1-4"));
    assert_eq!(ledger.applied(server).map(|applied| short(applied)), Some("1-5".to_owned()));
    ledger.saw(server, &at_least("1-5:7"));
    assert_eq!(ledger.applied(server).map(|applied| short(applied)), Some("1-5:7".to_owned()));
    assert_eq!(ledger.era(), Ledger::new(1).era(), "it has not gone back");
    ledger.has(server, Arc::new(at_least("1-6")));
    assert_ne!(ledger.era(), Ledger::new(1).era());
}

/// A wait at another level says nothing of the session's own writes.
#[test]
fn only_levels_that_follow_writes_wait_for_them() {
    let mut memory = Memory::default();
    memory.note_write(Some(position("5").expect("a position")), true, Moment(1));
    let (now, arrived) = (Moment(10), Moment(9));
    let situation =
        Situation { now, arrived, pin: PIN, gtids: true, era: Ledger::new(1).era(), after: None };
    let follows = |level| {
        let policy = base().with(Overlay { level: Some(level), max_lag: None });
        Need::new(&policy, &memory, &situation).follows_own_writes()
    };
    assert!(follows(Level::Session) && follows(Level::Global));
    assert!(!follows(Level::Bounded) && !follows(Level::Eventual));
}
