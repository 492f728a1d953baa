//! The clients: each has registers of its own to write, and reads everybody's.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

use super::history::{Known, Level, REGISTERS, Writer, last_to};
use super::support::PASSWORD;

/// Clients at each level, half of them on each proxy.
const AT_EACH_LEVEL: usize = 2;
/// One statement of so many is a write.
const WRITE_EVERY: u64 = 10;

/// Reads so far, of the running test.
static READS: AtomicU64 = AtomicU64::new(0);

pub fn reads() -> u64 {
    READS.load(Relaxed)
}

/// Who runs against what.
pub struct Plan {
    proxies: [SocketAddr; 2],
    bound: Duration,
    /// The level that sessions ask for, whatever they are checked for.
    pretend: Option<Level>,
    writers: Arc<Vec<Writer>>,
}

/// What was found.
#[derive(Default)]
pub struct Report {
    pub reads: u64,
    pub writes: u64,
    pub lost: u64,
    found: Vec<(&'static str, u64)>,
    first: Option<String>,
}

impl Report {
    pub fn violations(&self) -> u64 {
        self.found.iter().map(|(_, count)| count).sum()
    }

    pub fn of(&self, what: &str) -> u64 {
        self.found.iter().filter(|(known, _)| *known == what).map(|(_, count)| count).sum()
    }

    fn add(&mut self, what: &'static str, says: impl FnOnce() -> String) {
        match self.found.iter_mut().find(|(known, _)| *known == what) {
            Some((_, count)) => *count += 1,
            None => self.found.push((what, 1)),
        }
        self.first.get_or_insert_with(says);
    }

    fn join(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.lost += other.lost;
        for (what, count) in other.found {
            match self.found.iter_mut().find(|(known, _)| *known == what) {
                Some((_, all)) => *all += count,
                None => self.found.push((what, count)),
            }
        }
        self.first = self.first.take().or(other.first);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reads, writes, lost, found, first } = self;
        write!(f, "{reads} reads checked, {writes} writes, {lost} sessions lost: {found:?}")?;
        first.as_ref().map_or(Ok(()), |first| write!(f, ", the first: {first}"))
    }
}

impl Plan {
    pub fn new(proxies: [SocketAddr; 2], bound: Duration, pretend: Option<Level>) -> Self {
        READS.store(0, Relaxed);
        let clients = Level::CHECKED.len() * AT_EACH_LEVEL;
        let writers = Arc::new((0..clients).map(|_| Writer::default()).collect::<Vec<_>>());
        Self { proxies, bound, pretend, writers }
    }

    pub fn first_rows(&self) -> String {
        let rows = 0..self.writers.len() as u64 * REGISTERS;
        let rows: Vec<_> = rows.map(|id| format!("({id}, 0)")).collect();
        format!("INSERT INTO test_checker.registers VALUES {}", rows.join(","))
    }
}

/// Runs all clients until `stop`.
pub fn run(plan: &Plan, stop: &Arc<AtomicBool>) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for number in 0..plan.writers.len() {
            let client = Client {
                number,
                level: Level::CHECKED[number / AT_EACH_LEVEL],
                asks: plan.pretend,
                proxy: plan.proxies[number % 2],
                bound: plan.bound,
                writers: plan.writers.clone(),
                known: vec![Known::default(); plan.writers.len()],
                count: 0,
                random: number as u64 * 7919 + 1,
                report: Report::default(),
            };
            tasks.push(tokio::spawn(client.run(stop.clone())));
        }
        let mut report = Report::default();
        for task in tasks {
            report.join(task.await.expect("a client"));
        }
        report
    })
}

struct Client {
    number: usize,
    level: Level,
    asks: Option<Level>,
    proxy: SocketAddr,
    bound: Duration,
    writers: Arc<Vec<Writer>>,
    /// What this session did, for each writer.
    known: Vec<Known>,
    /// Writes that were sent.
    count: u64,
    random: u64,
    report: Report,
}

impl Client {
    async fn run(mut self, stop: Arc<AtomicBool>) -> Report {
        while !stop.load(Relaxed) {
            if let Err(error) = self.session(&stop).await {
                self.report.lost += 1;
                if std::env::var_os("ANABRANCH_CHECKED_READS").is_none() {
                    println!("client {}: {error}", self.number);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        self.report
    }

    async fn session(&mut self, stop: &AtomicBool) -> Result<(), mysql_async::Error> {
        let options = OptsBuilder::default()
            .ip_or_hostname(self.proxy.ip().to_string())
            .tcp_port(self.proxy.port())
            .user(Some("app"))
            .pass(Some(PASSWORD))
            .db_name(Some("test_checker"))
            .prefer_socket(false);
        let mut conn = Conn::new(options).await?;
        self.known.fill(Known::default());
        let level = self.asks.unwrap_or(self.level).word();
        conn.query_drop(format!("SET @anabranch_consistency = '{level}'")).await?;
        if self.level == Level::Bounded && self.asks.is_none() {
            let bound = self.bound.as_millis();
            conn.query_drop(format!("SET @anabranch_max_lag = '{bound}ms'")).await?;
        }
        while !stop.load(Relaxed) {
            match self.next(WRITE_EVERY) {
                0 => self.write(&mut conn).await?,
                _ => self.read(&mut conn).await?,
            }
            // A client that thinks now and then lets the proxy's knowledge grow old.
            if self.next(50) == 0 {
                tokio::time::sleep(Duration::from_millis(self.next(30))).await;
            }
        }
        conn.disconnect().await
    }

    async fn write(&mut self, conn: &mut Conn) -> Result<(), mysql_async::Error> {
        self.count += 1;
        let id = self.number as u64 * REGISTERS + self.count % REGISTERS;
        let count = self.count;
        let update = format!("UPDATE registers SET v = {count} WHERE id = {id}");
        conn.query_drop(update).await?;
        self.writers[self.number].note(count, self.bound * 20);
        self.known[self.number].wrote = count;
        self.report.writes += 1;
        Ok(())
    }

    async fn read(&mut self, conn: &mut Conn) -> Result<(), mysql_async::Error> {
        // Its own half of the time.
        let whose = match self.next(2) {
            0 => self.number,
            _ => self.next(self.writers.len() as u64) as usize,
        };
        let register = self.next(REGISTERS);
        let begun = Instant::now();
        let acknowledged = self.writers[whose].acknowledged();
        let id = whose as u64 * REGISTERS + register;
        let select = format!("SELECT v FROM registers WHERE id = {id}");
        let value: Option<u64> = conn.query_first(select).await?;
        let value = value.unwrap_or(0);
        READS.fetch_add(1, Relaxed);
        self.report.reads += 1;
        let least = match self.level {
            Level::Global => acknowledged,
            Level::Bounded => {
                let at = begun.checked_sub(self.bound).unwrap_or(begun);
                self.writers[whose].acknowledged_at(at)
            }
            _ => 0,
        };
        let known = self.known[whose];
        let follows_reads = matches!(self.level, Level::Monotonic | Level::Session);
        let follows_writes = matches!(self.level, Level::Session | Level::Global);
        let bounds = [
            (if self.level == Level::Global { "global" } else { "bound" }, least),
            ("earlier read", if follows_reads { known.saw } else { 0 }),
            ("own write", if follows_writes { known.wrote } else { 0 }),
        ];
        for (what, count) in bounds {
            let least = last_to(register, count);
            if value < least {
                let (number, level) = (self.number, self.level);
                self.report.add(what, || {
                    format!("client {number} at {level:?}: {value} in register {id}, not {least}, after {count}")
                });
            }
        }
        self.known[whose].saw = known.saw.max(value);
        Ok(())
    }

    /// A number under `limit` that follows no pattern.
    fn next(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit.max(1)
    }
}
