//! Java programs: their jars by Maven, their classes by `javac`, in `target/e2e`; nothing global.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One installation at a time: Maven's own locks do not hold between processes of one repository.
static INSTALLING: Mutex<()> = Mutex::new(());

/// `target/e2e/<name>`: where a program's jars, classes and output are.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e").join(name);
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// `tests/<path>`.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The jars of a `pom.xml`, fetched into `folder` once for each `stamp`.
pub fn jars(folder: &Path, pom: &str, stamp: &str) -> PathBuf {
    let _one = INSTALLING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let jars = folder.join("jars");
    let installed = folder.join("installed");
    if std::fs::read_to_string(&installed).is_ok_and(|done| done == stamp) {
        return jars;
    }
    let _ = std::fs::remove_dir_all(&jars);
    std::fs::write(folder.join("pom.xml"), pom).expect("pom.xml is written");
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies"]).current_dir(folder);
    maven.arg(format!("-DoutputDirectory={}", jars.display()));
    maven.arg(format!("-Dmaven.repo.local={}", self::folder("maven").display()));
    must(&mut maven, "Maven and its registry are needed: apt-get install maven");
    std::fs::write(installed, stamp).expect("the stamp is written");
    jars
}

/// Every `.java` of a folder of `tests`.
pub fn sources(path: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(source(path)).expect("the Java sources");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "java")).collect()
}

/// Compiles into `folder/classes`; gives the class path.
pub fn compiled(folder: &Path, classes: &str, jars: &Path, sources: &[PathBuf]) -> String {
    let classes = folder.join(classes);
    let class_path = format!("{}/*:{}", jars.display(), classes.display());
    let mut javac = Command::new("javac");
    javac.arg("-d").arg(&classes).args(["-cp", &class_path]).args(sources);
    must(&mut javac, "apt-get install openjdk-17-jdk-headless");
    class_path
}

/// Runs a command to its end; a failure says what to install.
fn must(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: {advice}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?} failed: {advice}\n{text}{errors}");
}
