//! A client: it has registers of its own to write, and reads everybody's.
//!
//! It does what applications do: statements of both protocols, transactions, and sessions that end, begin anew on
//! the same connection, or hand their position to one on another proxy.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder};

use super::history::{Known, Level, REGISTERS, last_to};
use super::plan::{Entry, Plan};
use super::report::Report;
use super::support::PASSWORD;

/// One step of so many is a write.
const WRITE_EVERY: u64 = 10;
/// A write of so many is a transaction, and a read of so many one of several reads.
const TRANSACTION_EVERY: u64 = 8;
const READS_TOGETHER_EVERY: u64 = 50;
/// A session ends after so many steps.
const STEPS: u64 = 300;

pub struct Client {
    number: usize,
    /// Its place in [`Level::CHECKED`].
    level: usize,
    entry: usize,
    plan: Arc<Plan>,
    /// What this session did, for each writer.
    known: Vec<Known>,
    /// Writes that were acknowledged.
    count: u64,
    random: u64,
    report: Report,
}

/// What a read that begins now is held against, beside what the session knows.
#[derive(Clone, Copy)]
struct Asked {
    whose: usize,
    register: u64,
    /// Acknowledged writes that it must show.
    least: u64,
    /// Writes that a replica would show that is a trouble's delay behind.
    late: u64,
}

impl Asked {
    fn id(self) -> u64 {
        self.whose as u64 * REGISTERS + self.register
    }

    fn select(self) -> String {
        format!("SELECT v FROM registers WHERE id = {}", self.id())
    }
}

impl Client {
    pub fn new(number: usize, plan: Arc<Plan>) -> Self {
        let levels = Level::CHECKED.len();
        Self {
            number,
            level: number % levels,
            entry: number / levels % plan.entries.len(),
            known: vec![Known::default(); plan.writers.len()],
            count: 0,
            random: number as u64 * 7919 + 1,
            report: Report::default(),
            plan,
        }
    }

    /// Runs sessions until the plan is stopped.
    pub async fn run(mut self) -> Report {
        while !self.plan.ended() {
            if let Err(error) = self.sessions().await {
                self.report.lost(error.to_string());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        self.report
    }

    fn level(&self) -> Level {
        Level::CHECKED[self.level]
    }

    fn entry(&self) -> Entry {
        self.plan.entries[self.entry]
    }

    /// Sessions that follow each other, until one is lost.
    async fn sessions(&mut self) -> Result<(), Error> {
        let mut conn = self.begin().await?;
        while !self.plan.ended() {
            self.step(&mut conn).await?;
            if self.next(STEPS) == 0 {
                conn = self.go_on(conn).await?;
            }
        }
        conn.disconnect().await
    }

    async fn begin(&mut self) -> Result<Conn, Error> {
        self.known.fill(Known::default());
        let mut conn = self.sign_in().await?;
        self.ask_for_level(&mut conn).await?;
        Ok(conn)
    }

    async fn sign_in(&self) -> Result<Conn, Error> {
        let address = self.entry().address;
        let options = OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(address.port())
            .user(Some("app"))
            .pass(Some(PASSWORD))
            .db_name(Some("test_checker"))
            .prefer_socket(false);
        Conn::new(options).await
    }

    async fn ask_for_level(&self, conn: &mut Conn) -> Result<(), Error> {
        // Shared connections have to be told whose statement comes next.
        conn.query_drop(format!("SET time_zone = '+{:02}:00'", self.number % 3)).await?;
        let level = self.plan.pretend.unwrap_or(self.level()).word();
        conn.query_drop(format!("SET @anabranch_consistency = '{level}'")).await?;
        if level == Level::Bounded.word() {
            let bound = self.plan.bound.as_millis();
            conn.query_drop(format!("SET @anabranch_max_lag = '{bound}ms'")).await?;
        }
        Ok(())
    }

    /// The session ends; the next one begins in one of the ways in which applications do that.
    async fn go_on(&mut self, mut conn: Conn) -> Result<Conn, Error> {
        let how =
            ["new connection", "reset connection", "position handed on"][self.next(3) as usize];
        *self.report.went_on.entry(how).or_default() += 1;
        match how {
            "new connection" => {
                conn.disconnect().await?;
                self.begin().await
            }
            "reset connection" => {
                conn.reset().await?;
                self.known.fill(Known::default());
                self.ask_for_level(&mut conn).await?;
                Ok(conn)
            }
            _ => self.hand_on(conn).await,
        }
    }

    /// The next session is on the other proxy, and knows what this one does.
    async fn hand_on(&mut self, mut conn: Conn) -> Result<Conn, Error> {
        let position: Option<Option<String>> =
            conn.query_first("SELECT @@anabranch_position").await?;
        conn.disconnect().await?;
        self.entry = (self.entry + 1) % self.plan.entries.len();
        let mut conn = self.sign_in().await?;
        self.ask_for_level(&mut conn).await?;
        match position.flatten() {
            Some(position) => {
                conn.query_drop(format!("SET @anabranch_after = '{position}'")).await?
            }
            None => self.known.fill(Known::default()),
        }
        Ok(conn)
    }

    async fn step(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if self.next(WRITE_EVERY) == 0 {
            self.write(conn).await?;
        } else if self.next(READS_TOGETHER_EVERY) == 0 {
            self.read_together(conn).await?;
        } else {
            self.read(conn).await?;
        }
        // A client that thinks now and then lets the proxy's knowledge grow old.
        if self.next(50) == 0 {
            tokio::time::sleep(Duration::from_millis(self.next(30))).await;
        }
        Ok(())
    }

    /// The next value. One that was not acknowledged is written once more: later values stand for earlier ones.
    async fn write(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let count = self.count + 1;
        let id = self.number as u64 * REGISTERS + count % REGISTERS;
        let update = format!("UPDATE registers SET v = {count} WHERE id = {id}");
        let changed = match self.next(TRANSACTION_EVERY) {
            0 => in_transaction(conn, &update).await?,
            1 => {
                conn.exec_drop("UPDATE registers SET v = ? WHERE id = ?", (count, id)).await?;
                conn.affected_rows()
            }
            _ => {
                conn.query_drop(update).await?;
                conn.affected_rows()
            }
        };
        self.count = count;
        self.plan.writers[self.number].note(count, self.plan.bound * 20);
        // Nothing changed: a session that was lost wrote it.
        if changed > 0 {
            self.known[self.number].wrote = count;
        }
        self.report.writes += 1;
        Ok(())
    }

    async fn read(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let asked = self.ask();
        let value: Option<u64> = match self.next(4) {
            0 => {
                let id = asked.id();
                conn.exec_first("SELECT v FROM registers WHERE id = ?", (id,)).await?
            }
            _ => conn.query_first(asked.select()).await?,
        };
        self.check(asked, value);
        Ok(())
    }

    /// Reads of one snapshot: what was acknowledged before it began is what counts.
    async fn read_together(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let asked = [self.ask(), self.ask(), self.ask()];
        conn.query_drop("START TRANSACTION READ ONLY").await?;
        for asked in asked {
            let value = conn.query_first(asked.select()).await?;
            self.check(asked, value);
            self.report.in_transactions += 1;
        }
        conn.query_drop("COMMIT").await
    }

    /// Chooses a register; half of the time one of its own.
    fn ask(&mut self) -> Asked {
        let whose = match self.next(2) {
            0 => self.number,
            _ => self.next(self.plan.writers.len() as u64) as usize,
        };
        let register = self.next(REGISTERS);
        let writer = &self.plan.writers[whose];
        let now = Instant::now();
        let before = |by| now.checked_sub(by).unwrap_or(now);
        let least = match self.level() {
            Level::Global => writer.acknowledged(),
            Level::Bounded => writer.acknowledged_at(before(self.plan.bound)),
            _ => 0,
        };
        let late = writer.acknowledged_at(before(self.plan.delay));
        Asked { whose, register, least, late }
    }

    fn check(&mut self, asked: Asked, value: Option<u64>) {
        let value = value.unwrap_or(0);
        let Asked { whose, register, least, late } = asked;
        let known = self.known[whose];
        let level = self.level();
        let follows_reads = matches!(level, Level::Monotonic | Level::Session);
        let follows_writes = matches!(level, Level::Session | Level::Global);
        let bounds = [
            (if level == Level::Global { "global" } else { "bound" }, least),
            ("earlier read", if follows_reads { known.saw } else { 0 }),
            ("own write", if follows_writes { known.wrote } else { 0 }),
        ];
        let most = bounds.iter().map(|(_, count)| last_to(register, *count)).max();
        self.report.telling[self.level] += u64::from(Some(last_to(register, late)) < most);
        for (what, count) in bounds {
            let least = last_to(register, count);
            if value < least {
                let (number, id) = (self.number, asked.id());
                self.plan.found.lock().expect("nobody panicked").insert(what);
                self.report.violation(what, || {
                    format!("client {number} at {level:?}: {value} in register {id}, not {least}, after {count}")
                });
            }
        }
        self.known[whose].saw = known.saw.max(value);
        self.plan.reads.fetch_add(1, Relaxed);
        self.report.reads[self.level] += 1;
        self.report.shared += u64::from(self.entry().shares);
    }

    /// A number under `limit` that follows no pattern.
    fn next(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit.max(1)
    }
}

/// Rows that the update changed.
async fn in_transaction(conn: &mut Conn, update: &str) -> Result<u64, Error> {
    conn.query_drop("BEGIN").await?;
    conn.query_drop(update).await?;
    let changed = conn.affected_rows();
    conn.query_drop("COMMIT").await?;
    Ok(changed)
}
