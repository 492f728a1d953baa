//! Gets each application ready: its packages into `target/e2e/<application>/`, in pinned versions; nothing global.
//!
//! A tool or registry that is missing fails the test with a sentence that says what to install.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `tests/server_apps/<path>`.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server_apps").join(path)
}

/// `target/e2e/<name>`: where an application's packages and output are.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e").join(name);
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// A folder with these packages from pip.
pub fn python(name: &str, packages: &str) -> PathBuf {
    let site = folder(name).join("site");
    once(&folder(name), packages, || {
        let _ = std::fs::remove_dir_all(&site);
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&site);
        run(
            pip.args(packages.split(' ')),
            "Python 3 with pip and its registry are needed: apt-get install python3-pip",
        );
    });
    site
}

/// A folder with the packages of the application's `package.json`.
pub fn node(name: &str) -> PathBuf {
    let folder = folder(name);
    let manifest = std::fs::read_to_string(source(name).join("package.json"))
        .expect("the application's package.json");
    once(&folder, &manifest, || {
        std::fs::write(folder.join("package.json"), &manifest).expect("package.json is written");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
        let advice = "node, npm and its registry are needed: apt-get install nodejs npm";
        run(npm.current_dir(&folder), advice);
    });
    folder.join("node_modules")
}

/// A copy of an application that writes into its own folder.
pub fn project(name: &str) -> PathBuf {
    let copy = folder(name).join("project");
    let _ = std::fs::remove_dir_all(&copy);
    copy_folder(&source(name), &copy);
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder in target");
    for entry in std::fs::read_dir(from).expect("the application's folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copied file");
        }
    }
}

/// Runs `install` unless it has been done for exactly these `versions` before.
fn once(folder: &Path, versions: &str, install: impl FnOnce()) {
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|done| done == versions) {
        return;
    }
    println!("installing {versions} into {}", folder.display());
    install();
    std::fs::write(stamp, versions).expect("the stamp is written");
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
