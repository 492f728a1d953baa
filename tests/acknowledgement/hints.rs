//! A session, a transaction or a statement asks for more than the policy: `@anabranch_ack`, `ack=`.

use super::system::{PATIENT, System};

#[test]
fn more_can_be_asked_for_and_less_cannot() {
    let system = System::start(PATIENT);
    system.freeze(0);
    let mut client = system.client();
    client.sql("INSERT INTO d.t (v) VALUES (0)");
    for statements in [
        ["", "INSERT INTO d.t (v) VALUES (1) /* anabranch: ack=full_sync */"],
        ["BEGIN; INSERT INTO d.t (v) VALUES (2)", "COMMIT /* anabranch: ack=full_sync */"],
        ["BEGIN /* ANABRANCH: ack = FULL_SYNC */; INSERT INTO d.t (v) VALUES (3)", "COMMIT"],
        ["BEGIN; /* anabranch: ack=full_sync */ INSERT INTO d.t (v) VALUES (4)", "COMMIT"],
        ["SET @anabranch_ack = 'full_sync'", "INSERT INTO d.t (v) VALUES (5)"],
        [
            "SET autocommit = 0; INSERT INTO d.t (v) VALUES (6) /* anabranch: ack=full_sync */",
            "COMMIT",
        ],
        ["", "/* anabranch: ack=full_sync */ CREATE TABLE d.u (n INT)"],
        [
            "PREPARE s FROM 'INSERT INTO d.t (v) VALUES (7) /* anabranch: ack=full_sync */'",
            "EXECUTE s",
        ],
    ] {
        let mut client = system.client();
        for sql in statements[0].split("; ").filter(|sql| !sql.is_empty()) {
            client.sql(sql);
        }
        client.begin(statements[1]);
        system.wait_blocked(&client);
        system.thaw(0);
        client.answer().expect("it is acknowledged");
        system.freeze(0);
        if !statements[0].starts_with("SET @") {
            client.sql("INSERT INTO d.t (v) VALUES (100)");
            client.sql("COMMIT");
        }
    }
    system.set(&["ack_policy = 'semi_sync'", "ack_count = 2"]);
    let mut less = system.client();
    less.sql("SET @anabranch_ack = 'async'");
    less.begin("INSERT INTO d.t (v) VALUES (8) /* anabranch: ack=async */");
    system.wait_blocked(&less);
    system.thaw(0);
    less.answer().expect("it is acknowledged");
    assert_eq!(
        less.warnings(),
        ["ack=async is less than this server's policy semi_sync, which holds"]
    );
}

#[test]
fn what_a_hint_does_not_say_well_is_a_warning() {
    let system = System::start("");
    let mut client = system.client();
    client
        .sql("INSERT INTO d.t (v) VALUES (1) /* anabranch: ack=most, speed=high, route=primary */");
    let warnings = client.warnings();
    assert_eq!(
        warnings,
        [
            "The anabranch hint 'ack' is async, semi_sync, quorum or full_sync, not 'most'",
            "Unknown anabranch hint 'speed'"
        ]
    );
    client.sql("SELECT 1 /* anabranch: replica, consistency=global, max_lag=1s */");
    assert_eq!(client.warnings(), Vec::<String>::new());
    let id = client.prepare("SELECT 1 /* anabranch: nothing */");
    client.execute(id).expect("a hint fails nothing");
    assert_eq!(client.warnings(), ["Unknown anabranch hint 'nothing'"]);
    client.sql("SET @anabranch_ack = 'some'");
    for sql in ["INSERT INTO d.t (v) VALUES (2)", "COMMIT"] {
        let error = client.try_sql(sql).expect_err("a level of no name");
        assert_eq!(error.code(), Some(1231), "{error:?}");
    }
    client.sql("SET @anabranch_ack = NULL");
    client.sql("INSERT INTO d.t (v) VALUES (3)");
    assert_eq!(system.seen(), "1,3");
}

/// Who asked for more is told when it was not had; who did not ask is not.
#[test]
fn only_who_asked_for_more_hears_that_it_was_not_had() {
    let system = System::start("[ack]\ntimeout_ms = 300\nin_sync_max_lag_ms = 60000\n");
    system.freeze(0);
    let mut asking =
        system.blocked("INSERT INTO d.t (v) VALUES (1) /* anabranch: ack=full_sync */");
    let mut plain = system.client();
    plain.sql("INSERT INTO d.t (v) VALUES (2)");
    let error = asking.answer().expect_err("it is told");
    assert_eq!(error.code(), Some(1180), "{error:?}");
    assert_eq!(system.seen(), "1,2");
    assert_eq!(system.status("Anabranch_ack_degraded"), "OFF", "others wait as before");
}
