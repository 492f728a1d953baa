//! Gets each client ready: its driver into `target/e2e/<client>/`, in a pinned version; nothing global.
//!
//! A tool or registry that is missing fails the test with a sentence that says what to install.
// Each test binary uses a part of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::run::{Client, folder};

/// One installation at a time: two cores, and Maven's and npm's own locks.
static INSTALLING: Mutex<()> = Mutex::new(());

fn source(path: &str) -> String {
    format!("{}/tests/clients/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    path.to_str().expect("an UTF-8 path").to_owned()
}

fn client(name: &str, command: &[&str], environment: &[(&str, &str)]) -> Client {
    Client {
        name: name.to_owned(),
        command: command.iter().map(|&part| part.to_owned()).collect(),
        environment: environment.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect(),
    }
}

/// Runs a command; on failure panics with its output and `advice`.
fn run(command: &mut Command, advice: &str) {
    match command.output() {
        Err(error) => panic!("{:?} does not run ({error}): {advice}", command.get_program()),
        Ok(output) if !output.status.success() => panic!(
            "{command:?} failed: {advice}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Ok(_) => {}
    }
}

/// Runs `install` unless it has been done for exactly these `versions` before.
fn once(folder: &Path, versions: &str, install: impl FnOnce()) {
    let _one = INSTALLING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|done| done == versions) {
        return;
    }
    println!("installing {versions} into {}", folder.display());
    install();
    std::fs::write(stamp, versions).expect("the stamp is written");
}

/// The `mariadb` program.
pub fn command_line() -> Client {
    run(Command::new("mariadb").arg("--version"), "apt-get install mariadb-client");
    client("mariadb-cli", &["bash", &source("mariadb-cli/run.sh")], &[])
}

/// `tests/clients/python/<name>_client.py` with its packages.
pub fn python(name: &str, packages: &str) -> Client {
    let folder = folder(name);
    let site = folder.join("site");
    once(&folder, packages, || {
        let _ = std::fs::remove_dir_all(&site);
        let advice = "Python 3 with pip and its registry are needed: apt-get install python3-pip";
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&site);
        run(pip.args(packages.split(' ')), advice);
    });
    let program = source(&format!("python/{name}_client.py"));
    client(name, &["python3", "-B", &program], &[("PYTHONPATH", &text(&site))])
}

/// `tests/clients/node/<package>.js` with the packages of `tests/clients/node/package.json`.
pub fn node(package: &str) -> Client {
    let folder = folder("node");
    let manifest =
        std::fs::read_to_string(source("node/package.json")).expect("the client's package.json");
    once(&folder, &manifest, || {
        std::fs::write(folder.join("package.json"), &manifest).expect("package.json is written");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
        let advice = "node, npm and its registry are needed: apt-get install nodejs npm";
        run(npm.current_dir(&folder), advice);
    });
    let modules = text(&folder.join("node_modules"));
    client(
        &format!("node-{package}"),
        &["node", &source(&format!("node/{package}_client.js"))],
        &[("NODE_PATH", &modules)],
    )
}

/// Debian's packaged go-sql-driver, built without any registry.
pub fn go() -> Client {
    const DEBIAN: &str = "/usr/share/gocode";
    let driver = Path::new(DEBIAN).join("src/github.com/go-sql-driver/mysql");
    let advice = "apt-get install golang-go golang-github-go-sql-driver-mysql-dev";
    assert!(driver.exists(), "Debian's go-sql-driver is missing: {advice}");
    let program = folder("go-sql-driver").join("client");
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&program).arg(".").current_dir(source("go"));
    run(go.env("GO111MODULE", "off").env("GOPATH", DEBIAN).env("GOFLAGS", ""), advice);
    client("go-sql-driver", &[&text(&program)], &[])
}

/// PHP's mysqli and PDO, both over mysqlnd.
pub fn php() -> Client {
    let advice = "apt-get install php-cli php-mysql";
    run(
        Command::new("php").args([
            "-r",
            "exit(extension_loaded('pdo_mysql') && extension_loaded('mysqli') ? 0 : 1);",
        ]),
        advice,
    );
    client(
        "php",
        &[
            "php",
            "-n",
            "-dextension=mysqlnd",
            "-dextension=mysqli",
            "-dextension=pdo",
            "-dextension=pdo_mysql",
            &source("php/client.php"),
        ],
        &[],
    )
}

/// The JDBC program with one driver (`group:artifact:version`), and HikariCP.
pub fn java(name: &str, driver: &str) -> Client {
    let folder = folder(&format!("jdbc-{name}"));
    let jars = folder.join("jars");
    once(&folder, driver, || download_jars(&folder, &jars, driver));
    let classes = folder.join("classes");
    let sources: Vec<PathBuf> = std::fs::read_dir(source("java"))
        .expect("the Java sources")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "java"))
        .collect();
    let class_path = format!("{}/*:{}", jars.display(), classes.display());
    let mut javac = Command::new("javac");
    javac.arg("-d").arg(&classes).args(["-cp", &class_path]).args(sources);
    run(&mut javac, "apt-get install openjdk-17-jdk-headless");
    client(
        &format!("jdbc-{name}"),
        &["java", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", &class_path, "Main"],
        &[],
    )
}

fn download_jars(folder: &Path, jars: &Path, driver: &str) {
    let _ = std::fs::remove_dir_all(jars);
    let parts: Vec<&str> = driver.split(':').collect();
    let pom = std::fs::read_to_string(source("java/pom.xml")).expect("the client's pom.xml");
    let pom = pom
        .replace("DRIVER_GROUP", parts[0])
        .replace("DRIVER_ARTIFACT", parts[1])
        .replace("DRIVER_VERSION", parts[2]);
    std::fs::write(folder.join("pom.xml"), pom).expect("pom.xml is written");
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies"]).current_dir(folder);
    maven.arg(format!("-DoutputDirectory={}", jars.display()));
    maven.arg(format!("-Dmaven.repo.local={}", crate::run::folder("maven").display()));
    run(&mut maven, "Maven and its registry are needed: apt-get install maven");
}
