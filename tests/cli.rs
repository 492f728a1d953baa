//! The built command: what it prints, and its exit codes.

use std::path::Path;
use std::process::{Command, Output};

fn anabranch(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_anabranch"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A file with `text` in a folder of its own.
fn written(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn help_has_an_example_and_exit_codes() {
    for (command, example) in [
        ("proxy", "anabranch proxy --config config/anabranch.toml"),
        ("check", "anabranch check config/anabranch.toml"),
        ("route", "anabranch route --json"),
    ] {
        let output = anabranch(&[command, "--help"]);
        assert!(output.status.success());
        let help = out(&output);
        assert!(help.contains(example) && help.contains("Exit codes:"), "{help}");
    }
    let help = out(&anabranch(&["--help"]));
    assert!(help.contains("proxy") && help.contains("check") && help.contains("route"), "{help}");
    assert!(help.contains("Example:"), "{help}");
}

#[test]
fn a_wrong_command_line_is_2() {
    for arguments in [&["prxy"][..], &[], &["check"], &["proxy", "--confg", "x"], &["route"]] {
        assert_eq!(anabranch(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn check_says_that_a_file_is_fine() {
    let output = anabranch(&["check", "config/anabranch.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let text = out(&output);
    assert!(text.starts_with("config/anabranch.toml is fine\n"), "{text}");
    for part in ["127.0.0.1:4406 (no TLS)", "127.0.0.1:4408", "db2  127.0.0.1:3307  weight 100"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn check_says_what_a_reload_would_change() {
    let least =
        "[monitor]\nuser = \"a\"\npassword = \"one\"\n[[server]]\nname = \"a\"\naddress = \"b\"\n";
    let (_folder, old) = written(least);
    let (_other, new) =
        written(&format!("[proxy]\ncausal_wait_ms = 5\n{least}").replace("one", "two"));
    let output = anabranch(&["check", &new, "--diff", &old]);
    assert_eq!(output.status.code(), Some(0));
    let lines = [
        "monitor.password: (secret), with other contents\n",
        "proxy.causal_wait_ms: 10 → 5\n",
        "2 settings change\n",
    ];
    assert_eq!(out(&output), lines.concat());
    let same = anabranch(&["check", &old, "--diff", &old]);
    assert_eq!((same.status.code(), &*out(&same)), (Some(0), "nothing changes\n"));
    let (_third, fixed) = written(&format!("[proxy]\nworkers = 5\n{least}"));
    let output = anabranch(&["check", &fixed, "--diff", &old]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).starts_with("proxy.workers: 0 → 5 (needs a restart)\n"),
        "{}",
        out(&output)
    );
}

#[test]
fn check_prints_every_mistake() {
    let (_folder, path) = written("[proxy]\nlisen = []\nmax_lag_ms = 0\n[[server]]\n");
    let output = anabranch(&["check", &path]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert_eq!(text.lines().count(), 6, "{text}");
    let line = format!("{path}:2:1: proxy.lisen: unknown key; write `listen`");
    assert!(text.lines().any(|shown| shown == line), "{text}");
    assert!(text.lines().all(|shown| shown.contains("; write ")), "{text}");
}

#[test]
fn check_of_no_file_says_what_to_do() {
    let output = anabranch(&["check", "config/none.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert!(text.starts_with("config/none.toml: cannot read the file: "), "{text}");
    assert!(text.contains("; name a readable configuration file"), "{text}");
}

#[test]
fn proxy_refuses_a_file_with_mistakes() {
    let (_folder, path) = written("[proxy]\nlisen = []\n");
    let output = anabranch(&["proxy", "--config", &path]);
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.contains("2:1: proxy.lisen: unknown key; write `listen`"), "{text}");
    assert!(text.contains("correct them, then `anabranch check "), "{text}");
}

#[test]
fn route_prints_three_lines() {
    let output = anabranch(&["route", "INSERT INTO t VALUES (1)"]);
    assert!(output.status.success());
    let text = out(&output);
    let words: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["class", "target", "reason"]);
    assert!(text.contains("target  primary\n"), "{text}");
}

#[test]
fn route_asks_the_rules_of_a_file() {
    let route = |arguments: &[&str]| {
        out(&anabranch(&[&["route", "--config", "config/rules.toml"], arguments].concat()))
    };
    let text = route(&["--user", "reports", "SELECT * FROM orders"]);
    for part in ["target  replica\n", "rule    reports\n", "level   bounded\n", "60000 ms\n"] {
        assert!(text.contains(part), "{text}");
    }
    let text = route(&["--schema", "bank", "SELECT * FROM balances"]);
    assert!(text.contains("target  primary\nreason  rule\nrule    balances\n"), "{text}");
    let text = route(&["SELECT * FROM balances"]);
    assert!(text.contains("target  replica\n") && !text.contains("rule"), "{text}");
    let text = route(&["select * from orders where note like ?"]);
    assert!(text.contains("target  refused\n") && text.contains("search service\n"), "{text}");
    let text = route(&["--json", "--user", "reports", "SELECT 1"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&value["rule"], &value["timeout_ms"]), (&"reports".into(), &60_000.into()));
}

#[test]
fn check_finds_what_only_the_proxy_knows() {
    let least =
        "[monitor]\nuser = \"a\"\npassword = \"\"\n[[server]]\nname = \"a\"\naddress = \"b\"\n";
    let rule = "[[rules]]\nname = \"r\"\ntarget = \"primary\"\n";
    for (key, expected) in [
        ("shape = \"SELECT 'x\"", "shape of the rule \"r\" in the configuration: is no statement"),
        ("table = \"a.b.c\"", "table of the rule \"r\" in the configuration: is no name"),
    ] {
        let (_folder, path) = written(&format!("{least}{rule}{key}\n"));
        let output = anabranch(&["check", &path]);
        assert_eq!(output.status.code(), Some(1));
        assert!(out(&output).contains(expected), "{}", out(&output));
    }
}

#[test]
fn route_prints_json() {
    let output = anabranch(&["route", "--json", "INSERT INTO t VALUES (1)"]);
    assert!(output.status.success());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["class", "reason", "target"]);
    assert_eq!(value["target"], "primary");
}
