//! Ends what a test process started, however that process ends.
//!
//! A `static` is never dropped, and a test run may be killed. So a small shell waits on a pipe from us: when
//! we end, the kernel closes the pipe, the shell reads end-of-file and runs its command.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

/// A shell that runs a command when this is dropped or this process ends.
pub struct Guardian {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guardian {
    /// Runs `command` (shell text, with `args` as `$1`, `$2` …) once we are gone, unless disarmed.
    pub fn new(command: &str, args: &[&str]) -> Self {
        let script = format!(
            "trap '' INT TERM HUP; read -r word; [ \"$word\" = disarm ] || {{ {command}; }}"
        );
        let mut shell = Command::new("sh")
            .args(["-c", &script, "sh"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh starts");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    /// Lets the shell go without running its command.
    pub fn disarm(&mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            let _ = pipe.write_all(b"disarm\n");
        }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}
