//! kill -9 of a bundled server at random moments under a bank-transfer load.
//!
//! Accounts hold money, transfers move it, and every transfer writes its number into a journal in the same
//! transaction. Whatever the moment: the sum stays, the journal agrees with the balances, and every transfer
//! whose COMMIT was answered is there after the restart (sync = 1).
//!
//! `ANABRANCH_CRASH_ROUNDS=500` runs more rounds.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use support::server::Server;

/// Rounds of a run unless the environment says otherwise.
const DEFAULT_ROUNDS: u64 = 15;
const ACCOUNTS: u64 = 20;
const CLIENTS: u64 = 4;
/// What every account starts with.
const START: i64 = 1_000;

/// A small generator of numbers, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn rounds() -> u64 {
    let set = std::env::var("ANABRANCH_CRASH_ROUNDS").ok();
    set.map_or(DEFAULT_ROUNDS, |text| text.parse().expect("ANABRANCH_CRASH_ROUNDS is a number"))
}

async fn connect(address: SocketAddr) -> mysql_async::Result<Conn> {
    let opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(address.port())
        .user(Some("root"))
        .db_name(Some("bank"))
        .prefer_socket(false);
    Conn::new(opts).await
}

#[test]
fn no_acknowledged_commit_is_lost_and_none_is_torn() {
    let mut server =
        Server::start("[binlog]\nsync = 1\ncheckpoint_every = \"64KiB\"\nmax_size = \"256KiB\"\n")
            .expect("the server starts");
    let rows: Vec<String> = (0..ACCOUNTS).map(|id| format!("({id},{START})")).collect();
    server.sql(&format!(
        "CREATE DATABASE bank; USE bank;
         CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL);
         CREATE TABLE journal (id BIGINT PRIMARY KEY, payer INT NOT NULL, payee INT NOT NULL,
           amount BIGINT NOT NULL, KEY (payer), KEY (payee));
         INSERT INTO account VALUES {}",
        rows.join(",")
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let next = Arc::new(AtomicU64::new(1));
    let mut acknowledged = Vec::new();
    let mut numbers = Numbers(42);
    for round in 0..rounds() {
        let before = acknowledged.len();
        let wanted = 5 + numbers.below(60);
        acknowledged.extend(runtime.block_on(load(&mut server, round, wanted, &next)));
        server.restart().expect("the server starts again");
        check(&server, &acknowledged);
        println!("round {round}: {} acknowledged before the kill", acknowledged.len() - before);
    }
    assert!(acknowledged.len() > 5 * rounds() as usize, "hardly anything was committed");
}

/// Transfers money until `wanted` commits were answered, kills the server there, and gives the numbers of
/// all transfers that were answered.
async fn load(server: &mut Server, round: u64, wanted: u64, next: &Arc<AtomicU64>) -> Vec<u64> {
    let (done, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let numbers = Numbers(round * CLIENTS + client);
            let client = Client { next: next.clone(), done: done.clone(), stop: stop.clone() };
            tokio::spawn(client.run(server.address(), numbers))
        })
        .collect();
    let reached = async {
        while done.load(Ordering::Acquire) < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), reached).await;
    server.kill();
    stop.store(true, Ordering::Release);
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.extend(client.await.expect("a client's task"));
    }
    assert!(in_time.is_ok(), "only {} of {wanted} commits in a minute", acknowledged.len());
    acknowledged
}

struct Client {
    next: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Client {
    /// Until the server is gone.
    async fn run(self, address: SocketAddr, mut numbers: Numbers) -> Vec<u64> {
        let mut acknowledged = Vec::new();
        let Ok(mut conn) = connect(address).await else { return acknowledged };
        while !self.stop.load(Ordering::Acquire) {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            match transfer(&mut conn, id, &mut numbers).await {
                Ok(()) => {
                    acknowledged.push(id);
                    self.done.fetch_add(1, Ordering::Release);
                }
                // A deadlock's victim, or a lock that took too long: the next transfer is another one.
                Err(mysql_async::Error::Server(_)) => {
                    let _ = conn.query_drop("ROLLBACK").await;
                }
                Err(_) => break,
            }
        }
        acknowledged
    }
}

async fn transfer(conn: &mut Conn, id: u64, numbers: &mut Numbers) -> mysql_async::Result<()> {
    let payer = numbers.below(ACCOUNTS);
    let payee = (payer + 1 + numbers.below(ACCOUNTS - 1)) % ACCOUNTS;
    let amount = 1 + numbers.below(10);
    conn.query_drop("BEGIN").await?;
    conn.query_drop(format!("UPDATE account SET balance = balance - {amount} WHERE id = {payer}"))
        .await?;
    conn.query_drop(format!("UPDATE account SET balance = balance + {amount} WHERE id = {payee}"))
        .await?;
    conn.query_drop(format!("INSERT INTO journal VALUES ({id}, {payer}, {payee}, {amount})"))
        .await?;
    conn.query_drop("COMMIT").await
}

/// What must hold after every restart.
fn check(server: &Server, acknowledged: &[u64]) {
    let sum = server.sql("SELECT SUM(balance) FROM bank.account");
    assert_eq!(sum, (ACCOUNTS as i64 * START).to_string(), "money was made or lost");
    let torn = server.sql(&format!(
        "SELECT a.id, a.balance FROM bank.account a WHERE a.balance <> {START}
         + (SELECT COALESCE(SUM(amount), 0) FROM bank.journal WHERE payee = a.id)
         - (SELECT COALESCE(SUM(amount), 0) FROM bank.journal WHERE payer = a.id)"
    ));
    assert_eq!(torn, "", "balances that the journal does not explain");
    let journal = server.sql("SELECT id FROM bank.journal ORDER BY id");
    let kept: std::collections::HashSet<u64> =
        journal.lines().map(|line| line.parse().expect("a number")).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty(), "acknowledged transfers that are gone: {lost:?}");
}
