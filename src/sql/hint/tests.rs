//! Where hints are found, what they say, and properties over any text.

use proptest::prelude::*;

use super::*;
use crate::sql::LexCharset;

fn find(sql: &str) -> Option<Hints> {
    Hints::find(sql.as_bytes(), LexMode::default())
}

fn found(sql: &str) -> Hints {
    find(sql).unwrap_or_else(|| panic!("no hint in {sql}"))
}

fn problems(sql: &str) -> Vec<String> {
    found(sql).problems
}

#[test]
fn every_key_is_read() {
    let set =
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7,\n4e11fa47-71ca-11e1-9e33-c80aa9429562:tag:1-3";
    let hints = found(&format!(
        "SELECT 1 /* anabranch: route=primary, consistency=global, max_lag=200ms, after={set}, ack=full_sync */"
    ));
    let wanted = Hints {
        route: Some(Route::Primary),
        place: None,
        consistency: Some(Consistency::Global),
        max_lag: Some(Duration::from_millis(200)),
        after: Some(set.replace('\n', "")),
        ack: Some(Ack::FullSync),
        problems: Vec::new(),
    };
    assert_eq!(hints, wanted);
}

#[test]
fn case_space_and_quotes_do_not_matter() {
    for text in [
        "/* anabranch: ack=quorum, route=replica */",
        "/*anabranch:ack=quorum,replica*/",
        "/*\tAnaBranch :  ACK = Quorum ;\n Replica */",
        "/*anabranch: ack='quorum' route=\"replica\"*/",
        "/* anabranch: ack=async */ /* anabranch: ack=quorum replica */",
    ] {
        let hints = found(text);
        let both = (Some(Ack::Quorum), Some(Route::Replica));
        assert_eq!((hints.ack, hints.route), both, "{text}");
        assert_eq!(hints.problems, Vec::<String>::new(), "{text}");
    }
    let lag = |text: &str| found(&format!("/* anabranch: max_lag={text} */")).max_lag;
    for (text, millis) in [("5", 5), ("2s", 2000), ("1 min, route=primary", 60_000), ("0ms", 0)] {
        assert_eq!(lag(text), Some(Duration::from_millis(millis)), "{text}");
    }
    assert_eq!(lag("5 primary"), Some(Duration::from_millis(5)));
    assert_eq!(lag("'200 ms'"), Some(Duration::from_millis(200)));
}

#[test]
fn a_mariadb_position_ends_where_the_next_hint_begins() {
    let hints = found("/* anabranch: after=0-1-100,1-2-3, replica, ack=quorum */ SELECT 1");
    assert_eq!(hints.after.as_deref(), Some("0-1-100,1-2-3"));
    assert_eq!((hints.route, hints.ack), (Some(Route::Replica), Some(Ack::Quorum)));
    let quoted = found("/* anabranch: after='0-1-100,1-2-3' */ SELECT 1");
    assert_eq!(quoted.after, hints.after);
}

#[test]
fn only_comments_that_say_so_are_hints() {
    for text in [
        "SELECT 1",
        "SELECT '/* anabranch: route=primary */'",
        "SELECT \"/* anabranch: route=primary */\" FROM `/* anabranch: replica */`",
        "SELECT 'it''s \\'/* anabranch: route=primary */'",
        "SELECT 1 -- /* anabranch: route=primary */\n",
        "SELECT 1 # /* anabranch: route=primary */",
        "SELECT /*+ anabranch: route=primary */ 1",
        "SELECT /*! anabranch: route=primary */ 1",
        "SELECT /* not an anabranch: route=primary */ 1",
        "SELECT /* anabranches: route=primary */ 1",
        "SELECT /* anabranch route=primary */ 1",
        "SELECT /* x /* anabranch: route=primary */ 1",
        "SELECT 1 /* anabranch: route=primary",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
    let behind = "/*!40101 SELECT */ 'a' /* b */ -- c\n /* anabranch: primary */ FROM t";
    assert_eq!(found(behind).route, Some(Route::Primary));
    assert_eq!(found("/* anabranch: */ SELECT 1"), Hints::default());
}

/// One hint a line: what it asks for. Golden scripts, as the words of others are a table.
#[test]
fn hints_of_other_proxies() {
    struct Script;
    impl goldenscript::Runner for Script {
        type Command = goldenscript::Command;

        fn run(
            &mut self,
            command: &goldenscript::Command,
            _: &goldenscript::Context,
        ) -> Result<String, Box<dyn std::error::Error>> {
            let mut args = command.consume_args();
            let sql = args.next_pos().ok_or("a statement is missing")?.replace("\\n", "\n");
            args.reject_next()?;
            let Some(hints) = find(&sql) else { return Ok("no hint".to_owned()) };
            let mut said = Vec::new();
            said.extend(hints.route.map(|route| format!("route={route:?}").to_lowercase()));
            said.extend(hints.place.map(|place| format!("place={place:?}")));
            said.extend(hints.max_lag.map(|lag| format!("max_lag={lag:?}")));
            said.extend(hints.consistency.map(|level| format!("{level:?}").to_lowercase()));
            said.extend(hints.problems.into_iter().map(|problem| format!("problem: {problem}")));
            Ok(said.join("\n"))
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql/hint/testscripts/other_proxies");
    goldenscript::run(&mut Script, path).expect("the script");
}

#[test]
fn the_mode_decides_what_a_string_is() {
    let text = b"SELECT 'a\\' /* anabranch: primary */ -- '";
    let mode = |no_backslash_escapes| LexMode { no_backslash_escapes, ..LexMode::default() };
    assert_eq!(Hints::find(text, mode(false)), None);
    assert_eq!(Hints::find(text, mode(true)).and_then(|hints| hints.route), Some(Route::Primary));
}

#[test]
fn what_is_not_understood_is_said_and_changes_nothing() {
    let text = "/* anabranch: speed=high, ack=most, consistency, =, max_lag=soon, ack=quorum, 'x', after= */";
    let hints = found(text);
    assert_eq!(hints.ack, Some(Ack::Quorum));
    assert_eq!((hints.max_lag, hints.after.as_deref()), (None, None));
    assert_eq!(
        hints.problems,
        [
            "Unknown anabranch hint 'speed'",
            "The anabranch hint 'ack' is async, semi_sync, quorum or full_sync, not 'most'",
            "Unknown anabranch hint 'consistency'",
            "Unknown anabranch hint '='",
            "The anabranch hint 'max_lag' is a time like 200ms, 2s or 1min, not 'soon'",
            "Unknown anabranch hint 'x'",
            "The anabranch hint 'after' is a set of GTIDs, not ''",
        ]
    );
    let long = problems(&format!("/* anabranch: {} */", "w".repeat(1000)));
    assert_eq!(long, [format!("Unknown anabranch hint '{}'", "w".repeat(MAX_SHOWN))]);
    let huge = "/* anabranch: max_lag=99999999999999999min */";
    assert_eq!((found(huge).max_lag, problems(huge).len()), (None, 1));
}

#[test]
fn everything_is_bounded() {
    let many = "/* anabranch: x */".repeat(100);
    assert_eq!(problems(&many).len(), MAX_PROBLEMS);
    let comments =
        format!("{}/* anabranch: ack=quorum */", "/* anabranch: */".repeat(MAX_COMMENTS));
    assert_eq!(found(&comments).ack, None);
    assert_eq!(problems(&comments), ["Only the first 16 anabranch hints of a statement are read"]);
    let long = format!("/* anabranch: ack=quorum {} */ SELECT 1", " ".repeat(MAX_COMMENT_BYTES));
    assert_eq!(problems(&long), ["An anabranch hint of more than 16384 bytes is not read"]);
}

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![Just(Route::Primary), Just(Route::Replica)]
}

fn hints() -> impl Strategy<Value = Hints> {
    let consistency = prop::sample::select(vec![
        Consistency::Eventual,
        Consistency::Bounded,
        Consistency::Monotonic,
        Consistency::Session,
        Consistency::Global,
    ]);
    let ack = prop::sample::select(vec![Ack::Async, Ack::SemiSync, Ack::Quorum, Ack::FullSync]);
    let lag = (0u64..1_000_000).prop_map(Duration::from_millis);
    let after = "[0-9]-[0-9]{1,4}-[0-9]{1,9}(,[0-9]-[0-9]-[0-9]){0,3}";
    let of = prop::option::of::<BoxedStrategy<_>>;
    (
        prop::option::of(route()),
        prop::option::of(consistency),
        prop::option::of(lag),
        of(after.prop_map(String::from).boxed()),
        prop::option::of(ack),
    )
        .prop_map(|(route, consistency, max_lag, after, ack)| Hints {
            route,
            place: None,
            consistency,
            max_lag,
            after,
            ack,
            problems: Vec::new(),
        })
}

/// `SemiSync` as it is written: `semi_sync`.
fn written(name: impl std::fmt::Debug) -> String {
    let mut text = String::new();
    for (at, c) in format!("{name:?}").char_indices() {
        if at > 0 && c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn show(hints: &Hints, space: &str, shout: bool) -> String {
    let items = [
        hints.route.map(|route| format!("route{space}={}", written(route))),
        hints.consistency.map(|level| format!("consistency={space}{}", written(level))),
        hints.max_lag.map(|lag| format!("max_lag={}{space}ms", lag.as_millis())),
        hints.after.as_ref().map(|after| format!("after={after}")),
        hints.ack.map(|ack| format!("ack={}", written(ack))),
    ];
    let items: Vec<String> = items.into_iter().flatten().collect();
    let text = format!("/*{space}anabranch{space}:{}{space}*/", items.join(&format!("{space},")));
    if shout { text.to_ascii_uppercase() } else { text }
}

proptest! {
    /// What is written is read, wherever it stands, however it is spaced and in whatever case.
    #[test]
    fn what_is_written_is_read(
        hints in hints(),
        space in "[ \t\n]{0,3}",
        shout: bool,
        before in "(SELECT 'a /* b' FROM `c` |-- x\n| ){0,2}",
        after in "( FROM t| ; -- /[*] anabranch: x [*]/|/[*] other [*]/){0,2}",
    ) {
        let text = format!("{before}{}{after}", show(&hints, &space, shout));
        prop_assert_eq!(find(&text), Some(hints), "{}", text);
    }

    /// A hint in a string is none.
    #[test]
    fn strings_hide_hints(hints in hints(), quote in prop::sample::select(vec!['\'', '"', '`'])) {
        let text = format!("SELECT {quote}{}{quote}", show(&hints, " ", false));
        prop_assert_eq!(find(&text), None);
    }

    /// Any bytes, in any mode: no panic, and bounded problems.
    #[test]
    fn any_bytes(
        pieces in prop::collection::vec(
            prop_oneof![
                3 => prop::sample::select(vec![
                    "/*", "*/", "anabranch", ":", "/* anabranch:", "=", ",", ";", "'", "\"", "`", "ack", "after",
                    "max_lag", "0-1-2", "quorum", "\\", "/*!", "/*!80000", "--", "\n", "#", " ", "é", "9", "-- maxscale ",
                    "route to ", "server ", "SHARDINGSPHERE_HINT:", "/*FORCE_MASTER*/",
                ]).prop_map(|text| text.as_bytes().to_vec()),
                1 => prop::collection::vec(any::<u8>(), 0..4),
            ],
            0..40,
        ),
        ansi_quotes: bool,
        no_backslash_escapes: bool,
        gbk: bool,
    ) {
        let charset = if gbk { LexCharset::Gbk } else { LexCharset::AsciiSafe };
        let mode = LexMode { ansi_quotes, no_backslash_escapes, ignore_space: false, charset };
        let hints = Hints::find(&pieces.concat(), mode).unwrap_or_default();
        prop_assert!(hints.problems.len() <= MAX_PROBLEMS);
        prop_assert!(hints.after.is_none_or(|set| set.len() <= MAX_COMMENT_BYTES));
    }
}
