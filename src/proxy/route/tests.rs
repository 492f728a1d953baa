//! Golden scripts for the plan: one scenario a file in `testscripts/`.
//!
//! ```text
//! session [transaction=SERVER] [on_replica] [autocommit_off] [read_only] [next=SERVER]
//!         [pin=SERVER why=EFFECT] [variables=SERVER] [last=SERVER] [found=SERVER]      what the session has done
//! rule NAME [user=NAME] [schema=NAME] [table=NAME] [shape=STATEMENT] [pattern=REGEX]
//!         [target=primary|replica] [level=LEVEL] [timeout=MS] [refuse=TEXT]        a further rule
//! forget                                                                all rules
//! sql "STATEMENT" [user=NAME] [schema=NAME]                             prints class, target, reason, rule
//! share capacity=N thousandths=N            the primary's capacity, and the reads' share
//! primary in_flight=N reads=N               prints how many reads it takes, and whether one more
//! load N [limit=N]                          a server has so many statements in flight: is it crowded?
//! replicas NAME=IN_FLIGHT... [far=NAME,...] [limit=N]    prints which are picked, in eight turns;
//!                                           names are r and a number
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use goldenscript::{Command, Context, Runner};

use super::pick::{Candidate, as_late_as, pick};
use super::rules::{Asked, Rule, RuleSet, Then, When};
use super::share::{Share, crowded};
use super::{
    Facts, Hint, Pins, Reason, Target, Transaction, class_label, hinted, is_proven_read,
    pin_reasons, plan,
};
use crate::proxy::causal::{Level, Overlay};
use crate::proxy::topology::{RoutineCatalog, ServerId};
use crate::sql::{self, Classifier, Effects, LexMode, TableName, fingerprint, without_literals};

struct Script {
    facts: Facts,
    routines: RoutineCatalog,
    rules: Vec<Arc<Rule>>,
    share: Share,
    crowded: HashMap<u16, bool>,
}

type Output = Result<String, Box<dyn Error>>;

fn server(text: Option<&str>) -> Result<Option<ServerId>, Box<dyn Error>> {
    Ok(text.map(str::parse).transpose()?.map(ServerId))
}

fn effect(name: &str) -> Result<Effects, Box<dyn Error>> {
    let known = [
        Effects::TEMPORARY_TABLE,
        Effects::TABLE_LOCK,
        Effects::NAMED_LOCK,
        Effects::HANDLER,
        Effects::XA_BEGIN,
        Effects::SETS_UNCARRIED,
    ];
    let found = known.into_iter().find(|effect| effect.labels().any(|label| label == name));
    found.ok_or_else(|| format!("unknown effect {name}").into())
}

impl Script {
    fn session(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let transaction = server(args.take_key("transaction"))?;
        let pin = server(args.take_key("pin"))?;
        let why = args.take_key("why").map(effect).transpose()?.unwrap_or_default();
        self.facts = Facts {
            next_transaction: server(args.take_key("next"))?,
            user_variables: server(args.take_key("variables"))?,
            last: server(args.take_key("last"))?,
            found: server(args.take_key("found"))?,
            pins: Pins { server: pin, why },
            ..Facts::default()
        };
        let mut on_replica = false;
        while let Some(flag) = args.next_pos() {
            match flag {
                "on_replica" => on_replica = true,
                "autocommit_off" => self.facts.autocommit_off = true,
                "read_only" => self.facts.read_only = true,
                flag => return Err(format!("unknown flag {flag}").into()),
            }
        }
        args.reject_next()?;
        self.facts.transaction = transaction.map(|server| Transaction { server, on_replica });
        Ok(String::new())
    }

    fn rule(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let target = args.take_key("target").map(|target| match target {
            "replica" => Hint::Replica,
            _ => Hint::Primary,
        });
        let one = |value: Option<&str>| value.map(Box::from).into_iter().collect();
        let table = args.take_key("table").map(|table| TableName::parse(table).expect("a name"));
        let shape = args.take_key("shape").map(|text| {
            let mut shape = Vec::new();
            fingerprint(text.as_bytes(), LexMode::default(), &mut shape).expect("a shape");
            without_literals(&shape, LexMode::default())
        });
        let timeout = args.take_key("timeout").map(str::parse).transpose()?;
        let rule = Rule {
            when: When {
                users: one(args.take_key("user")),
                schemas: one(args.take_key("schema")),
                tables: table.into_iter().collect(),
                shape,
                pattern: args.take_key("pattern").map(regex::bytes::Regex::new).transpose()?,
            },
            then: Then {
                target,
                overlay: Overlay {
                    level: args.take_key("level").and_then(Level::parse),
                    max_lag: None,
                },
                timeout: timeout.map(std::time::Duration::from_millis),
                refuse: args.take_key("refuse").map(Box::from),
            },
            name: args.next_pos().ok_or("a name is missing")?.into(),
        };
        args.reject_next()?;
        self.rules.push(Arc::new(rule));
        Ok(String::new())
    }

    fn share(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let capacity = args.take_key("capacity").ok_or("which capacity?")?.parse()?;
        let thousandths = args.take_key("thousandths").ok_or("which share?")?.parse()?;
        self.share = Share { capacity, thousandths };
        args.reject_next()?;
        Ok(format!("at most {}\n", self.share.limit()))
    }

    fn primary(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let in_flight = args.take_key("in_flight").unwrap_or("0").parse()?;
        let reads = args.take_key("reads").unwrap_or("0").parse()?;
        args.reject_next()?;
        let more = if self.share.admits(in_flight, reads) { "one more" } else { "no more" };
        Ok(format!("room for {}: {more}\n", self.share.room(in_flight, reads)))
    }

    /// Whether a server is crowded, which depends on whether it was.
    fn is_crowded(&mut self, server: u16, in_flight: u32, limit: u32) -> bool {
        let was = self.crowded.entry(server).or_default();
        *was = crowded(*was, in_flight, limit);
        *was
    }

    fn load(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let limit = args.take_key("limit").unwrap_or("10").parse()?;
        let in_flight = args.next_pos().ok_or("how many?")?.parse()?;
        args.reject_next()?;
        let crowded = self.is_crowded(0, in_flight, limit);
        Ok(format!("{}\n", if crowded { "crowded" } else { "not crowded" }))
    }

    fn replicas(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let far: Vec<String> = args
            .take_key("far")
            .into_iter()
            .flat_map(|all| all.split(','))
            .map(Into::into)
            .collect();
        let limit = args.take_key("limit").unwrap_or("10").parse()?;
        let mut candidates = Vec::new();
        while let Some((name, in_flight)) = args.next_key() {
            let in_flight = in_flight.parse()?;
            let near = !far.iter().any(|far| far == name);
            let server = name.trim_start_matches('r').parse()?;
            let crowded = near && self.is_crowded(server, in_flight, limit);
            candidates.push(Candidate { near, crowded, ..candidate(server, in_flight) });
        }
        let picked = (0..8).filter_map(|turn| pick(&candidates, turn));
        let picked: std::collections::BTreeSet<_> = picked.map(|server| server.0).collect();
        Ok(format!("{picked:?}\n"))
    }

    fn sql(&self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let user = args.take_key("user").unwrap_or("app");
        let schema = Some(args.take_key("schema").unwrap_or("shop"));
        let text = args.next_pos().ok_or("a statement is missing")?;
        args.reject_next()?;
        let rules = Arc::new(RuleSet::new(1, self.rules.clone()));
        let mut classifier = Classifier::new(1, 1 << 20).with_marker(rules.clone());
        let class = classifier.classify(text.as_bytes(), LexMode::default());
        let asked = Asked {
            marks: &class.marks,
            user: rules.of_user(user),
            schema,
            text: Some(text.as_bytes()),
        };
        let rule = rules.find(&asked).cloned();
        let mut route = plan(&class, &self.facts, &self.routines, schema);
        if let Some(hint) = rule.as_ref().and_then(|rule| rule.then.target) {
            let proven = is_proven_read(&class, &self.routines, schema);
            route = hinted(route, hint, Reason::Rule, proven);
        }
        let said = rule.as_deref().map(told).unwrap_or_default();
        let target = match route.target {
            Target::Held(server) => format!("server {}", server.0),
            Target::Any => "any".to_owned(),
            target => target.label().to_owned(),
        };
        let (kind, reason) = (class_label(class.kind), route.reason.label());
        Ok(format!("{text}\n    {kind} to {target}: {reason}{said}\n"))
    }
}

/// What a rule says.
fn told(rule: &Rule) -> String {
    let then = &rule.then;
    let level = then.overlay.level.map(|level| format!(", {}", level.label()));
    let timeout = then.timeout.map(|timeout| format!(", at most {timeout:?}"));
    let refuse = then.refuse.as_ref().map(|text| format!(", refused: {text}"));
    let parts = [level, timeout, refuse].into_iter().flatten().collect::<String>();
    format!(" [{}{parts}]", rule.name)
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Output {
        match command.name.as_str() {
            "session" => self.session(command),
            "sql" => self.sql(command),
            "rule" => self.rule(command),
            "forget" => {
                self.rules.clear();
                Ok(String::new())
            }
            "share" => self.share(command),
            "primary" => self.primary(command),
            "load" => self.load(command),
            "replicas" => self.replicas(command),
            name => Err(format!("unknown command {name}").into()),
        }
    }
}

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/route/testscripts");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let routines = [("shop", "price", true), ("shop", "book", false)]
            .map(|(schema, name, reads)| (schema.to_owned(), name.to_owned(), reads));
        let mut script = Script {
            facts: Facts::default(),
            routines: RoutineCatalog::new(routines),
            rules: Vec::new(),
            share: Share { capacity: 10, thousandths: 500 },
            crowded: HashMap::new(),
        };
        goldenscript::run(&mut script, &path).expect("the script");
        ran += 1;
    }
    assert!(ran > 5, "the scripts were not found");
}

#[test]
fn every_pin_has_a_label_in_the_metrics() {
    use crate::metrics::{Label, Pin};
    let all = Effects::TEMPORARY_TABLE
        | Effects::TABLE_LOCK
        | Effects::NAMED_LOCK
        | Effects::HANDLER
        | Effects::XA_BEGIN
        | Effects::SETS_UNCARRIED;
    let words: Vec<_> = pin_reasons(all).map(|reason| reason.label()).collect();
    assert_eq!(words, Pin::ALL.iter().map(|pin| pin.label()).collect::<Vec<_>>());
}

fn candidate(server: u16, in_flight: u32) -> Candidate {
    let server = ServerId(server);
    Candidate {
        server,
        in_flight,
        latency_us: 300.0,
        weight: 100,
        current: true,
        near: true,
        crowded: false,
    }
}

#[test]
fn the_least_loaded_server_is_picked() {
    assert_eq!(pick(&[candidate(1, 5), candidate(2, 1)], 0), Some(ServerId(2)));
    assert_eq!(pick(&[], 0), None);
}

#[test]
fn equals_take_turns() {
    let equals = [candidate(1, 0), candidate(2, 0)];
    let picked: Vec<_> = (0..4).filter_map(|turn| pick(&equals, turn)).map(|id| id.0).collect();
    assert_eq!(picked, [1, 2, 1, 2]);
}

#[test]
fn weights_and_latency_count() {
    let heavy = Candidate { weight: 300, in_flight: 2, ..candidate(1, 0) };
    assert_eq!(pick(&[heavy, candidate(2, 1)], 0), Some(ServerId(1)));
    let slow = Candidate { latency_us: 5000.0, ..candidate(1, 0) };
    assert_eq!(pick(&[slow, candidate(2, 3)], 0), Some(ServerId(2)));
    let spare = Candidate { weight: 0, ..candidate(1, 0) };
    assert_eq!(pick(&[spare, candidate(2, 50)], 0), Some(ServerId(2)));
    assert_eq!(pick(&[spare], 0), Some(ServerId(1)));
}

#[test]
fn a_server_that_was_slow_once_gets_another_chance() {
    let slow = Candidate { latency_us: 90_000.0, current: false, ..candidate(1, 0) };
    let picked: Vec<_> = (0..128).filter_map(|turn| pick(&[slow, candidate(2, 0)], turn)).collect();
    let chances = picked.iter().filter(|server| server.0 == 1).count();
    assert!((1..4).contains(&chances), "{chances}");
}

#[test]
fn the_current_server_outweighs_noise() {
    let far = Candidate { current: false, ..candidate(1, 2) };
    assert_eq!(pick(&[far, candidate(2, 3)], 0), Some(ServerId(2)));
    assert_eq!(pick(&[far, candidate(2, 9)], 0), Some(ServerId(1)));
}

#[test]
fn reasons_have_labels_of_their_own() {
    let labels = super::Reason::labels();
    let distinct: std::collections::HashSet<_> = labels.iter().collect();
    assert_eq!(distinct.len(), labels.len(), "{labels:?}");
    assert_eq!(labels[super::Reason::ReadYourWrites.index()], "read_your_writes");
    assert_eq!(labels[super::Reason::Statement(sql::Cause::Select).index()], "select");
}

#[test]
fn there_is_a_bound_on_rules() {
    let rule = || Arc::new(Rule { name: "r".into(), ..Rule::default() });
    let rules = RuleSet::new(1, (0..100).map(|_| rule()).collect());
    assert_eq!((rules.iter().count(), rules.of_user("app")), (super::rules::MAX_RULES, u64::MAX));
}

#[test]
fn writes_never_follow_variables_to_a_replica() {
    let class = sql::classify(b"UPDATE t SET a = @a", LexMode::default());
    let read = sql::classify(b"SELECT @a", LexMode::default());
    let facts = Facts { user_variables: Some(ServerId(2)), ..Facts::default() };
    let primary = Some(ServerId(0));
    assert!(super::wants_variables_of_another_server(&class, &facts, primary));
    assert!(!super::wants_variables_of_another_server(&class, &facts, Some(ServerId(2))));
    assert!(!super::wants_variables_of_another_server(&read, &facts, primary));
}

#[test]
fn a_read_is_proven_only_with_its_functions() {
    let routines = RoutineCatalog::new([("shop".to_owned(), "price".to_owned(), true)]);
    for (text, proven) in [
        ("SELECT price(1)", true),
        ("SELECT touch(@a), LAST_INSERT_ID()", false),
        ("SELECT touch(FOUND_ROWS())", false),
        ("INSERT INTO t VALUES (1)", false),
    ] {
        let class = sql::classify(text.as_bytes(), LexMode::default());
        assert_eq!(super::is_proven_read(&class, &routines, Some("shop")), proven, "{text}");
        let route = plan(
            &class,
            &Facts { last: Some(ServerId(1)), ..Facts::default() },
            &routines,
            Some("shop"),
        );
        assert_eq!(route.target == Target::Primary, !proven, "{text}");
    }
}

#[test]
fn as_late_is_a_quarter_or_the_time_between_two_looks() {
    let ms = std::time::Duration::from_millis;
    assert_eq!(as_late_as(ms(100)), ms(350));
    assert_eq!(as_late_as(ms(4000)), ms(5000));
}
