//! Golden scripts for leases and states: one scenario a file in `testscripts/`.
//!
//! ```text
//! pool limit=N longest=N        an empty pool
//! limit N                       another limit; who waited and has a place now, has it
//! NAME: take [fit=FIT …]        a session asks; FIT is how the idle connections suit it, default "other"
//! NAME: give                    it gives its connection back
//! NAME: close                   its connection is closed
//! counts                        idle, open, waiting
//! base NAME=VALUE …             the first values of a connection
//! steps from="a=1 b=2" to="…" [from_schema=S] [to_schema=S] [doubt]
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use goldenscript::{Command, Context, Runner};

use super::{Fit, Granted, Profile, Profiles, Queue, Taken};

type Output = Result<String, Box<dyn Error>>;

/// A connection: its number, and who had it last.
#[derive(Debug, PartialEq, Eq)]
struct Conn(usize, String);

struct Script {
    queue: Queue<Conn, String>,
    leased: BTreeMap<String, Conn>,
    opened: usize,
    base: Vec<(Box<str>, Box<str>)>,
}

impl Script {
    fn new() -> Self {
        let (queue, leased) = (Queue::new(1, 100), BTreeMap::new());
        Self { queue, leased, opened: 0, base: Vec::new() }
    }

    fn open(&mut self, who: &str) -> String {
        self.opened += 1;
        self.leased.insert(who.to_owned(), Conn(self.opened, who.to_owned()));
        format!("{who} opens c{}", self.opened)
    }

    fn take(&mut self, who: &str, fit: Option<&str>) -> String {
        let suits = |conn: &Conn| match fit {
            _ if conn.1 == who => Fit::Own,
            Some("same") => Fit::Same,
            Some("never") => Fit::Never,
            _ => Fit::Other,
        };
        match self.queue.take(suits) {
            Taken::Ready(conn) => {
                let text = format!("{who} has c{}", conn.0);
                self.leased.insert(who.to_owned(), conn);
                text
            }
            Taken::Replace(conn) => format!("c{} is closed, {}", conn.0, self.open(who)),
            Taken::Open => self.open(who),
            Taken::Wait => {
                self.queue.wait(who.to_owned());
                format!("{who} waits")
            }
            Taken::Full => format!("{who} is refused"),
        }
    }

    fn give(&mut self, who: &str) -> Output {
        let mut conn = self.leased.remove(who).ok_or("has none")?;
        conn.1 = who.to_owned();
        Ok(match self.queue.give(conn) {
            None => "idle".to_owned(),
            Some((next, Granted::Connection(conn))) => {
                let text = format!("{next} has c{}", conn.0);
                self.leased.insert(next, conn);
                text
            }
            Some((_, Granted::Place)) => return Err("a connection is no place".into()),
        })
    }

    fn close(&mut self, who: &str) -> Output {
        self.leased.remove(who).ok_or("has none")?;
        Ok(match self.queue.closed() {
            None => "a place is free".to_owned(),
            Some(next) => self.open(&next),
        })
    }

    fn limit(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        self.queue.set_limit(args.next_pos().ok_or("a limit is missing")?.parse()?);
        args.reject_next()?;
        let mut text = String::new();
        while let Some(next) = self.queue.widened() {
            let _ = writeln!(text, "{}", self.open(&next));
        }
        Ok(text)
    }

    fn steps(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let profile = |text: Option<&str>, schema: Option<&str>| Profile {
            schema: schema.map(Into::into),
            variables: assignments(text.unwrap_or_default().split_whitespace()),
            unreported: Vec::new(),
        };
        let from = profile(args.take_key("from"), args.take_key("from_schema"));
        let to = profile(args.take_key("to"), args.take_key("to_schema"));
        let doubt = args.next_pos() == Some("doubt");
        args.reject_next()?;
        let Some(steps) = from.steps(&to, &self.base, doubt) else {
            return Ok("no way".to_owned());
        };
        let mut text = String::new();
        let mut say = |what: &str| _ = writeln!(text, "{what}");
        if steps.is_empty() {
            say("nothing");
        }
        if steps.reset {
            say("reset");
        }
        if let Some(schema) = &steps.schema {
            say(&format!("use {schema}"));
        }
        steps.set.iter().for_each(|set| say(set));
        Ok(text)
    }
}

fn assignments<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(Box<str>, Box<str>)> {
    words.map(|word| (word.split('=').next().unwrap_or(word).into(), word.into())).collect()
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Output {
        let who = context.prefix.as_deref().unwrap_or("somebody");
        match command.name.as_str() {
            "pool" => {
                let mut args = command.consume_args();
                let limit = args.take_key("limit").map_or(Ok(1), str::parse)?;
                let longest = args.take_key("longest").map_or(Ok(100), str::parse)?;
                self.queue = Queue::new(limit, longest);
                Ok(String::new())
            }
            "take" => {
                let mut args = command.consume_args();
                Ok(self.take(who, args.take_key("fit")))
            }
            "give" => self.give(who),
            "limit" => self.limit(command),
            "close" => self.close(who),
            "counts" => {
                let (idle, open, waiting) = self.queue.counts();
                Ok(format!("{idle} idle, {open} open, {waiting} waiting"))
            }
            "base" => {
                let words: Vec<String> = command.args.iter().map(ToString::to_string).collect();
                self.base = assignments(words.iter().map(String::as_str));
                Ok(String::new())
            }
            "steps" => self.steps(command),
            name => Err(format!("unknown command {name}").into()),
        }
    }
}

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/pool/testscripts");
    for entry in std::fs::read_dir(folder).expect("the scripts") {
        let path = entry.expect("a script").path();
        goldenscript::run(&mut Script::new(), &path).expect("runs as written");
    }
}

#[test]
fn the_nearest_state_needs_no_reset() {
    let state = |text: &str, schema: Option<&str>| Profile {
        schema: schema.map(Into::into),
        variables: assignments(text.split_whitespace()),
        unreported: Vec::new(),
    };
    let base = assignments(["time_zone=0"].into_iter());
    let here = state("a=1 b=2 time_zone=3", Some("s"));
    let near = here.nearest(&state("b=7 c=1", None), &base);
    assert_eq!(near, state("a=1 b=7 c=1", Some("s")), "a has no known first value");
    let steps = here.steps(&near, &base, false).expect("a way");
    assert!(!steps.reset);
    assert_eq!(steps.set.as_deref(), Some("SET b=7,c=1,time_zone=0"));
}

#[test]
fn equal_profiles_are_one() {
    let mut profiles = Profiles::default();
    let profile = |schema: &str| Profile { schema: Some(schema.into()), ..Profile::default() };
    let first = profiles.one(profile("a"));
    assert!(std::rc::Rc::ptr_eq(&first, &profiles.one(profile("a"))));
    assert!(!std::rc::Rc::ptr_eq(&first, &profiles.one(profile("b"))));
    for unused in 0..1000 {
        profiles.one(profile(&unused.to_string()));
    }
    assert!(profiles.len() < 200, "unused ones are forgotten");
    assert!(std::rc::Rc::ptr_eq(&first, &profiles.one(profile("a"))));
}
