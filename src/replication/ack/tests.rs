//! Golden scripts: a primary's log, its replicas and the clock, and what becomes of each group of commits. One
//! scenario a file in `testscripts/`; and properties over random lives.
//!
//! ```text
//! policy level=semi_sync count=1 timeout=1000      replaces the policy
//! join 2 at=0 applied=true                         server 2 follows from there; it tells what it applied
//! log 100 n=2 ask=full_sync                        a group of 2 transactions that ends at 100
//! ack 2 100 · apply 2 100 · leave 2 · at 1500      the clock moves to 1500 ms
//! status · write
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use goldenscript::{Command, Context};
use proptest::prelude::*;

use super::*;

struct Script {
    acks: Acks,
    now: u64,
    transactions: u64,
}

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

fn at(offset: u64) -> Position {
    Position { file: 1, offset }
}

fn group(first: u64, count: u64, end: u64, asked: Option<AckLevel>) -> Group {
    let gtids = (first..first + count).map(|n| format!("{UUID}:{n}").parse().unwrap()).collect();
    Group { end: at(end), asked, gtids }
}

fn show(verdicts: &[Verdict]) -> String {
    verdicts.iter().fold(String::new(), |mut text, verdict| {
        let outcome = match &verdict.outcome {
            Outcome::Acknowledged => "acknowledged".to_owned(),
            Outcome::Passed => "passed".to_owned(),
            Outcome::Unacknowledged(lacking) => format!("not acknowledged: {lacking}"),
        };
        writeln!(text, "group {} {outcome} after {} ms", verdict.group, verdict.waited_ms).unwrap();
        text
    })
}

impl Script {
    fn new() -> Self {
        Self { acks: Acks::default(), now: 0, transactions: 0 }
    }

    fn policy(&mut self, command: &Command) -> Result<Vec<Verdict>, Box<dyn Error>> {
        let mut args = command.consume_args();
        let mut policy = Policy::default();
        if let Some(level) = args.take_key("level") {
            policy.level = level.parse().map_err(|()| "level")?;
        }
        if let Some(point) = args.take_key("point") {
            policy.point = point.parse().map_err(|()| "point")?;
        }
        if let Some(end) = args.take_key("on_timeout") {
            policy.on_timeout = end.parse().map_err(|()| "on_timeout")?;
        }
        policy.count = args.take_key("count").map_or(Ok(1), str::parse)?;
        policy.copies = args.take_key("copies").map_or(Ok(0), str::parse)?;
        policy.timeout_ms = args.take_key("timeout").map_or(Ok(1000), str::parse)?;
        policy.in_sync_max_lag_ms = args.take_key("max_lag").map_or(Ok(10_000), str::parse)?;
        policy.min_in_sync = args.take_key("min_in_sync").map_or(Ok(0), str::parse)?;
        policy.wait_without_replicas =
            args.take_key("wait_without").map_or(Ok(true), str::parse)?;
        args.reject_next()?;
        Ok(self.acks.set_policy(policy, self.now))
    }

    fn log(&mut self, command: &Command) -> Result<Vec<Verdict>, Box<dyn Error>> {
        let mut args = command.consume_args();
        let end = args.next_pos().ok_or("end?")?.parse()?;
        let count: u64 = args.take_key("n").map_or(Ok(1), str::parse)?;
        let asked = args.take_key("ask");
        let asked = asked.map(|asked| asked.parse().map_err(|()| "ask")).transpose()?;
        args.reject_next()?;
        let group = group(self.transactions + 1, count, end, asked);
        self.transactions += count;
        Ok(self.acks.logged(group, self.now).1)
    }

    fn replica(&mut self, command: &Command) -> Result<Vec<Verdict>, Box<dyn Error>> {
        let mut args = command.consume_args();
        let server = args.next_pos().ok_or("server?")?.parse()?;
        let from: u64 = args.take_key("at").map_or(Ok(0), str::parse)?;
        let tells: bool = args.take_key("applied").map_or(Ok(false), str::parse)?;
        let to: Option<u64> = args.next_pos().map(|to| to.parse()).transpose()?;
        args.reject_next()?;
        let to = at(to.unwrap_or(0));
        let (acks, now) = (&mut self.acks, self.now);
        Ok(match command.name.as_str() {
            "join" => acks.joined(server, format!("host{server}"), at(from), tells, now),
            "leave" => acks.left(server, now),
            "ack" => acks.received(server, to, now),
            _ => acks.applied(server, to, now),
        })
    }

    fn status(&mut self) -> String {
        let acks = &self.acks;
        let mut text = format!(
            "active={} degraded={} waiting={} watermark={}\n",
            acks.is_active(),
            acks.is_degraded(),
            acks.waiting(),
            acks.watermark().to_string().replace(UUID, "u"),
        );
        for (server, replica) in acks.replicas() {
            let applied = replica.applied.map_or("?".to_owned(), |at| at.offset.to_string());
            let lag = acks.lag(replica, self.now).map_or("?".to_owned(), |lag| lag.to_string());
            writeln!(
                text,
                "replica {server}: connected={} in_sync={} received={} applied={applied} lag={lag}",
                replica.connected, replica.in_sync, replica.received.offset,
            )
            .unwrap();
        }
        text
    }
}

impl goldenscript::Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Result<String, Box<dyn Error>> {
        let verdicts = match command.name.as_str() {
            "policy" => self.policy(command)?,
            "log" => self.log(command)?,
            "join" | "leave" | "ack" | "apply" => self.replica(command)?,
            "at" => {
                self.now = command.consume_args().next_pos().ok_or("when?")?.parse()?;
                self.acks.tick(self.now)
            }
            "status" => return Ok(self.status()),
            "write" => {
                let may = self.acks.may_write(self.now);
                return Ok(may.map_or_else(|why| format!("refused: {why}\n"), |()| "ok\n".into()));
            }
            other => return Err(format!("no command {other}").into()),
        };
        Ok(show(&verdicts))
    }
}

#[test]
fn scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/replication/ack/testscripts");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        goldenscript::run(&mut Script::new(), entry.unwrap().path()).unwrap();
        count += 1;
    }
    assert!(count >= 8, "the scripts are there");
}

#[test]
fn replicas_are_bounded_and_those_that_are_gone_go_first() {
    let mut acks = Acks::default();
    for server in 0..MAX_REPLICAS as u32 {
        acks.joined(server, String::new(), at(0), false, 0);
    }
    acks.left(77, 0);
    acks.joined(9999, String::new(), at(0), false, 0);
    assert_eq!(acks.replicas().len(), MAX_REPLICAS);
    assert!(!acks.replicas().contains_key(&77) && acks.replicas().contains_key(&9999));
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happening {
    Log(Option<AckLevel>),
    Ack(u32, u64),
    Apply(u32, u64),
    Join(u32),
    Leave(u32),
    Wait(u64),
    Policy(AckLevel, OnTimeout),
}

fn happening() -> impl Strategy<Value = Happening> {
    let level = (0usize..4).prop_map(|n| AckLevel::ALL[n]);
    let end = (0usize..3).prop_map(|n| [OnTimeout::Degrade, OnTimeout::Block, OnTimeout::Error][n]);
    prop_oneof![
        4 => proptest::option::of(level.clone()).prop_map(Happening::Log),
        4 => (0u32..3, 0u64..40).prop_map(|(server, back)| Happening::Ack(server, back)),
        4 => (0u32..3, 0u64..40).prop_map(|(server, back)| Happening::Apply(server, back)),
        1 => (0u32..3).prop_map(Happening::Join),
        1 => (0u32..3).prop_map(Happening::Leave),
        2 => (0u64..700).prop_map(Happening::Wait),
        1 => (level, end).prop_map(|(level, end)| Happening::Policy(level, end)),
    ]
}

proptest! {
    /// In any life: verdicts come once, in the order of the log; what is called acknowledged is where the level
    /// says; and a machine that waits has a next tick, unless it is to block.
    #[test]
    fn verdicts_are_in_order_and_true(life in proptest::collection::vec(happening(), 1..80)) {
        let mut acks = Acks::default();
        let (mut now, mut end, mut next) = (0, 0, 0);
        let mut groups = Vec::new();
        for happens in life {
            let verdicts = match happens {
                Happening::Log(asked) => {
                    end += 10;
                    groups.push((end, asked));
                    acks.logged(group(groups.len() as u64, 1, end, asked), now).1
                }
                Happening::Ack(server, back) => acks.received(server, at(end.saturating_sub(back)), now),
                Happening::Apply(server, back) => acks.applied(server, at(end.saturating_sub(back)), now),
                Happening::Join(server) => acks.joined(server, String::new(), at(end), true, now),
                Happening::Leave(server) => acks.left(server, now),
                Happening::Wait(more) => {
                    now += more;
                    acks.tick(now)
                }
                Happening::Policy(level, on_timeout) => {
                    let policy = Policy { level, on_timeout, timeout_ms: 1000, ..Policy::default() };
                    acks.set_policy(policy, now)
                }
            };
            for verdict in verdicts {
                prop_assert_eq!(verdict.group, next);
                let (end, asked) = groups[next as usize];
                next += 1;
                let gtid = format!("{UUID}:{next}").parse().unwrap();
                prop_assert!(acks.watermark().contains(&gtid));
                let level = asked.unwrap_or_default().max(acks.policy().level);
                let having = acks.replicas().values().filter(|r| r.received >= at(end)).count();
                if verdict.outcome == Outcome::Acknowledged {
                    prop_assert!(level < AckLevel::SemiSync || level == AckLevel::FullSync || having >= 1
                        || acks.replicas().is_empty());
                }
                if verdict.outcome == Outcome::Passed {
                    prop_assert!(asked.unwrap_or_default() <= acks.policy().level);
                }
            }
            let waits = acks.waiting() > 0;
            let blocks = acks.policy().on_timeout == OnTimeout::Block;
            prop_assert!(!waits || blocks || acks.next_tick().is_some());
            prop_assert!(acks.next_tick().is_none_or(|tick| tick > now), "it would be asked again at once");
            prop_assert!(acks.replicas().values().all(|r| r.applied.is_none_or(|at| at <= r.received)));
        }
        prop_assert_eq!(acks.watermark().count(), next);
    }
}
