//! A private MariaDB in a temporary folder, on a Unix socket only, loaded with the test schemas.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mysql_async::{Conn, OptsBuilder};
use tempfile::TempDir;

/// How long the server may take from start to its first connection.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Between two tries to connect.
const START_PAUSE: Duration = Duration::from_millis(50);

/// Stops the server and removes its files when dropped.
pub struct Server {
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Initialises, starts and loads a server.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("oracle").tempdir_in("/tmp")?;
        let data = folder.path().join("data");
        std::fs::create_dir(folder.path().join("out"))?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        let install = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--tmpdir={}", folder.path().join("tmp").display()))
            .args(as_user())
            .output()?;
        if !install.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&install.stderr).into_owned()));
        }
        let child = spawn(folder.path(), &data)?;
        let server = Server { child, folder };
        server.wait_until_up()?;
        server.load_schemas()?;
        Ok(server)
    }

    /// The folder that `SELECT … INTO OUTFILE` may write to.
    pub fn outfile_folder(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// A connection of an account, all of which have no password.
    pub async fn connect(&self, user: &str) -> mysql_async::Result<Conn> {
        let options = OptsBuilder::default()
            .ip_or_hostname("localhost")
            .socket(Some(self.socket().to_string_lossy()))
            .user(Some(user))
            .max_allowed_packet(Some(16 << 20))
            .wait_timeout(Some(600))
            .stmt_cache_size(0);
        Conn::new(options).await
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    fn client(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "--user=root", "--default-character-set=utf8mb4"]);
        command.arg(format!("--socket={}", self.socket().display()));
        command
    }

    fn wait_until_up(&self) -> io::Result<()> {
        let started = Instant::now();
        loop {
            let tried = self.client().args(["-e", "DO 1"]).stderr(Stdio::null()).status()?;
            if tried.success() {
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                let log = std::fs::read_to_string(self.folder.path().join("log"))?;
                return Err(io::Error::other(format!("mariadbd does not answer: {log}")));
            }
            std::thread::sleep(START_PAUSE);
        }
    }

    /// Runs every file of `tests/oracle/schema` in the database of its name.
    fn load_schemas(&self) -> io::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/schema");
        let mut files: Vec<_> = std::fs::read_dir(folder)?
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .map(|e| e.path())
            .collect();
        files.sort();
        for file in files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let create = format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4");
            self.load(self.client().args(["-e", &create]), &file)?;
            let input = std::fs::File::open(&file)?;
            self.load(self.client().arg(&name).stdin(input), &file)?;
        }
        Ok(())
    }

    fn load(&self, command: &mut Command, file: &Path) -> io::Result<()> {
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{}: {error}", file.display())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a server that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, data: &Path) -> io::Result<Child> {
    let log = std::fs::File::create(folder.join("log"))?;
    let path = |name: &str, file: &Path| format!("--{name}={}", file.display());
    Command::new("mariadbd")
        .arg("--no-defaults")
        .args(as_user())
        // A starting server removes the temporary tables of others that share its folder.
        .arg(path("tmpdir", &folder.join("tmp")))
        .args([path("datadir", data), path("socket", &folder.join("s"))])
        .args([
            path("pid-file", &folder.join("pid")),
            path("secure-file-priv", &folder.join("out")),
        ])
        .args(["--skip-networking", "--server-id=1", "--log-bin=binlog", "--binlog-format=ROW"])
        .args(["--log-bin-trust-function-creators=1", "--plugin-load-add=metadata_lock_info"])
        .args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0"])
        .args(["--sync-binlog=0", "--lock-wait-timeout=3", "--innodb-lock-wait-timeout=3"])
        .args(["--max-statement-time=20", "--event-scheduler=OFF"])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}

/// mariadbd refuses to run as root unless told so by name.
fn as_user() -> Option<String> {
    let output = Command::new("id").arg("-un").output().ok()?;
    Some(format!("--user={}", String::from_utf8_lossy(&output.stdout).trim()))
}
