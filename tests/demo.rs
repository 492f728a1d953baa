//! `anabranch demo`: one command, and there are a primary, two replicas and the proxy, with data.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::guardian::Guardian;
use support::process::{Pid, signal};
use support::{ports, wait_until, wait_until_within};

/// Four processes start one after the other on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(90);

/// A running demo with its ports; dropping it ends all of it.
struct Demo {
    child: Child,
    folder: PathBuf,
    port: u16,
    _guardian: Guardian,
}

impl Demo {
    fn start(folder: &Path, port: u16) -> Self {
        let output = std::fs::File::create(folder.join("demo.out")).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_anabranch"))
            .args(["demo", "--plain", "--port", &port.to_string(), "--data"])
            .arg(folder.join("demo"))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file"))
            .stderr(output)
            .spawn()
            .expect("the demo starts");
        let guardian = Guardian::new("kill -KILL \"$1\" 2>/dev/null", &[&child.id().to_string()]);
        let mut demo = Self { child, folder: folder.to_owned(), port, _guardian: guardian };
        wait_until_within(START_LIMIT, "the demo says what to type", || {
            let ended = !matches!(demo.child.try_wait(), Ok(None));
            assert!(!ended, "the demo ended: {}", demo.output());
            demo.output().contains("Try, in another terminal")
        });
        demo
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.folder.join("demo.out")).unwrap_or_default()
    }

    /// Runs statements on the server `offset` ports after the proxy.
    fn sql(&self, offset: u16, statements: &str) -> Result<String, String> {
        let output = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--protocol=tcp",
                "--connect-timeout=5",
                "-h127.0.0.1",
                "-uroot",
                "-BN",
            ])
            .args([&format!("-P{}", self.port + offset), "-e", statements])
            .output()
            .expect("the mariadb client runs (apt-get install mariadb-client)");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    fn through_proxy(&self, statements: &str) -> String {
        self.sql(0, statements)
            .unwrap_or_else(|error| panic!("{statements}: {error}\n{}", self.output()))
    }

    fn pid(&self, name: &str) -> Pid {
        let file = self.folder.join("demo").join(name).with_extension("pid");
        std::fs::read_to_string(file)
            .expect("a file with the number")
            .trim()
            .parse()
            .expect("a number")
    }

    fn stop(&mut self) {
        signal(self.child.id(), "TERM");
        wait_until_within(START_LIMIT, "the demo stops", || {
            !matches!(self.child.try_wait(), Ok(None))
        });
        assert!(self.child.wait().expect("its own child").success(), "{}", self.output());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn one_command_gives_a_cluster_that_keeps_its_data() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let port = ports::free_ports(20);
    let mut demo = Demo::start(folder.path(), port);
    reads_go_to_replicas_and_writes_to_the_primary(&demo);
    what_is_killed_comes_back(&demo);
    demo.through_proxy(
        "INSERT INTO shop.customers (name, email) VALUES ('Kept', 'kept@example.com')",
    );
    second_demo_is_refused(&demo);
    demo.stop();

    let demo = Demo::start(folder.path(), port);
    let kept = "SELECT name FROM shop.customers WHERE email = 'kept@example.com'";
    assert_eq!(demo.through_proxy(kept), "Kept");
    assert_eq!(demo.through_proxy("SELECT COUNT(*) FROM shop.orders"), "900");
}

/// The ports, and the folder, are taken.
fn second_demo_is_refused(demo: &Demo) {
    let refused = |data: &str, port: u16| {
        let output = Command::new(env!("CARGO_BIN_EXE_anabranch"))
            .args(["demo", "--port", &port.to_string(), "--data"])
            .arg(demo.folder.join(data))
            .output()
            .expect("the demo starts");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = refused("another", demo.port);
    assert!(error.contains(&format!("cannot listen on 127.0.0.1:{}", demo.port)), "{error}");
    let error = refused("demo", ports::free_ports(20));
    assert!(error.contains("another demo runs in"), "{error}");
}

fn reads_go_to_replicas_and_writes_to_the_primary(demo: &Demo) {
    let primary = demo.port + 4;
    wait_until("a read is answered by a replica", || {
        demo.through_proxy("SELECT name FROM shop.this_server").starts_with("replica-")
    });
    demo.through_proxy("INSERT INTO shop.visits (written_by) SELECT name FROM shop.this_server");
    wait_until("what the primary has written is read from a replica", || {
        let read = "SELECT written_by, name FROM shop.visits, shop.this_server";
        demo.through_proxy(read).starts_with("primary\treplica-")
    });
    let locked = demo.through_proxy("SELECT @@port FROM shop.orders LIMIT 1 FOR UPDATE");
    assert_eq!(locked, primary.to_string());
    let written = demo.through_proxy(
        "INSERT INTO shop.customers (name, email) VALUES ('You', 'you@example.com');
         SELECT COUNT(*) FROM shop.customers WHERE email = 'you@example.com'",
    );
    assert_eq!(written, "1");
    // semi-synchronous: at least one replica has it by now, and applies it soon
    wait_until("both replicas have the row", || {
        [5, 6].iter().all(|offset| {
            demo.sql(*offset, "SELECT 1 FROM shop.customers WHERE name = 'You'") == Ok("1".into())
        })
    });
}

fn what_is_killed_comes_back(demo: &Demo) {
    let before = demo.pid("replica-1");
    signal(before, "KILL");
    wait_until("the replica is started again", || demo.pid("replica-1") != before);
    demo.through_proxy("UPDATE shop.products SET in_stock = 7 WHERE id = 7");
    wait_until("the replica has caught up", || {
        demo.sql(5, "SELECT in_stock FROM shop.products WHERE id = 7") == Ok("7".into())
    });
}
