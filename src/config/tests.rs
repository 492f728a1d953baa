//! Whole files in; configurations or mistakes out. Every sample of `config/` is loaded here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

/// The least that a file must say.
const LEAST: &str = r#"
[monitor]
user = "anabranch"
password = ""

[[server]]
name = "db1"
address = "127.0.0.1:3306"
"#;

fn variable(name: &str) -> Option<String> {
    (name == "MONITOR_PASSWORD").then(|| "from the environment".to_owned())
}

fn parsed(text: &str) -> Result<Config, Vec<Mistake>> {
    parse(text, &Surroundings::fake(PathBuf::from("/nonexistent"), variable))
}

/// The mistakes in `text`, shown.
fn mistakes(text: &str) -> Vec<String> {
    let mistakes = parsed(text).expect_err("a mistake");
    mistakes.iter().map(ToString::to_string).collect()
}

/// [`LEAST`] with `proxy` lines before it.
fn with(lines: &str) -> String {
    format!("{lines}{LEAST}")
}

#[track_caller]
fn one_mistake(text: &str, expected: &str) {
    assert_eq!(mistakes(text), [expected]);
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A folder with the files that the samples name.
fn folder_with_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    for name in ["server.pem", "client.pem", "ca.pem"] {
        std::fs::write(folder.path().join(name), &certificate).unwrap();
    }
    for name in ["server-key.pem", "client-key.pem", "rsa-key.pem"] {
        std::fs::write(folder.path().join(name), &key).unwrap();
    }
    for name in ["app.password", "monitor.password", "console.password"] {
        std::fs::write(folder.path().join(name), "s3cret\n").unwrap();
    }
    folder
}

#[test]
fn every_sample_loads() {
    let folder = folder_with_files();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut loaded = 0;
    for entry in std::fs::read_dir(samples).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".toml") {
            continue;
        }
        let path = folder.path().join(&name);
        std::fs::write(&path, sample(&name)).unwrap();
        let mistakes = match is_server(&path) {
            true => load_server(&path).err(),
            false => load(&path).err(),
        };
        assert!(mistakes.is_none(), "{name}: {mistakes:#?}");
        loaded += 1;
    }
    assert_eq!(loaded, 4);
}

#[test]
fn a_bundled_server_s_file() {
    let folder = folder_with_files();
    let path = folder.path().join("s.toml");
    std::fs::write(&path, sample("server.toml")).unwrap();
    assert!(is_server(&path));
    let config = load_server(&path).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:4410".parse().unwrap()]);
    assert_eq!(config.data, folder.path().join("data/server-1"));
    assert_eq!((config.binlog.sync, config.server_id), (Sync::Every(1), 1));
    let wrong = "[server]\nserver_id = 0\n[binlog]\nsync = \"often\"\nsise = 1\n";
    std::fs::write(&path, wrong).unwrap();
    let mistakes = load_server(&path).unwrap_err();
    let keys: Vec<&str> = mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(keys, ["server.data", "server.server_id", "binlog.sync", "binlog.sise"]);
}

#[test]
fn the_defaults_that_the_sample_shows_are_the_defaults() {
    let text = sample("anabranch.toml");
    let shown = |line: &str| {
        line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let all: String = text
        .lines()
        .filter(|line| !line.starts_with("#socket") && !line.starts_with("#zone ="))
        .map(|line| if shown(line) { format!("{}\n", &line[1..]) } else { format!("{line}\n") })
        .collect();
    assert_ne!(all, text);
    let (shown, default) = (parsed(&all).unwrap(), parsed(&text).unwrap());
    assert_eq!(format!("{shown:#?}"), format!("{default:#?}"));
}

#[test]
fn the_sample_names_every_key() {
    let texts = sample("anabranch.toml") + &sample("mysql.toml") + &sample("rules.toml");
    let text = "zzz = 1\n[proxy]\nzzz = 1\n[proxy.tls]\nzzz = 1\n[proxy.authentication]\nzzz = 1\n\
                [backend]\nzzz = 1\n[backend.tls]\nzzz = 1\n[monitor]\nzzz = 1\n[[server]]\nzzz = 1\n\
                [[account]]\nzzz = 1\n[[rules]]\nzzz = 1\n[http]\nzzz = 1\n[console]\nzzz = 1\n[log]\nzzz = 1\n";
    let mut keys = 0;
    for mistake in parsed(text).unwrap_err() {
        let Some(known) = mistake.advice.strip_prefix("remove it, or write one of ") else {
            continue;
        };
        for key in known.split(", ") {
            keys += 1;
            let there = [format!("{key} = "), format!("[{key}]"), format!(".{key}]")];
            assert!(there.iter().any(|there| texts.contains(there.as_str())), "{key}");
        }
    }
    assert!(keys > 40, "{keys}");
}

#[test]
fn the_least_file_has_all_defaults() {
    let config = parsed(LEAST).unwrap();
    assert_eq!(config.frontend.listen, ["127.0.0.1:4406".parse().unwrap()]);
    assert_eq!(config.frontend.max_allowed_packet, 1 << 30);
    assert!(config.frontend.tls.is_none());
    assert_eq!(config.routing.max_lag, Duration::from_secs(10));
    assert!(matches!(config.authentication.accounts, AccountSource::Primary));
    assert_eq!(config.backend.tls.mode, TlsMode::Preferred);
    assert_eq!(config.monitor.interval, Duration::from_millis(250));
    assert_eq!(config.monitor.password.reveal(), b"");
    assert_eq!(config.servers[0].weight, 100);
    assert_eq!(config.http.unwrap().listen, "127.0.0.1:4408".parse().unwrap());
    assert_eq!(config.log, Log { format: LogFormat::Text, filter: "info".to_owned() });
}

#[test]
fn the_tls_sample_has_its_files() {
    let folder = folder_with_files();
    let around = Surroundings::fake(folder.path().to_owned(), variable);
    let config = parse(&sample("mysql.toml"), &around).unwrap();
    let tls = config.frontend.tls.as_ref().unwrap();
    assert!(tls.required && tls.certificate.contents.reveal().starts_with(b"-----BEGIN"));
    assert_eq!(config.backend.tls.mode, TlsMode::VerifyIdentity);
    assert_eq!(config.monitor.password.reveal_text(), Some("s3cret"));
    let AccountSource::Config(accounts) = &config.authentication.accounts else { panic!() };
    assert_eq!(
        (accounts[0].host.as_str(), accounts[0].plugin),
        ("10.%", AccountPlugin::CachingSha2)
    );
    assert!(matches!(accounts[0].proof, AccountProof::Password(_)));
    assert!(matches!(accounts[1].proof, AccountProof::NativeHash([0x24, 0x70, ..])));
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("PRIVATE"), "{shown}");
}

#[test]
fn every_mistake_at_once() {
    let text = r#"
[proxy]
lisen = ["127.0.0.1:4406"]
max_connections = "many"
max_lag_ms = 0
max_allowed_packet = "64MB"

[proxy.tls]
certificate = "server.pem"

[[server]]
name = "db1"
address = "127.0.0.1:3306"
preferred_primary = true

[[server]]
name = "db1"
address = "127.0.0.1:port"
preferred_primary = true
wieght = 3
"#;
    let shown = mistakes(text);
    let expected = [
        "1:1: monitor.user: missing; write `user = \"anabranch\"` in a table `[monitor]`",
        "1:1: monitor.password: missing; write `password_file = \"monitor.password\"` (or \
         password, password_env) in a table `[monitor]`",
        "3:1: proxy.lisen: unknown key; write `listen`",
        "4:19: proxy.max_connections: expected a whole number, found a string; write \
         `max_connections = 10000`",
        "5:14: proxy.max_lag_ms: 0 milliseconds is out of bounds; write a number from 1 to \
         86400000 (the default is 10000)",
        "6:22: proxy.max_allowed_packet: not a size in bytes, KiB, MiB or GiB; write \
         `max_allowed_packet = \"1GiB\"`",
        "8:1: proxy.tls.key: missing; write `key = \"server-key.pem\"`",
        "9:15: proxy.tls.certificate: cannot read /nonexistent/server.pem: No such file or \
         directory (os error 2); name a file that the proxy's user may read",
        "17:8: server[1].name: server[0].name has the name \"db1\" already; write another name: \
         each stands once",
        "18:11: server[1].address: \"127.0.0.1:port\" is no address; write `address = \
         \"host:port\"` or `address = \"unix:/path/to/socket\"`",
        "19:21: server[1].preferred_primary: server[0].preferred_primary is true already; keep \
         `preferred_primary = true` on one server",
        "20:1: server[1].wieght: unknown key; write `weight`",
    ];
    assert_eq!(shown, expected, "{shown:#?}");
}

#[test]
fn what_spares_the_primary() {
    let config = parsed(&with("[proxy]\nmax_lag_ms = 400\nprimary_read_share = 0.25\n")).unwrap();
    let protection = &config.protection;
    assert_eq!((protection.primary_capacity, protection.primary_read_share), (200, 250));
    assert_eq!(protection.max_lag_resume, Duration::from_millis(320));
    assert_eq!(protection.eventual_max_lag, Duration::from_millis(400));
    let near = LEAST.replace("name =", "zone = \"a\"\nname =");
    let config = parsed(&format!("[proxy]\nzone = \"a\"\n{near}")).unwrap();
    assert_eq!(config.protection.zone, config.servers[0].zone);
    let text = "[proxy]\nmax_lag_ms = 400\nmax_lag_resume_ms = 500\neventual_max_lag_ms = 300\n\
                primary_read_share = 30\nzone = \"b\"\n";
    let shown = mistakes(&with(text).replace("name =", "zone = \"a b\"\nname ="));
    let expected = [
        "3:21: proxy.max_lag_resume_ms: above max_lag_ms; write at most 400: replicas come back \
         below the limit",
        "4:23: proxy.eventual_max_lag_ms: below max_lag_ms; write at least 400: it holds where \
         max_lag_ms is not enough",
        "5:22: proxy.primary_read_share: not a fraction from 0 to 1; write `primary_read_share = \
         0.5`",
        "6:8: proxy.zone: no server is in this zone; write `zone = \"b\"` under each [[server]] \
         that is near the proxy",
        "13:8: server[0].zone: \"a b\" is no zone; write 1 to 64 letters, digits, dots, dashes or \
         underscores",
    ];
    assert_eq!(shown, expected, "{shown:#?}");
}

#[test]
fn broken_syntax_does_not_hide_other_mistakes() {
    let text = "[proxy]\nworkers = \n[log]\nfromat = 1\n[http]\nlisten = \"127.0.0.1\n";
    let shown = mistakes(text);
    assert_eq!(shown.len(), 3, "{shown:#?}");
    assert!(shown[0].starts_with("2:11: not TOML: "), "{shown:#?}");
    assert_eq!(shown[1], "4:1: log.fromat: unknown key; write `format`");
    assert!(shown[2].starts_with("6:"), "{shown:#?}");
}

#[test]
fn duplicate_keys_are_a_mistake() {
    let shown = mistakes(&with("[proxy]\nworkers = 1\nworkers = 2\n"));
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(shown[0].starts_with("3:1: not TOML: duplicate key"), "{shown:#?}");
}

#[test]
fn nothing_at_all() {
    let shown = mistakes("");
    assert_eq!(shown.len(), 3, "{shown:#?}");
    assert!(shown[2].starts_with("1:1: server: no server is configured; write `[[server]]`"));
}

#[test]
fn an_unreadable_file_is_one_mistake() {
    let mistakes = load(Path::new("/nonexistent/anabranch.toml")).unwrap_err();
    assert_eq!((mistakes.len(), mistakes[0].line), (1, 0));
    assert!(mistakes[0].to_string().starts_with("cannot read the file: "));
}

#[test]
fn columns_count_characters() {
    one_mistake(
        &with("[log]\nfilter = \"é\" \nformat = \"ü\"\n").replace("\"é\"", "\"info\""),
        "3:10: log.format: unknown word \"ü\"; write one of \"text\", \"json\"",
    );
}

#[test]
fn words_have_a_nearest() {
    one_mistake(
        &with("[backend.tls]\nmode = \"verify-ca\"\nca = 1\n").replace("ca = 1\n", ""),
        "2:8: backend.tls.mode: unknown word \"verify-ca\"; write `mode = \"verify_ca\"` (allowed: \
         \"preferred\", \"disabled\", \"required\", \"verify_ca\", \"verify_identity\")",
    );
}

#[test]
fn passwords_come_one_way() {
    let text = LEAST.replace("password = \"\"", "password_env = \"MONITOR_PASSWORD\"");
    let config = parsed(&text).unwrap();
    assert_eq!(config.monitor.password.reveal_text(), Some("from the environment"));
    one_mistake(
        &LEAST.replace("password = \"\"", "password = \"x\"\npassword_file = \"y\""),
        "5:17: monitor.password_file: given beside password; keep only one of password, \
         password_file, password_env",
    );
    one_mistake(
        &LEAST.replace("password = \"\"", "password_env = \"NOT_SET\""),
        "4:16: monitor.password_env: the environment variable NOT_SET is not set; set it before \
         starting, or write password_file instead",
    );
    one_mistake(
        &LEAST.replace("password = \"\"", "password_file = \"none\""),
        "4:17: monitor.password_file: cannot read /nonexistent/none: No such file or directory \
         (os error 2); name a file that the proxy's user may read",
    );
}

#[test]
fn listening_somewhere_is_required() {
    one_mistake(
        &with("[proxy]\nlisten = []\n"),
        "2:10: proxy.listen: nothing to listen on; write `listen = [\"127.0.0.1:4406\"]`, or a \
         `socket`",
    );
    let config = parsed(&with("[proxy]\nlisten = []\nsocket = \"/run/a.sock\"\n")).unwrap();
    assert_eq!(config.frontend.socket.as_deref(), Some(Path::new("/run/a.sock")));
    one_mistake(
        &with("[proxy]\nlisten = [\"localhost\", 5]\n").replace(", 5", ""),
        "2:11: proxy.listen: \"localhost\" is no IP address with a port; write \"127.0.0.1:4406\", \
         or \"0.0.0.0:4406\" for all",
    );
}

#[test]
fn tls_needs_its_pair_and_its_authority() {
    one_mistake(
        &with("[backend.tls]\nmode = \"verify_ca\"\n"),
        "1:1: backend.tls.ca: missing, and this mode needs it; write `ca = \"ca.pem\"`: the file \
         with the authority's certificate",
    );
}

#[test]
fn accounts_stand_where_they_are_used() {
    one_mistake(
        &with("[[account]]\nname = \"app\"\npassword = \"x\"\n"),
        "1:1: account: not used: accounts come from the primary; write `accounts = \"config\"` in \
         `[proxy.authentication]`, or remove `[[account]]`",
    );
    let config = "[proxy.authentication]\naccounts = \"config\"\n";
    let none = mistakes(&with(config));
    assert!(none[0].contains("account: no account is configured"), "{none:#?}");
    let account = |lines: &str| with(&format!("{config}[[account]]\nname = \"app\"\n{lines}"));
    one_mistake(
        &account("native_hash = \"*2470\"\nplugin = \"mysql_native_password\"\n"),
        "5:15: account[0].native_hash: not a native password hash; write `*` and 40 hexadecimal \
         digits, as PASSWORD('…') gives",
    );
    let sha2 = account("native_hash = \"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\"\n");
    assert!(mistakes(&sha2)[0].contains("cannot prove caching_sha2_password"));
    let twice = account("password = \"\"\n[[account]]\nname = \"app\"\npassword = \"\"\n");
    assert!(mistakes(&twice)[0].contains("the account app@% stands here twice"));
    assert!(mistakes(&account(""))[0].contains("account[0].password: missing"));
}

#[test]
fn rules_are_read() {
    let text = r#"
[[rules]]
name = "reports"
user = "reports"
schema = ["shop", "old"]
table = "shop.orders"
shape = "SELECT * FROM orders WHERE id = ?"
pattern = '(?i)nightly'
target = "replica"
consistency = "bounded"
max_lag_ms = 500
timeout_ms = 30000
[[rules]]
name = "no-search"
pattern = "LIKE '%"
refuse = "Use the search service"
"#;
    let rules = parsed(&with(text)).unwrap().rules;
    let (first, second) = (&rules[0], &rules[1]);
    assert_eq!((first.users.len(), first.schemas.len(), first.tables.len()), (1, 2, 1));
    assert_eq!(first.target, Some(RuleTarget::Replica));
    assert_eq!(first.consistency, Some(Consistency::Bounded));
    assert_eq!(first.max_lag, Some(Duration::from_millis(500)));
    assert_eq!(first.timeout, Some(Duration::from_secs(30)));
    assert_eq!(second.refuse.as_deref(), Some("Use the search service"));
    assert_eq!((second.target, second.timeout), (None, None));
}

#[test]
fn every_mistake_of_a_rule() {
    let text = r#"[[rules]]
name = "a"
pattern = '(open'
[[rules]]
name = "a"
user = []
target = "primry"
[[rules]]
name = "no name"
table = "t"
timeout_ms = 0
refuse = " "
[[rules]]
name = "both"
tabel = "t"
schema = "s"
refuse = "no"
timeout_ms = 10
"#;
    let shown = mistakes(&with(text));
    let expected = [
        "1:1: rules[0].target: the rule does nothing; write at least one of target, consistency, \
         max_lag_ms, timeout_ms, refuse",
        "3:11: rules[0].pattern: not a pattern: unclosed group; write a regular expression in \
         quotes of this kind: '(?i)^select .* limit'",
        "5:8: rules[1].name: rules[0].name has the name \"a\" already; write another name: each \
         stands once",
        "6:8: rules[1].user: not a number of values that can be; write 1 to 64 of them, or remove \
         the key",
        "7:10: rules[1].target: unknown word \"primry\"; write `target = \"primary\"` (allowed: \
         \"primary\", \"replica\")",
        "9:8: rules[2].name: \"no name\" is no name of a rule; write 1 to 64 letters, digits, \
         dots, dashes or underscores",
        "11:14: rules[2].timeout_ms: 0 milliseconds is out of bounds; write a number from 1 to \
         86400000",
        "12:10: rules[2].refuse: not a text that can be; write a text of 1 to 16384 bytes",
        "15:1: rules[3].tabel: unknown key; remove it, or write one of consistency, max_lag_ms, name, \
         pattern, refuse, schema, shape, table, target, timeout_ms, user",
        "18:14: rules[3].timeout_ms: does nothing: statements that are refused do not run; remove \
         it, or `refuse`",
    ];
    assert_eq!(shown, expected, "{shown:#?}");
}

#[test]
fn a_pattern_has_a_bound() {
    let text = "[[rules]]\nname = \"a\"\ntarget = \"primary\"\npattern = '\\w{1000}{1000}'\n";
    let shown = mistakes(&with(text));
    assert!(shown[0].contains("rules[0].pattern: not a pattern: "), "{shown:#?}");
}

/// What differs between two files, shown.
fn changes(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (parsed(old).unwrap(), parsed(new).unwrap());
    let changes = old.settings.changes_to(&new.settings);
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_differs_is_named_by_key() {
    let new = with(
        "[proxy]\ncausal_wait_ms = 500\nmax_allowed_packet = \"1GiB\"\n[log]\nfilter = \"warn\"\n",
    )
    .replace("name = \"db1\"", "name = \"db2\"")
        + "[[server]]\nname = \"db1\"\naddress = \"127.0.0.1:3306\"\nweight = 50\n";
    let new = new.replacen("3306", "3307", 1);
    let expected = [
        "log.filter: (none) → warn",
        "proxy.causal_wait_ms: 10 → 500",
        "server.db1.weight: 100 → 50",
        "server.db2.address: (none) → 127.0.0.1:3307",
        "server.db2.name: (none) → db2",
        "server.db2.preferred_primary: (none) → false",
        "server.db2.weight: (none) → 100",
    ];
    assert_eq!(changes(LEAST, &new), expected);
    assert_eq!(changes(LEAST, LEAST), [] as [&str; 0]);
}

#[test]
fn secrets_differ_without_being_shown() {
    let with_password = |text: &str| LEAST.replace("password = \"\"", text);
    let shown = changes(LEAST, &with_password("password = \"s3cret\""));
    assert_eq!(shown, ["monitor.password: (secret), with other contents"]);
    let shown = changes(LEAST, &with_password("password_env = \"MONITOR_PASSWORD\""));
    assert_eq!(
        shown,
        ["monitor.password: (secret) → (none)", "monitor.password_env: (none) → MONITOR_PASSWORD"]
    );
}

#[test]
fn the_order_of_rules_is_a_setting() {
    let rule = |name: &str| {
        format!("[[rules]]\nname = \"{name}\"\nuser = \"{name}\"\ntarget = \"primary\"\n")
    };
    let (one, two) = (with(&(rule("a") + &rule("b"))), with(&(rule("b") + &rule("a"))));
    assert_eq!(changes(&one, &two), ["rules: a, b → b, a"]);
}

#[test]
fn http_can_be_turned_off() {
    assert!(parsed(&with("[http]\nlisten = \"off\"\n")).unwrap().http.is_none());
}

#[test]
fn a_console_needs_a_password() {
    assert!(parsed(LEAST).unwrap().console.is_none());
    let console = parsed(&with("[console]\npassword = \"watch\"\n")).unwrap().console.unwrap();
    assert_eq!((console.listen.to_string(), &*console.user), ("127.0.0.1:4407".into(), "admin"));
    let missing = "1:1: console.password: missing: the console lets nobody in without one; write \
                   `password_file = \"console.password\"` (or password, password_env)";
    one_mistake(&with("[console]\n"), missing);
    let empty = "2:12: console.password: empty: whoever reaches the console would be let in; write \
                 `password_file = \"console.password\"` (or password, password_env)";
    one_mistake(&with("[console]\npassword = \"\"\n"), empty);
    let place = "2:10: console.listen: \"here\" is no IP address with a port; write `listen = \"127.0.0.1:4407\"`";
    one_mistake(&with("[console]\nlisten = \"here\"\npassword = \"x\"\n"), place);
}

#[test]
fn log_filters_are_checked() {
    let shown = mistakes(&with("[log]\nfilter = \"anabranch=loud\"\n"));
    assert!(shown[0].starts_with("2:10: log.filter: not a log filter: "), "{shown:#?}");
}

#[test]
fn any_text_gives_an_answer() {
    let text = sample("mysql.toml");
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = parsed(&text[..end]);
    }
    for wrong in ["server = 1", "server = [1]", "[[proxy]]", "proxy = 1", "account = {}", "\u{0}"] {
        assert!(parsed(&with(&format!("{wrong}\n"))).is_err(), "{wrong}");
    }
}
