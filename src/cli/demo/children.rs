//! The demo's processes: each is this same program with another subcommand.
//!
//! A child holds the reading end of a pipe as its standard input and stops when that ends
//! (`--until-input-ends`): so none outlives the demo, even one that was killed.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// What a child gets to stop by itself before it is killed. The children's own grace is 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// How to start a child.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub name: String,
    /// `server` or `proxy`.
    pub subcommand: &'static str,
    pub config: PathBuf,
    pub log: PathBuf,
}

#[derive(Debug)]
struct Running {
    program: Program,
    child: Child,
}

/// All children, in the order in which they were started.
#[derive(Debug)]
pub(super) struct Children {
    running: Vec<Running>,
}

impl Children {
    pub fn new() -> Self {
        Self { running: Vec::new() }
    }

    /// Starts one.
    ///
    /// # Errors
    /// The program or the log file cannot be opened.
    pub fn start(&mut self, program: Program) -> io::Result<()> {
        let child = spawn(&program)?;
        self.running.push(Running { program, child });
        Ok(())
    }

    /// The first child that has ended, as an error that names its log: for use while all are starting.
    pub fn check(&mut self) -> io::Result<()> {
        for Running { program, child } in &mut self.running {
            if let Some(status) = child.try_wait()? {
                let log = last_lines(&program.log);
                let text = format!(
                    "{} has ended ({status}); its log {} ends with:\n{log}",
                    program.name,
                    program.log.display()
                );
                return Err(io::Error::other(text));
            }
        }
        Ok(())
    }

    /// Starts those again that have ended, and gives their names.
    pub fn start_ended_again(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for Running { program, child } in &mut self.running {
            if child.try_wait()?.is_some() {
                names.push(program.name.clone());
                *child = spawn(program)?;
            }
        }
        Ok(names)
    }

    /// Stops all, the last one started first: the proxy, the replicas, the primary.
    pub async fn stop(&mut self) {
        while let Some(Running { program, mut child }) = self.running.pop() {
            drop(child.stdin.take());
            if tokio::time::timeout(STOP_LIMIT, child.wait()).await.is_err() {
                eprintln!("anabranch: {} does not stop; it is killed", program.name);
                // It ends with this process at the latest: the child is killed on drop.
                let _ = child.kill().await;
            }
        }
    }
}

/// Starts the process; its number is in the file `NAME.pid`, for who wants to see what happens without it.
fn spawn(program: &Program) -> io::Result<Child> {
    let log = File::options().create(true).append(true).open(&program.log)?;
    let child = Command::new(std::env::current_exe()?)
        .arg(program.subcommand)
        .arg("--config")
        .arg(&program.config)
        .arg("--until-input-ends")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        // Ctrl-C is the demo's: it stops its children in order
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let pid = child.id().unwrap_or_default();
    std::fs::write(program.log.with_extension("pid"), format!("{pid}\n"))?;
    Ok(child)
}

/// The end of a log file, for a message.
fn last_lines(log: &std::path::Path) -> String {
    const LINES: usize = 5;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
