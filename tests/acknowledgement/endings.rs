//! Who waits is killed, vanishes, or sees the server stop: the commit is in the log, so it becomes visible when it is
//! acknowledged, and not before. What the clients see is what MySQL 9 shows them.

use super::support::process::signal;
use super::support::wait_until;
use super::system::{Client, PATIENT, System};

fn start() -> System {
    let system = System::start(PATIENT);
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2"]);
    system.freeze(0);
    system
}

fn insert(v: u32) -> String {
    format!("INSERT INTO d.t (v) VALUES ({v})")
}

#[test]
fn a_kill_ends_the_connection_and_not_the_commit() {
    let system = start();
    let mut soft = system.blocked(&insert(1));
    system.primary.sql(&format!("KILL QUERY {}", soft.id));
    let mut hard = system.blocked(&insert(2));
    system.primary.sql(&format!("KILL {}", hard.id));
    let lost = hard.answer().expect_err("its connection is closed at once");
    assert_eq!(lost.code(), None, "without a word that could be taken for a rollback: {lost:?}");
    wait_until("the session to be shown as killed", || {
        system.state_of(&hard).starts_with("Killed")
    });
    let gone = system.blocked(&insert(3));
    drop(gone);
    assert_eq!((system.waiting(), system.seen()), (3, "NULL".to_owned()));
    let mut other = system.client();
    other.sql("SET innodb_lock_wait_timeout = 1");
    let locked =
        other.try_sql("INSERT INTO d.t (id, v) VALUES (2, 9)").expect_err("the row is locked");
    assert_eq!(locked.code(), Some(1205));
    system.thaw(0);
    soft.answer().expect("KILL QUERY changes nothing");
    wait_until("all to be visible", || system.seen() == "1,2,3");
    wait_until("the killed session to be gone", || system.state_of(&hard).is_empty());
    soft.sql(&insert(4));
}

#[test]
fn a_server_that_stops_waits_for_replicas_as_long_as_its_grace() {
    let mut system = start();
    let mut client = system.blocked(&insert(1));
    signal(system.primary.pid(), "TERM");
    let address = system.primary.address();
    wait_until("it accepts nobody", || std::net::TcpStream::connect(address).is_err());
    system.thaw(0);
    client.answer().expect("replicas are heard to the end");
    wait_until("the server to end", || system.primary.has_ended());
    system.primary.restart().expect("it starts again");
    assert_eq!(system.seen(), "1");
}

#[test]
fn what_a_stop_or_a_crash_leaves_waiting_is_visible_after_it() {
    let mut system = System::start(PATIENT);
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2"]);
    system.freeze(0);
    let mut client: Client = system.blocked(&insert(1));
    system.primary.kill();
    assert_eq!(client.answer().expect_err("the connection is lost").code(), None);
    system.primary.restart().expect("it starts again");
    assert_eq!(system.seen(), "1", "it is what replicas go on from");
    system.thaw(0);
    for replica in &system.replicas {
        wait_until("the replica to have it", || replica.sql("SELECT v FROM d.t") == "1");
    }
}
