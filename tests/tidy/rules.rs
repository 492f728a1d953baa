//! The rules, each a pure function from a file to its complaints.

use crate::source::{code_only, paths, test_modules, without_tests};

/// A file of the repository: its path from the root with `/`, and its text.
#[derive(Clone)]
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn in_src(&self) -> bool {
        self.path.starts_with("src/") && self.is_rust()
    }

    /// The path's parts below `src/`, without `mod` and the ending: the module that the file is.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').filter(|part| *part != "mod").collect()
    }

    fn complain(&self, what: impl std::fmt::Display) -> String {
        format!("{}: {what}", self.path)
    }
}

/// Rooms and the rooms below that each may import: the table of ARCHITECTURE.md. A room that is
/// not here may not be there.
const ROOMS: [(&str, &[&str]); 17] = [
    ("value", &[]),
    ("gtid", &[]),
    ("config", &[]),
    ("metrics", &[]),
    ("sql", &["value"]),
    ("wire", &["value", "gtid"]),
    ("disk", &[]),
    ("net", &["wire"]),
    ("store", &["value", "disk"]),
    ("binlog", &["value", "gtid", "disk"]),
    ("engine", &["store", "binlog", "disk", "sql", "value", "gtid"]),
    ("proxy", &["sql", "net", "wire", "gtid", "config", "metrics"]),
    ("replication", &["engine", "binlog", "disk", "sql", "net", "wire", "gtid", "value"]),
    ("query", &["engine", "store", "sql", "wire", "value", "gtid"]),
    (
        "server",
        &[
            "replication",
            "query",
            "engine",
            "store",
            "sql",
            "value",
            "gtid",
            "disk",
            "net",
            "wire",
            "config",
            "metrics",
        ],
    ),
    ("admin", &["proxy", "server", "net", "config", "metrics"]),
    (
        "cli",
        &[
            "value",
            "gtid",
            "config",
            "metrics",
            "sql",
            "wire",
            "disk",
            "net",
            "store",
            "binlog",
            "engine",
            "proxy",
            "replication",
            "query",
            "server",
            "admin",
        ],
    ),
];

/// Imports go down the table only.
pub fn imports(file: &File) -> Vec<String> {
    if !file.in_src() {
        return Vec::new();
    }
    let module = file.module();
    let room = module[0];
    if matches!(room, "lib" | "main") && module.len() == 1 {
        return Vec::new();
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![file.complain(format!("the room {room} is not in the table of tests/tidy"))];
    };
    let mut complaints: Vec<String> = paths(&code_only(&file.text))
        .iter()
        .filter_map(|path| imported_room(path, &module))
        .filter(|imported| *imported != room && !allowed.contains(imported))
        .map(|imported| file.complain(format!("{room} may not import {imported}")))
        .collect();
    complaints.dedup();
    complaints
}

/// The room that `path` names from `module`: after `crate`, or after enough `super`s.
fn imported_room<'a>(path: &'a [String], module: &[&str]) -> Option<&'a str> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let named = match path.first()?.as_str() {
        "crate" => path.get(1)?,
        "super" if supers >= module.len() => path.get(supers)?,
        _ => return None,
    };
    ROOMS.iter().map(|(name, _)| *name).find(|name| name == named).map(|_| named.as_str())
}

/// Where `proxy` only decides: no runtime, no sockets, no clock.
const PURE: [&str; 5] = [
    "src/proxy/route",
    "src/proxy/causal",
    "src/proxy/pool",
    "src/proxy/replay",
    "src/proxy/topology/judge",
];

/// What decides stays pure.
pub fn purity(file: &File) -> Vec<String> {
    // Tests beside a decision read their golden scripts.
    let decides = PURE.iter().any(|pure| file.path.starts_with(pure));
    if !decides || file.path.ends_with("/tests.rs") {
        return Vec::new();
    }
    paths(&code_only(&file.text))
        .iter()
        .filter(|path| impure(path))
        .map(|path| file.complain(format!("decides, so it may not use {}", path.join("::"))))
        .collect()
}

fn impure(path: &[String]) -> bool {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let clock = [["Instant", "now"], ["SystemTime", "now"]];
    matches!(words[..], ["tokio" | "tokio_util" | "mysql_async" | "socket2", ..])
        || matches!(words[..], ["std", "net" | "fs" | "thread" | "os", ..])
        || words.windows(2).any(|pair| clock.iter().any(|clock| pair == clock))
}

/// Backends never know sessions.
pub fn backend_without_session(file: &File) -> Vec<String> {
    if !file.path.starts_with("src/proxy/backend") {
        return Vec::new();
    }
    paths(&code_only(&file.text))
        .iter()
        .filter(|path| {
            let named =
                path.iter().find(|part| !matches!(part.as_str(), "crate" | "proxy" | "super"));
            let relative = matches!(path[0].as_str(), "crate" | "super");
            relative && named.is_some_and(|named| named == "session")
        })
        .map(|path| file.complain(format!("backend may not import {}", path.join("::"))))
        .collect()
}

/// A file opens by saying what it is.
pub fn opening(file: &File) -> Vec<String> {
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    if !file.is_rust() || first.starts_with("//! ") {
        return Vec::new();
    }
    vec![file.complain("does not open with a `//!` line that says what it is and why")]
}

/// What ends the process instead of giving an error.
const PANICS: [&str; 6] = [".unwrap()", ".expect(", "panic!", "todo!", "unimplemented!", "dbg!"];

/// Code that is not a test gives errors. A line that cannot fail says why, in a `// tidy: …`
/// comment on it or above it.
pub fn panics(file: &File, tests: &TestFiles) -> Vec<String> {
    if !file.in_src() || tests.contains(file) {
        return Vec::new();
    }
    let code = without_tests(&code_only(&file.text));
    let lines: Vec<&str> = file.text.lines().collect();
    let excused = |line: usize| lines.get(line).is_some_and(|line| line.contains("// tidy: "));
    let mut complaints = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let above = number.checked_sub(1).is_some_and(excused);
        for panic in PANICS.iter().filter(|panic| has(line, panic)) {
            if !above && !excused(number) {
                complaints.push(file.complain(format!("line {} has {panic}", number + 1)));
            }
        }
    }
    complaints
}

/// Whether `line` has `call`, not only at the end of a longer word (`debug_panic!`).
fn has(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        call.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The files that are tests: those of `#[cfg(test)] mod name;`, and `…_tests.rs`.
pub struct TestFiles(Vec<String>);

impl TestFiles {
    pub fn find(files: &[File]) -> Self {
        let mut paths = Vec::new();
        for file in files.iter().filter(|file| file.in_src()) {
            let stem = file.path.trim_end_matches(".rs");
            let folder = stem.trim_end_matches("/mod");
            let folder = if matches!(stem, "src/lib" | "src/main") { "src" } else { folder };
            let names = test_modules(&code_only(&file.text));
            paths.extend(names.iter().map(|name| format!("{folder}/{name}")));
        }
        Self(paths)
    }

    fn contains(&self, file: &File) -> bool {
        let stem = file.path.trim_end_matches(".rs");
        let declared = |path: &String| stem == path || stem.starts_with(&format!("{path}/"));
        stem.ends_with("_tests") || self.0.iter().any(declared)
    }
}

/// The most lines that a file of `src` may have.
const MAX_LINES: usize = 700;

/// Files stay small.
pub fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if !file.in_src() || lines <= MAX_LINES {
        return Vec::new();
    }
    vec![file.complain(format!("{lines} lines; split it by subject (at most {MAX_LINES})"))]
}

/// Nothing depends on the machine that it was written on.
pub fn machine_paths(file: &File) -> Vec<String> {
    let folders = ["home", "root", "work", "Users", "tmp/wt"];
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for folder in folders {
            let path = format!("/{folder}/");
            let absolute = line.match_indices(&path).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| c.is_whitespace() || "\"'`=(:".contains(c))
            });
            if absolute {
                let number = number + 1;
                complaints.push(file.complain(format!("line {number} names {path}…")));
            }
        }
    }
    complaints
}

/// The map names every room that there is. `rooms` are the folders of `src`.
pub fn architecture(map: &str, rooms: &[String]) -> Vec<String> {
    rooms
        .iter()
        .filter(|room| !map.contains(&format!("{room}/")) && !map.contains(&format!("`{room}`")))
        .map(|room| format!("ARCHITECTURE.md does not name the room {room}"))
        .collect()
}
