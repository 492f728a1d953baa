//! What clients ask of the proxy, on real servers: hints, `EXPLAIN ROUTE`, `SHOW LAST ROUTE`, and tokens that
//! travel between two proxies in front of delayed replicas.

#[path = "support/raw.rs"]
mod raw;
mod support;

use std::process::Command;
use std::sync::OnceLock;

use raw::Raw;
use support::{Cluster, PASSWORD, Proxy, Server, alone, shared_cluster, wait_until};

const SCHEMA: &str = "test_hints";

fn cluster() -> &'static Cluster {
    static MADE: OnceLock<()> = OnceLock::new();
    let cluster = shared_cluster();
    MADE.get_or_init(|| {
        cluster.fresh_schema(SCHEMA);
        cluster.sql(0, &format!("CREATE TABLE {SCHEMA}.t (id INT PRIMARY KEY, v INT)"));
        cluster.sql(0, &format!("INSERT INTO {SCHEMA}.t VALUES (1, 0)"));
        cluster.wait_caught_up();
    });
    cluster
}

fn proxy(extra: &str) -> Proxy {
    Proxy::start(cluster(), &format!("[proxy]\nworkers = 1\n{extra}"))
}

fn session(proxy: &Proxy) -> Raw {
    Raw::sign_in(proxy.address(), "app", PASSWORD, SCHEMA).expect("signs in")
}

/// The lines of an answer about a route, `item value detail`, with `-` for NULL.
fn lines(session: &mut Raw, question: &str) -> Vec<String> {
    let rows = session.query(question).unwrap_or_else(|error| panic!("{question}: {error:?}"));
    let line = |row: Vec<Option<String>>| {
        let row: Vec<String> =
            row.into_iter().map(|value| value.unwrap_or_else(|| "-".to_owned())).collect();
        row.join(" ")
    };
    rows.into_iter().map(line).collect()
}

/// The value of a line.
fn of(lines: &[String], item: &str) -> String {
    let line = lines.iter().find_map(|line| line.strip_prefix(item)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {item} in {lines:?}"));
    line.split(' ').next().unwrap_or_default().to_owned()
}

/// The server that the session's last statement ran on.
fn last(session: &mut Raw) -> String {
    of(&lines(session, "SHOW LAST ROUTE"), "choice")
}

/// Both replicas apply so many seconds late.
fn delay(seconds: u32) {
    [1, 2].iter().for_each(|replica| cluster().delay(*replica, seconds));
}

struct Delayed;

impl Drop for Delayed {
    fn drop(&mut self) {
        delay(0);
        cluster().wait_caught_up();
    }
}

#[test]
fn hints_of_ours_and_of_others_choose_the_server() {
    let _alone = alone();
    let proxy = proxy("");
    let mut session = session(&proxy);
    // Which replica may serve a read is then a matter of the hint alone.
    session.query("SET @anabranch_consistency = 'eventual'").expect("a level");
    let mut id = |sql: &str| session.value(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    assert_eq!(id("SELECT @@server_id"), "1", "without a hint");
    for hint in ["/* anabranch: replica */", "/*FORCE_SLAVE*/", "/* maxscale route to slave */"] {
        assert_ne!(id(&format!("{hint} SELECT @@server_id")), "1", "{hint}");
    }
    for (comment, server) in [
        ("-- maxscale route to server db2", "3"),
        ("# maxscale route to last", "3"),
        ("-- maxscale route to server db1", "2"),
        ("-- maxscale route to server db0", "1"),
        ("-- maxscale route to slave\n/* anabranch: primary */", "1"),
    ] {
        assert_eq!(id(&format!("SELECT @@server_id {comment}")), server, "{comment}");
    }
    for hint in [
        "/*FORCE_MASTER*/",
        "/* anabranch: primary */",
        "/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */",
        "-- maxscale route to master",
    ] {
        session.query(&format!("SELECT v FROM t {hint}")).expect("a read");
        let lines = lines(&mut session, "SHOW LAST ROUTE");
        let (choice, reason) = (of(&lines, "choice"), of(&lines, "reason"));
        assert_eq!((choice.as_str(), reason.as_str()), ("db0", "hint"), "{hint}");
    }
}

#[test]
fn no_hint_sends_a_write_to_a_replica() {
    let _alone = alone();
    let proxy = proxy("");
    let mut session = session(&proxy);
    for hint in [
        "/*FORCE_SLAVE*/",
        "/* anabranch: replica, consistency=eventual */",
        "/* maxscale route to server db1 */",
        "/* maxscale route to slave */",
    ] {
        for sql in ["UPDATE t SET v = v", "SELECT v FROM t FOR UPDATE", "DO RELEASE_LOCK('x')"] {
            session.query(&format!("{sql} {hint}")).expect("it runs");
            assert_eq!(last(&mut session), "db0", "{sql} {hint}");
            let lines = lines(&mut session, &format!("EXPLAIN ROUTE {sql} {hint}"));
            assert_eq!(of(&lines, "choice"), "db0", "{sql} {hint}");
        }
    }
}

#[test]
fn hints_hold_in_prepared_statements_of_both_kinds() {
    let _alone = alone();
    let proxy = proxy("");
    let mut session = session(&proxy);
    session.query("SET @anabranch_consistency = 'eventual'").expect("a level");
    session
        .query("PREPARE s FROM 'SELECT @@server_id /* anabranch: replica */'")
        .expect("prepares");
    assert_ne!(session.value("EXECUTE s").expect("runs"), "1");
    assert_eq!(session.value("EXECUTE s /* anabranch: primary */").expect("runs"), "1");
    session
        .query("PREPARE w FROM 'SELECT v FROM t -- maxscale route to master'")
        .expect("prepares");
    session.query("EXECUTE w").expect("runs");
    assert_eq!(last(&mut session), "db0");
    let id = session.prepare("SELECT v FROM t /*FORCE_MASTER*/").expect("prepares");
    session.execute(id).expect("runs");
    assert_eq!(last(&mut session), "db0");
    let id = session.prepare("SELECT @@server_id /* maxscale route to server db2 */").expect("is");
    session.execute(id).expect("runs");
    let last = lines(&mut session, "SHOW LAST ROUTE");
    assert_eq!(of(&last, "choice"), "db2", "{last:?}");
}

#[test]
fn what_a_hint_says_wrongly_is_a_warning() {
    let _alone = alone();
    for pooling in ["session", "transaction"] {
        warnings_with(&proxy(&format!("pooling = \"{pooling}\"")));
    }
}

fn warnings_with(proxy: &Proxy) {
    let mut session = session(proxy);
    let unknown = "Unknown anabranch hint 'speed'";
    for sql in ["SELECT v FROM t", "UPDATE t SET v = v"] {
        let (count, _) =
            session.warnings(&format!("{sql} /* anabranch: speed=high */")).expect("ok");
        assert_eq!(count, 1, "{sql}");
        assert_eq!(lines(&mut session, "SHOW WARNINGS"), [format!("Warning 1064 {unknown}")]);
        assert_eq!(lines(&mut session, "SHOW WARNINGS LIMIT 0"), [""; 0]);
        assert_eq!(session.query("SHOW WARNINGS").expect("again").len(), 1, "{sql}");
    }
    // Behind those of the server.
    let both = "SELECT CAST('x' AS UNSIGNED) /* anabranch: speed=high, ack=most */";
    assert_eq!(session.warnings(both).expect("ok").0, 3);
    let shown = lines(&mut session, "SHOW WARNINGS");
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(shown[0].starts_with("Warning 1292"), "{shown:?}");
    assert_eq!(shown[1], format!("Warning 1064 {unknown}"));
    // A server that there is not, and what other proxies know and this one does not.
    session.query("SELECT 1 -- maxscale route to server db9").expect("runs");
    for (comment, text) in [
        ("-- maxscale route to server db9", "names a server that there is not"),
        ("-- maxscale begin route to master", "is not supported"),
    ] {
        session.query(&format!("SELECT v FROM t {comment}")).expect("runs");
        let shown = lines(&mut session, "SHOW WARNINGS");
        assert!(shown.len() == 1 && shown[0].contains(text), "{shown:?}");
    }
    // The next statement has none.
    assert_eq!(session.warnings("SELECT v FROM t /* anabranch: primary */").expect("ok").0, 0);
    assert_eq!(session.query("SHOW WARNINGS").expect("none").len(), 0);
    // This client has deprecated EOFs.
    let shown = mariadb(proxy, "SELECT 1 /* anabranch: speed=high */; SHOW WARNINGS");
    assert!(shown.contains(unknown), "{shown}");
}

/// What the client program prints, which asks for MariaDB's extended metadata.
fn mariadb(proxy: &Proxy, sql: &str) -> String {
    let output = Command::new("mariadb")
        .args(["--no-defaults", "--comments", "-h127.0.0.1", "-uapp", "-t", SCHEMA])
        .arg(format!("-p{PASSWORD}"))
        .arg(format!("-P{}", proxy.address().port()))
        .args(["-e", sql])
        .output()
        .expect("the mariadb client runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn explain_route_says_why_and_runs_nothing() {
    let _alone = alone();
    let proxy = proxy("");
    let mut session = session(&proxy);
    let asked = lines(&mut session, "explain /* why */\n  Route SELECT v FROM t;");
    assert_eq!(asked[..3], ["class read select", "target replica -", "reason select -"]);
    assert_eq!(asked.iter().filter(|line| line.starts_with("server ")).count(), 3, "{asked:?}");
    assert!(["db1", "db2"].contains(&of(&asked, "choice").as_str()), "{asked:?}");
    assert_eq!(lines(&mut session, "SHOW LAST ROUTE"), [""; 0], "nothing ran yet");
    let asked = lines(&mut session, "EXPLAIN ROUTE UPDATE t SET v = 99");
    assert_eq!((of(&asked, "class"), of(&asked, "choice")), ("write".into(), "db0".into()));
    assert_ne!(session.value("SELECT v FROM t").expect("a read"), "99");
    // What it says is what happens.
    assert_eq!(
        of(&lines(&mut session, "EXPLAIN ROUTE SELECT v FROM t"), "choice"),
        last(&mut session)
    );
    // What binds the session.
    session.query("SELECT GET_LOCK('why', 0)").expect("a lock");
    let asked = lines(&mut session, "EXPLAIN ROUTE SELECT v FROM t");
    assert!(asked.contains(&"pin db0 named_locks_held".to_owned()), "{asked:?}");
    assert_eq!(
        (of(&asked, "target"), of(&asked, "reason")),
        ("held".into(), "named_locks_held".into())
    );
    session.query("DO RELEASE_ALL_LOCKS()").expect("given back");
    session.query("SET @anabranch_consistency = 'eventual'").expect("a level");
    session.query("START TRANSACTION READ ONLY").expect("begins");
    let asked = lines(&mut session, "EXPLAIN ROUTE DELETE FROM t");
    assert!(asked.iter().any(|line| line.starts_with("choice - ERROR 1792")), "{asked:?}");
    session.query("COMMIT").expect("ends");
    // A table of that name is still described, and a statement about it is not preparable.
    assert_eq!(session.query("EXPLAIN route").expect_err("no such table").code(), Some(1146));
    assert_eq!(session.prepare("EXPLAIN ROUTE SELECT 1").expect_err("1295").code(), Some(1295));
    let prepare = "PREPARE x FROM 'SHOW LAST ROUTE'";
    assert_eq!(session.query(prepare).expect_err("1295").code(), Some(1295));
    let printed = mariadb(&proxy, "EXPLAIN ROUTE SELECT v FROM t; SHOW LAST ROUTE");
    assert!(printed.contains("| item") && printed.contains("| select"), "{printed}");
}

#[test]
fn a_token_of_one_proxy_holds_at_the_other() {
    let _alone = alone();
    // Waiting would hide what a replica lacks.
    let (one, other) = (proxy(""), proxy("causal_wait_ms = 0"));
    let (mut writer, mut reader) = (session(&one), session(&other));
    let mut stale = session(&other);
    stale.query("SET @anabranch_consistency = 'eventual'").expect("a level");
    let _delayed = Delayed;
    delay(2);
    let mut missed = 0;
    for value in 1..=20 {
        writer.query(&format!("UPDATE t SET v = {value}")).expect("a write");
        let token = writer.value("SELECT @@anabranch_position").expect("a token");
        missed += usize::from(stale.value("SELECT v FROM t").expect("a read") != value.to_string());
        let hinted = format!("SELECT v FROM t /* anabranch: after='{token}' */");
        assert_eq!(reader.value(&hinted).expect("a read"), value.to_string(), "by hint");
        reader.query(&format!("SET @anabranch_after = '{token}'")).expect("is taken");
        assert_eq!(reader.value("SELECT v FROM t").expect("a read"), value.to_string(), "by SET");
        reader.query("SET @anabranch_after = NULL").expect("is given back");
    }
    assert!(missed > 0, "the replicas were never behind, so nothing was shown");
    let asked = lines(&mut reader, "EXPLAIN ROUTE SELECT v FROM t");
    assert!(!asked.iter().any(|line| line.contains("token")), "{asked:?}");
    // Once a replica has it, it serves the token's reads.
    let token = writer.value("SELECT @@anabranch_position").expect("a token");
    let hint = format!("/* anabranch: after='{token}' */");
    let asked = lines(&mut reader, &format!("{hint} EXPLAIN ROUTE SELECT v FROM t"));
    assert!(asked.iter().any(|line| line.contains("named by a token")), "{asked:?}");
    // Shapes are counted, and told without what was said.
    let told = support::http::get(other.http_address(), "/shapes").expect("/shapes").1;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let read = |shape: &&serde_json::Value| shape["shape"] == "select v from t";
    let reads: Vec<_> = told["shapes"].as_array().expect("a list").iter().filter(read).collect();
    assert!(reads.iter().any(|shape| shape["reason"] == "after_position"), "{reads:?}");
    assert!(reads.iter().all(|shape| shape["user"] == "app" && shape["schema"] == SCHEMA));
    wait_until("a replica to serve the token", || {
        let value = reader.value(&format!("SELECT v FROM t {hint}")).expect("a read");
        assert_eq!(value, "20");
        last(&mut reader) != "db0"
    });
}

#[test]
fn a_dry_run_asks_a_running_proxy_for_its_shapes() {
    let _alone = alone();
    let proxy = proxy("");
    let mut session = session(&proxy);
    session.query("SELECT v FROM t").expect("a read");
    session.query("SELECT id, v FROM t").expect("another");
    let file = proxy.folder().join("new.toml");
    let rule = "[[rules]]\nname = \"whole\"\nshape = \"SELECT v FROM t\"\ntarget = \"primary\"\n";
    let old = std::fs::read_to_string(proxy.folder().join("anabranch.toml")).expect("its file");
    std::fs::write(&file, format!("{old}\n{rule}")).expect("writes the new one");
    let url = format!("http://{}/shapes", proxy.http_address());
    let dry_run = |url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anabranch"));
        command.arg("dry-run").arg(&file).args(["--shapes", url]).output().expect("it runs")
    };
    let ran = dry_run(&url);
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines: Vec<_> = said.lines().filter(|line| line.contains("whole")).collect();
    assert!(lines.len() == 1 && lines[0].contains("select v from t"), "{said}");
    assert!(said.contains("recent statements would change"), "{said}");
    let ran = dry_run(&format!("http://{}/nowhere", proxy.http_address()));
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(1) && error.contains("404"), "{error}");
}

#[test]
fn a_client_that_tracks_its_session_is_told_positions() {
    let _alone = alone();
    for pooling in ["session", "transaction"] {
        let proxy = proxy(&format!("pooling = \"{pooling}\""));
        let address = proxy.address();
        let mut client = Raw::sign_in_tracking(address, "app", PASSWORD, SCHEMA).expect("signs in");
        let (_, ok) = client.warnings("UPDATE t SET v = v + 1").expect("a write");
        let reported = cluster().either(reported as fn(&[u8]) -> _, reported_gtid);
        assert_eq!(reported(&ok), None, "{pooling}: it did not ask");
        let track = cluster().either(
            "SET session_track_system_variables = 'autocommit,last_gtid'",
            "SET session_track_gtids = OWN_GTID",
        );
        client.query(track).expect("asks");
        let (_, ok) = client.warnings("UPDATE t SET v = v + 1").expect("a write");
        let told = reported(&ok).unwrap_or_else(|| panic!("{pooling}: nothing in {ok:?}"));
        let token = client.value("SELECT @@anabranch_position").expect("a token");
        // MySQL's tokens are sets, with all that the session has seen.
        let (source, number) = told.rsplit_once(cluster().either('-', ':')).expect("a GTID");
        assert!(token.starts_with(source) && token.ends_with(number), "{pooling}: {told}, {token}");
        let mut other = Raw::sign_in(address, "app", PASSWORD, SCHEMA).expect("signs in");
        other.query(&format!("SET @anabranch_after = '{told}'")).expect("is taken");
        let asked = lines(&mut other, "EXPLAIN ROUTE SELECT v FROM t");
        assert!(asked.contains(&format!("need {told} named by a token")), "{asked:?}");
    }
}

#[test]
fn a_bundled_server_tells_positions_the_same_way() {
    let server = Server::start("").expect("a server");
    server.sql(&format!(
        "CREATE USER app@'%' IDENTIFIED WITH mysql_native_password BY '{PASSWORD}'; GRANT ALL ON *.* TO app@'%'; \
         CREATE DATABASE {SCHEMA}; CREATE TABLE {SCHEMA}.t (id INT PRIMARY KEY, v INT); \
         INSERT INTO {SCHEMA}.t VALUES (1, 0)"
    ));
    let proxy = Proxy::in_front_of(server.address());
    let mut client =
        Raw::sign_in_tracking(proxy.address(), "app", PASSWORD, SCHEMA).expect("signs in");
    let (_, ok) = client.warnings("UPDATE t SET v = v + 1").expect("a write");
    assert_eq!(reported_gtid(&ok), None, "it did not ask");
    client.query("SET session_track_gtids = 'OWN_GTID'").expect("asks");
    let (_, ok) = client.warnings("UPDATE t SET v = v + 1").expect("a write");
    let told = reported_gtid(&ok).unwrap_or_else(|| panic!("nothing in {ok:?}"));
    let (source, number) = told.split_once(':').expect("a GTID");
    let token = client.value("SELECT @@anabranch_position").expect("a token");
    assert!(token.starts_with(source) && token.ends_with(number), "{told} is not in {token}");
    // Another session takes what it was told.
    let mut other = Raw::sign_in(proxy.address(), "app", PASSWORD, SCHEMA).expect("signs in");
    other.query(&format!("SET @anabranch_after = '{told}'")).expect("is taken");
    assert_eq!(other.value("SELECT v FROM t").expect("a read"), "2");
    // The server reads hints itself: nobody is warned twice.
    let (count, _) = client.warnings("SELECT v FROM t /* anabranch: speed=high */").expect("runs");
    assert_eq!((count, client.query("SHOW WARNINGS").expect("them").len()), (1, 1));
}

/// The GTIDs that an OK packet reports: a change of kind 3, an encoding byte, the set.
fn reported_gtid(ok: &[u8]) -> Option<String> {
    let is = |bytes: &&[u8]| bytes[0] == 3 && bytes[2] == 0 && bytes[1] == bytes[3] + 2;
    let found = ok.windows(4).position(|window| is(&window))? + 4;
    let length = usize::from(ok[found - 1]);
    Some(String::from_utf8_lossy(ok.get(found..found + length)?).into_owned())
}

/// The `last_gtid` that an OK packet reports.
fn reported(ok: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"\x09last_gtid";
    let at = ok.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let (length, value) = ok.get(at..)?.split_first()?;
    Some(String::from_utf8_lossy(value.get(..usize::from(*length))?).into_owned())
}
