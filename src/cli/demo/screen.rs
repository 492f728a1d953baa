//! How the demo's state looks: text for a screen that refreshes, or for lines in a log.

use std::fmt::Write;

use super::layout::Layout;
use super::look::{Acks, Condition, Server, State};

/// Clears the terminal and goes to its upper left corner (ECMA-48: CUP, ED).
pub(super) const CLEAR: &str = "\x1b[H\x1b[2J";

/// Longer sets of GTIDs are cut.
const SET_WIDTH: usize = 26;

/// The servers and the proxy, a line each.
pub(super) fn table(state: &State) -> String {
    let mut text = format!(
        "{:<11} {:<16} {:>5}  {:<SET_WIDTH$} {}\n",
        "", "address", "lag", "transactions (GTID set)", "state"
    );
    for server in &state.servers {
        let lag = server.lag_s.map_or_else(String::new, |seconds| format!("{seconds} s"));
        let executed = server.executed.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<11} {:<16} {lag:>5}  {:<SET_WIDTH$} {}",
            server.name,
            server.address,
            shortened(executed),
            condition(server),
        );
    }
    text.push_str(&acknowledgement(state));
    let _ = match state.proxy {
        Some(routed) => writeln!(
            text,
            "The proxy has sent {} statements to the primary and {} to replicas",
            routed.to_primary, routed.to_replicas
        ),
        None => writeln!(text, "The proxy does not answer"),
    };
    text
}

/// What commits wait for, and whether somebody has to look.
fn acknowledgement(state: &State) -> String {
    let Some(acks) = &state.acks else { return "\nThe primary does not answer\n".to_owned() };
    let Acks { policy, in_sync, waiting, .. } = acks;
    let mut text =
        format!("\nCommits wait as {policy} says: {in_sync} replicas in sync, {waiting} waiting");
    if acks.degraded {
        text.push_str("; LET THROUGH, replicas did not answer in time");
    }
    text + "\n"
}

fn condition(server: &Server) -> String {
    match &server.condition {
        Condition::StartedAgain => "had ended; started again".to_owned(),
        Condition::NoAnswer => "does not answer".to_owned(),
        Condition::Writable => "takes writes".to_owned(),
        Condition::Replicates { receiver, applier } if receiver.is_empty() => {
            format!("not connected; {applier}")
        }
        Condition::Replicates { receiver, .. } if receiver == FOLLOWING => "follows".to_owned(),
        Condition::Replicates { receiver, .. } => receiver.clone(),
    }
}

/// The state of a receiver that has nothing to complain of.
const FOLLOWING: &str = "Waiting for source to send event";

fn shortened(set: &str) -> String {
    let set = set.replace('\n', "");
    if set.chars().count() <= SET_WIDTH {
        return set;
    }
    let end: String = set.chars().rev().take(SET_WIDTH - 1).collect();
    format!("…{}", end.chars().rev().collect::<String>())
}

/// What to try, below the table.
pub(super) fn what_to_type(layout: &Layout) -> String {
    let (host, port) = (layout.proxy.ip(), layout.proxy.port());
    let folder = layout.folder.display();
    let (proxy_http, http) = (layout.proxy_http, layout.primary().http);
    let killed = layout.replicas().first().unwrap_or_else(|| layout.primary());
    let killed = &killed.name;
    format!(
        "
Try, in another terminal:

  mysql -h{host} -P{port} -uroot shop

    INSERT INTO visits (written_by) SELECT name FROM this_server;
    SELECT id, written_by, name AS read_from FROM visits, this_server;

  The INSERT ran on the primary, the SELECT on a replica. What commits wait for
  (async, semi_sync, quorum, full_sync), changed while it runs:

    SET GLOBAL anabranch_ack_policy = 'full_sync';

  Kill one of them; it is started again and catches up:

    kill -9 $(cat {folder}/{killed}.pid)

  JDBC      jdbc:mysql://{host}:{port}/shop?user=root
  Metrics   http://{proxy_http}/metrics of the proxy
            http://{http}/metrics of the primary, its replicas on the next ports
  Logs      {folder}/*.log

Ctrl-C stops it all; `anabranch demo` goes on with the same data.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::look::Routed;

    fn server(condition: Condition) -> Server {
        Server {
            name: "replica-1".to_owned(),
            address: ([127, 0, 0, 1], 4411).into(),
            condition,
            executed: Some("a".repeat(60)),
            lag_s: Some(3),
        }
    }

    fn acks(degraded: bool) -> Acks {
        let [policy, in_sync, waiting] = ["quorum", "2", "0"].map(str::to_owned);
        Acks { policy, in_sync, waiting, degraded }
    }

    #[test]
    fn each_server_is_a_line() {
        let receiver = FOLLOWING.to_owned();
        let condition = Condition::Replicates { receiver, applier: String::new() };
        let proxy = Some(Routed { to_primary: 1, to_replicas: 2 });
        let state = State { servers: vec![server(condition)], proxy, acks: Some(acks(false)) };
        let text = table(&state);
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("replica-1   127.0.0.1:4411     3 s  …aaa"), "{line}");
        assert!(line.ends_with("a follows") && line.chars().count() <= 80, "{line}");
        assert!(text.contains("1 statements to the primary and 2"), "{text}");
        assert!(text.contains("as quorum says: 2 replicas in sync, 0 waiting\n"), "{text}");
    }

    #[test]
    fn an_alarm_is_shown() {
        let state = State { servers: Vec::new(), proxy: None, acks: Some(acks(true)) };
        assert!(table(&state).contains("0 waiting; LET THROUGH"));
    }

    #[test]
    fn what_does_not_answer_is_named() {
        let state = State { servers: vec![server(Condition::NoAnswer)], proxy: None, acks: None };
        let text = table(&state);
        assert!(text.contains("does not answer\n") && text.contains("The proxy does not answer"));
    }
}
