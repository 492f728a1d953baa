//! The commands, one a line, its words separated by tabs:
//!
//! ```text
//! open NAME PORT USER PASSWORD SCHEMA FIRST COUNT   signs in so many clients; their rows of `items` are FIRST …
//! say NAME STATEMENT                                each of them runs it
//! run NAME SECONDS EVERY THINK_US                   each runs statements one after the other, one of EVERY a write,
//!                                                   and pauses in between
//! close NAME
//! ```
//!
//! Each is answered with one line of JSON; a failure ends the program.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::runtime::{LocalOptions, LocalRuntime};

use super::client::{Client, Found};
use super::wire::Login;

/// Clients that sign in at once.
const AT_ONCE: usize = 16;

/// The longest that the last statements of a run may take after its end. One timer for all of them: the load shares its
/// cores with what it measures, and setting and clearing thousands takes time.
const LIMIT: Duration = Duration::from_secs(60);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How clients run.
#[derive(Clone, Copy)]
struct Plan {
    until: Instant,
    think: Duration,
    write_every: u64,
}

struct Console {
    runtime: LocalRuntime,
    clients: HashMap<String, Vec<Client>>,
}

/// Until stdin ends. Between commands nothing runs: then the clients are idle.
pub fn serve() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    let mut console = Console { runtime, clients: HashMap::new() };
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split('\t').collect();
        println!("{}", console.obey(&words).map_err(|error| format!("{line}: {error}"))?);
    }
    Ok(())
}

impl Console {
    fn obey(&mut self, words: &[&str]) -> Outcome<Value> {
        match words {
            ["open", name, port, user, password, schema, first, count] => {
                let login = Login {
                    port: port.parse()?,
                    user: (*user).to_owned(),
                    password: (*password).to_owned(),
                    schema: (*schema).to_owned(),
                };
                self.open(name, login, first.parse()?, count.parse()?)
            }
            ["say", name, statement] => self.say(name, statement),
            ["run", name, seconds, every, think] => {
                let until = Instant::now() + Duration::from_secs_f64(seconds.parse()?);
                let think = Duration::from_micros(think.parse()?);
                self.run(name, Plan { until, think, write_every: every.parse()? })
            }
            ["close", name] => {
                self.clients.remove(*name);
                Ok(json!({}))
            }
            _ => Err("unknown command".into()),
        }
    }

    fn open(&mut self, name: &str, login: Login, first: u64, count: u64) -> Outcome<Value> {
        let begin = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as u64;
        let begun = Instant::now();
        let opening = async {
            let (mut clients, mut next) = (Vec::new(), first);
            let mut opening = tokio::task::JoinSet::new();
            while (clients.len() as u64) < count {
                while opening.len() < AT_ONCE && next < first + count {
                    let (login, row) = (login.clone(), next);
                    opening.spawn(async move { Client::open(&login, row, begin).await });
                    next += 1;
                }
                if let Some(opened) = opening.join_next().await {
                    clients.push(opened??);
                }
            }
            Outcome::Ok(clients)
        };
        let clients = self.runtime.block_on(opening)?;
        self.clients.insert(name.to_owned(), clients);
        Ok(json!({ "seconds": begun.elapsed().as_secs_f64() }))
    }

    fn say(&mut self, name: &str, statement: &str) -> Outcome<Value> {
        let clients = self.clients.get_mut(name).ok_or("nobody has that name")?;
        self.runtime.block_on(async {
            for client in clients {
                client.say(statement).await?;
            }
            Ok(json!({}))
        })
    }

    fn run(&mut self, name: &str, plan: Plan) -> Outcome<Value> {
        let clients = self.clients.remove(name).ok_or("nobody has that name")?;
        let found = Rc::new(RefCell::new(Found::new()));
        let begun = Instant::now();
        let running = async {
            let end = tokio::time::Instant::from_std(plan.until + LIMIT);
            tokio::time::timeout_at(end, all(clients, found.clone(), plan)).await
        };
        let clients =
            self.runtime.block_on(running).map_err(|_| "statements are not answered")??;
        let seconds = begun.elapsed().as_secs_f64();
        self.clients.insert(name.to_owned(), clients);
        Ok(report(&found.borrow(), seconds))
    }
}

async fn all(clients: Vec<Client>, found: Rc<RefCell<Found>>, plan: Plan) -> Outcome<Vec<Client>> {
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::task::spawn_local(one(client, found.clone(), plan)))
        .collect();
    let mut clients = Vec::with_capacity(tasks.len());
    for task in tasks {
        clients.extend(task.await?);
    }
    Ok(clients)
}

/// A client that failed is not used again.
async fn one(mut client: Client, found: Rc<RefCell<Found>>, plan: Plan) -> Option<Client> {
    while Instant::now() < plan.until {
        if let Err(error) = client.step(plan.write_every, &found).await {
            let mut found = found.borrow_mut();
            found.failed += 1;
            found.first_failure.get_or_insert_with(|| error.to_string());
            return None;
        }
        if !plan.think.is_zero() {
            tokio::time::sleep(plan.think).await;
        }
    }
    Some(client)
}

fn report(found: &Found, seconds: f64) -> Value {
    let (reads, writes) = (&found.reads, &found.writes);
    json!({
        "seconds": seconds,
        "reads": reads.total(),
        "writes": writes.total(),
        "qps": (reads.total() + writes.total()) as f64 / seconds,
        "read_p50_ms": reads.percentile(0.5),
        "read_p95_ms": reads.percentile(0.95),
        "read_p99_ms": reads.percentile(0.99),
        "write_p50_ms": writes.percentile(0.5),
        "write_p99_ms": writes.percentile(0.99),
        "wrong": found.wrong,
        "stale": found.stale,
        "backwards": found.backwards,
        "failed": found.failed,
        "first_failure": found.first_failure,
    })
}
