//! How the demo's state looks: text for a screen that refreshes, or for lines in a log.

use std::fmt::Write;

use super::layout::Layout;
use super::look::{Condition, Server, State};

/// Clears the terminal and goes to its upper left corner (ECMA-48: CUP, ED).
pub(super) const CLEAR: &str = "\x1b[H\x1b[2J";

/// Longer sets of GTIDs are cut.
const SET_WIDTH: usize = 52;

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
    let policy = state.policy.as_deref().unwrap_or("unknown");
    let _ = writeln!(text, "\nA commit waits as the policy says: {policy}");
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

fn condition(server: &Server) -> String {
    match &server.condition {
        Condition::StartedAgain => "had ended; started again".to_owned(),
        Condition::NoAnswer => "does not answer".to_owned(),
        Condition::Writable => "writable".to_owned(),
        Condition::Replicates { receiver, applier } if receiver.is_empty() => {
            format!("not connected; {applier}")
        }
        Condition::Replicates { receiver, .. } => receiver.clone(),
    }
}

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
    let primary = layout.primary().address.port();
    format!(
        "
Try, in another terminal:

  mysql -h{host} -P{port} -uroot shop
    SELECT COUNT(*) FROM orders;                       goes to a replica: see the counts above
    START TRANSACTION READ ONLY; SELECT @@port; COMMIT;   names the replica's port
    INSERT INTO customers (name, email) VALUES ('You', 'you@example.com');
    SELECT @@port FROM customers LIMIT 1 FOR UPDATE;   names the primary's
  mysql -h{host} -P{primary} -uroot -e \"SET GLOBAL anabranch_ack_policy = 'full_sync'\"

  kill -9 $(cat {}/replica-1.pid)

  JDBC      jdbc:mysql://{host}:{port}/shop?user=root
  Metrics   http://{}/metrics
  Logs      {}/*.log

Ctrl-C stops it all; `anabranch demo` goes on with the same data.
",
        layout.folder.display(),
        layout.proxy_http,
        layout.folder.display()
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

    #[test]
    fn each_server_is_a_line() {
        let receiver = "Waiting for source to send event".to_owned();
        let condition = Condition::Replicates { receiver, applier: String::new() };
        let proxy = Some(Routed { to_primary: 1, to_replicas: 2 });
        let state =
            State { servers: vec![server(condition)], proxy, policy: Some("quorum".to_owned()) };
        let text = table(&state);
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("replica-1   127.0.0.1:4411     3 s  …aaa"), "{line}");
        assert!(line.ends_with("a Waiting for source to send event"), "{line}");
        assert!(
            text.contains("policy says: quorum")
                && text.contains("1 statements to the primary and 2")
        );
    }

    #[test]
    fn what_does_not_answer_is_named() {
        let state = State { servers: vec![server(Condition::NoAnswer)], proxy: None, policy: None };
        let text = table(&state);
        assert!(text.contains("does not answer\n") && text.contains("The proxy does not answer"));
    }
}
