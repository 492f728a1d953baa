//! The proxy in front of a primary and two replicas of each image.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use tokio::runtime::{Builder, Runtime};

use super::image::Image;
use super::support::{Proxy, wait_until};
use super::trio::Trio;

/// Writes that are each followed by a read of what was written.
const ROUNDS: u64 = 500;

/// A driver's connection to the proxy, with a runtime of its own: containers are started without one.
struct Session {
    runtime: Runtime,
    conn: Conn,
}

impl Session {
    fn new(proxy: &Proxy) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let address = proxy.address();
        let options = OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(address.port())
            .user(Some("root"))
            .db_name(Some("shop"));
        let conn = runtime.block_on(Conn::new(options)).expect("root signs in");
        Self { runtime, conn }
    }

    fn run(&mut self, sql: &str) -> mysql_async::Result<()> {
        self.runtime.block_on(self.conn.query_drop(sql))
    }

    fn number(&mut self, sql: &str) -> mysql_async::Result<u64> {
        let value = self.runtime.block_on(self.conn.query_first(sql))?;
        Ok(value.expect("a row"))
    }

    /// The same as a prepared statement.
    fn prepared(&mut self, sql: &str, id: u64) -> mysql_async::Result<u64> {
        let value = self.runtime.block_on(self.conn.exec_first(sql, (id,)))?;
        Ok(value.expect("a row"))
    }
}

#[test]
fn writes_reach_the_primary_and_reads_the_replicas() {
    for image in Image::all() {
        println!("{}:{}", image.name, image.tag);
        let trio = Trio::start(&image);
        let proxy = trio.proxy();
        every_session_reads_what_it_wrote(&proxy);
        replicas_served_reads(&proxy);
        transactions_hold(&trio, &proxy);
        a_lost_replica_is_not_seen(&trio, &proxy);
    }
}

fn every_session_reads_what_it_wrote(proxy: &Proxy) {
    let mut session = Session::new(proxy);
    session.run("INSERT INTO t VALUES (1, 0)").expect("inserts");
    for round in 1..=ROUNDS {
        session.run(&format!("UPDATE t SET v = {round} WHERE id = 1")).expect("updates");
        let text = session.number("SELECT v FROM t WHERE id = 1").expect("reads");
        let prepared = session.prepared("SELECT v FROM t WHERE id = ?", 1).expect("reads");
        assert_eq!((text, prepared), (round, round), "older than what was written");
    }
}

fn replicas_served_reads(proxy: &Proxy) {
    let mut fresh = Session::new(proxy);
    wait_until("a read on a replica", || {
        fresh.number("SELECT COUNT(*) FROM t").expect("reads");
        proxy.metrics().sum("anabranch_statements_total", &[("target", "replica")]) > 0.0
    });
}

fn transactions_hold(trio: &Trio, proxy: &Proxy) {
    let mut session = Session::new(proxy);
    session.run("BEGIN").expect("begins");
    session.run("INSERT INTO t VALUES (2, 2)").expect("inserts");
    assert_eq!(session.number("SELECT COUNT(*) FROM t").expect("its own row"), 2);
    session.run("ROLLBACK").expect("rolls back");
    assert_eq!(trio.primary.sql("SELECT COUNT(*) FROM shop.t"), "1");
    match session.run("INSERT INTO t VALUES (1, 1)") {
        Err(mysql_async::Error::Server(error)) => assert_eq!(error.code, 1062),
        other => panic!("it is there already: {other:?}"),
    }
}

/// Reads in autocommit go on without an error when a replica is killed.
fn a_lost_replica_is_not_seen(trio: &Trio, proxy: &Proxy) {
    let mut sessions = [0; 3].map(|_| Session::new(proxy));
    for session in &mut sessions {
        session.number("SELECT v FROM t WHERE id = 1").expect("reads");
    }
    trio.replicas[0].kill();
    for _ in 0..20 {
        for session in &mut sessions {
            let read = session.number("SELECT v FROM t WHERE id = 1").expect("no error is seen");
            assert_eq!(read, ROUNDS);
        }
    }
}
