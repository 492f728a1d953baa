//! Checks the code's own shape: import directions, openings, panics, lengths, paths, the map.
//!
//! Each rule is a pure function over a file, and has a test here that shows it can fail.

#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use std::path::{Path, PathBuf};

use rules::{File, TestFiles};

/// Folders and files whose text is checked.
const CHECKED: [&str; 8] =
    ["src", "tests", "testcontainers", "benches", "fuzz", "config", ".ci", "README.md"];

/// Folders that builds and fuzzers fill.
const GENERATED: [&str; 6] =
    ["target", "corpus", "artifacts", "coverage", "node_modules", "__pycache__"];

/// Endings of what people write (statement collections and captured bytes are not).
const WRITTEN: [&str; 10] = ["rs", "toml", "md", "yml", "json", "sh", "py", "js", "php", "java"];

/// The repository, as cargo says when it runs a test.
fn root() -> PathBuf {
    let set = std::env::var_os("CARGO_MANIFEST_DIR");
    set.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// Every written file below the root's checked folders.
fn files() -> Vec<File> {
    let mut files = Vec::new();
    for name in CHECKED {
        collect(&root().join(name), &mut files);
    }
    assert!(files.len() > 20, "the walk lost its way");
    files
}

fn collect(path: &Path, files: &mut Vec<File>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.is_dir() {
        if GENERATED.contains(&name.as_ref()) {
            return;
        }
        let mut entries: Vec<_> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            collect(&entry, files);
        }
        return;
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    let written = ending.is_none_or(|ending| WRITTEN.contains(&ending.as_ref()));
    let Ok(text) = std::fs::read_to_string(path) else { return };
    if written {
        let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        files.push(File { path, text });
    }
}

#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[track_caller]
fn complaints(found: Vec<String>, expected: &[&str]) {
    assert_eq!(found, expected);
}

#[test]
fn imports_go_down() {
    none(files().iter().flat_map(rules::imports).collect());
}

#[test]
fn imports_can_fail() {
    let wire = |text| rules::imports(&file("src/wire/ok.rs", text));
    complaints(wire("use crate::gtid::GtidSet;\nuse super::header;\nuse crate::wire::x;"), &[]);
    complaints(wire("// use crate::net::Stream;\nlet a = \"crate::net\";"), &[]);
    let up = ["src/wire/ok.rs: wire may not import net"];
    complaints(wire("use crate::net::Stream;"), &up);
    complaints(wire("fn f() { crate::net::dial() }"), &up);
    complaints(wire("use crate::{gtid::{self, GtidSet}, net};"), &up);
    complaints(wire("use super::super::net::Stream;"), &up);
    complaints(wire("#[cfg(test)]\nmod tests { use crate::net::Stream; }"), &up);
    let unknown = rules::imports(&file("src/attic/mod.rs", ""));
    complaints(unknown, &["src/attic/mod.rs: the room attic is not in the table of tests/tidy"]);
}

#[test]
fn what_decides_is_pure() {
    none(files().iter().flat_map(rules::purity).collect());
}

#[test]
fn purity_can_fail() {
    let route = |text| rules::purity(&file("src/proxy/route/plan.rs", text));
    complaints(route("use std::{sync::Arc, time::{Duration, Instant}};\n// tokio::spawn"), &[]);
    for impure in [
        "use tokio::net::TcpStream;",
        "use std::net::SocketAddr;",
        "use std::{sync::Arc, net};",
        "let now = std::time::Instant::now();",
        "let now = Instant::now();",
    ] {
        assert_eq!(route(impure).len(), 1, "{impure}");
    }
    complaints(rules::purity(&file("src/proxy/worker.rs", "use tokio::task;")), &[]);
}

#[test]
fn backend_never_imports_session() {
    none(files().iter().flat_map(rules::backend_without_session).collect());
}

#[test]
fn backend_rule_can_fail() {
    let backend = |text| rules::backend_without_session(&file("src/proxy/backend/pool.rs", text));
    complaints(backend("use crate::wire::session;\nuse other::session::X;"), &[]);
    for wrong in [
        "use crate::proxy::session::Session;",
        "use super::super::session::Session;",
        "use crate::{proxy::{session, route}};",
    ] {
        assert_eq!(backend(wrong).len(), 1, "{wrong}");
    }
}

#[test]
fn every_file_says_what_it_is() {
    none(files().iter().flat_map(rules::opening).collect());
}

#[test]
fn openings_can_fail() {
    complaints(rules::opening(&file("src/a.rs", "//! What it is.\n")), &[]);
    complaints(rules::opening(&file("config/a.toml", "[proxy]")), &[]);
    for wrong in ["", "use std::io;\n", "/// Not the file's.\n", "//!\n", "\n\n// Hm.\n//! Late.\n"]
    {
        assert_eq!(rules::opening(&file("src/a.rs", wrong)).len(), 1, "{wrong:?}");
    }
}

#[test]
fn code_gives_errors_instead_of_panics() {
    let files = files();
    let tests = TestFiles::find(&files);
    none(files.iter().flat_map(|file| rules::panics(file, &tests)).collect());
}

#[test]
fn panics_can_fail() {
    let check = |path: &str, text: &str| {
        let files = [file(path, text), file("src/x/mod.rs", "#[cfg(test)]\nmod fakes;\n")];
        rules::panics(&files[0], &TestFiles::find(&files))
    };
    complaints(
        check("src/x/a.rs", "fn f() {\n    g().unwrap();\n    todo!()\n}"),
        &["src/x/a.rs: line 2 has .unwrap()", "src/x/a.rs: line 3 has todo!"],
    );
    complaints(check("src/x/a.rs", "g().unwrap_or(1); // .unwrap()\nlet s = \"panic!\";"), &[]);
    complaints(check("src/x/a.rs", "g().expect(\"a\"); // tidy: the loop above made it"), &[]);
    complaints(check("src/x/a.rs", "// tidy: the loop above made it\ng().unwrap();"), &[]);
    complaints(check("src/x/a.rs", "#[cfg(test)]\nmod tests {\n  fn f() { g().unwrap() }\n}"), &[]);
    assert_eq!(check("src/x/a.rs", "#[cfg(test)]\nuse a;\nfn f() { g().unwrap() }").len(), 1);
    complaints(check("src/x/fakes.rs", "g().unwrap()"), &[]);
    complaints(check("tests/e2e.rs", "g().unwrap()"), &[]);
}

#[test]
fn files_stay_small() {
    none(files().iter().flat_map(rules::length).collect());
}

#[test]
fn length_can_fail() {
    complaints(rules::length(&file("src/a.rs", &"x\n".repeat(700))), &[]);
    assert_eq!(rules::length(&file("src/a.rs", &"x\n".repeat(701))).len(), 1);
}

#[test]
fn no_paths_of_a_machine() {
    none(files().iter().flat_map(rules::machine_paths).collect());
}

#[test]
fn machine_paths_can_fail() {
    let path = |folder: &str| format!("let path = \"/{folder}/somebody/file\";");
    assert_eq!(rules::machine_paths(&file("src/a.rs", &path("home"))).len(), 1);
    assert_eq!(rules::machine_paths(&file("tests/all", &path("root"))).len(), 1);
    complaints(rules::machine_paths(&file("src/a.rs", &path("run"))), &[]);
    complaints(rules::machine_paths(&file("src/a.rs", "https://example.com/home/page")), &[]);
}

#[test]
fn the_map_names_every_room() {
    let Ok(map) = std::fs::read_to_string(root().join("ARCHITECTURE.md")) else { return };
    let rooms: Vec<String> = std::fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    none(rules::architecture(&map, &rooms));
}

#[test]
fn the_map_can_fail() {
    let rooms = ["sql".to_owned(), "wire".to_owned()];
    complaints(rules::architecture("`sql` and wire/", &rooms), &[]);
    complaints(
        rules::architecture("only sql/", &rooms),
        &["ARCHITECTURE.md does not name the room wire"],
    );
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = r####"
a /* b /* c */ d */ e "f \" g" r#"h "i" j"# 'k' '\'' 'l: b"m" br##"n"# o"## p // q
r"####;
    let words: Vec<String> =
        source::code_only(text).split_whitespace().map(str::to_owned).collect();
    assert_eq!(words, ["a", "e", "'l:", "b", "p", "r"]);
    assert_eq!(source::code_only(text).lines().count(), text.lines().count());
}

#[test]
fn groups_are_spelled_out() {
    let paths = source::paths("use a::{b, c::{d, e as f}, self}; g::h(); i; j::*;");
    let shown: Vec<String> = paths.iter().map(|path| path.join("::")).collect();
    assert_eq!(shown[..4], ["a::b", "a::c::d", "a::c::e", "a::self"]);
    assert!(shown.contains(&"g::h".to_owned()) && !shown.contains(&"i".to_owned()));
}
