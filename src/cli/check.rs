//! `anabranch check FILE`: every mistake of a configuration file at once.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::config::{self, AccountSource, Config, Mistake, ServerConfig, TlsMode};

use super::say;

const HELP: &str = "\
Example:
  anabranch check config/anabranch.toml
  anabranch check new.toml --diff running.toml

Prints each mistake as FILE:LINE:COLUMN: KEY: what is wrong; what to write instead.

Exit codes:
  0  the file is fine
  1  it has mistakes, or cannot be read; with --diff, also: a running proxy would refuse it
  2  the command line is wrong";

/// Checks a configuration file and says what to write instead
///
/// Reads the file and every file it names, connects to nothing, and prints all mistakes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The configuration file
    file: PathBuf,
    /// Say what a running proxy with the configuration OLD would change, or refuse, when it reads this one
    #[arg(long, value_name = "OLD")]
    diff: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> ExitCode {
    if let Some(old) = &args.diff {
        return difference(old, &args.file);
    }
    let summary = match config::is_server(&args.file) {
        true => config::load_server(&args.file).map(|config| server_summary(&config)),
        false => config::load(&args.file).and_then(|config| whole(&config)),
    };
    match summary {
        Ok(summary) => {
            say(&format!("{} is fine\n{summary}\n", args.file.display()));
            ExitCode::SUCCESS
        }
        Err(mistakes) => {
            say(&show(&args.file, &mistakes));
            ExitCode::FAILURE
        }
    }
}

/// What a reload would change.
fn difference(old: &Path, new: &Path) -> ExitCode {
    let load = |file: &Path| {
        let loaded = config::load(file).and_then(|config| whole(&config).map(|_| config));
        loaded.map_err(|mistakes| say(&show(file, &mistakes)))
    };
    let (Ok(old), Ok(new)) = (load(old), load(new)) else { return ExitCode::FAILURE };
    let changes = old.settings.changes_to(&new.settings);
    let mut text = String::new();
    for change in &changes {
        let refused = if change.needs_restart() { " (needs a restart)" } else { "" };
        let _ = writeln!(text, "{change}{refused}");
    }
    let refused = changes.iter().filter(|change| change.needs_restart()).count();
    let _ = match (changes.len(), refused) {
        (0, _) => writeln!(text, "nothing changes"),
        (all, 0) => writeln!(text, "{all} settings change"),
        (_, refused) => {
            writeln!(text, "a running proxy refuses all of it: {refused} need a restart")
        }
    };
    say(&text);
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the proxy would do; or what only the proxy finds wrong, such as a certificate that is none.
fn whole(config: &Config) -> Result<String, Vec<Mistake>> {
    let mistake = |error: std::io::Error| Mistake {
        line: 0,
        column: 0,
        key: String::new(),
        message: error.to_string(),
        advice: "correct it".to_owned(),
    };
    crate::proxy::check(config).map(|()| summary(config)).map_err(|error| vec![mistake(error)])
}

/// One line for each mistake, in the form that editors jump to.
pub(super) fn show(file: &std::path::Path, mistakes: &[Mistake]) -> String {
    let mut text = String::new();
    for mistake in mistakes {
        let gap = if mistake.line == 0 { " " } else { "" };
        let _ = writeln!(text, "{}:{gap}{mistake}", file.display());
    }
    text
}

/// What the proxy would do, in a few lines.
fn summary(config: &Config) -> String {
    let mut listen: Vec<String> = config.frontend.listen.iter().map(ToString::to_string).collect();
    listen.extend(config.frontend.socket.iter().map(|path| path.display().to_string()));
    let tls = match &config.frontend.tls {
        None => "no TLS",
        Some(tls) if tls.required => "TLS required",
        Some(_) => "TLS offered",
    };
    let accounts = match &config.authentication.accounts {
        AccountSource::Primary => "from the primary".to_owned(),
        AccountSource::Config(accounts) => format!("{} from this file", accounts.len()),
    };
    let http = config.http.as_ref().map_or("off".to_owned(), |http| http.listen.to_string());
    let mut text = format!("  clients   {} ({tls})\n", listen.join(", "));
    let _ = writeln!(text, "  accounts  {accounts}");
    let _ = writeln!(text, "  metrics   {http}");
    let _ = write!(text, "  servers   TLS {}", mode(config.backend.tls.mode));
    for server in &config.servers {
        let preferred = if server.preferred_primary { ", preferred primary" } else { "" };
        let (name, address, weight) = (&server.name, &server.address, server.weight);
        let _ = write!(text, "\n    {name}  {address}  weight {weight}{preferred}");
    }
    if !config.rules.is_empty() {
        let names: Vec<&str> = config.rules.iter().map(|rule| rule.name.as_str()).collect();
        let _ = write!(text, "\n  rules     {}", names.join(", "));
    }
    text
}

/// What the bundled server would do, in a few lines.
fn server_summary(config: &ServerConfig) -> String {
    let mut listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    listen.extend(config.socket.iter().map(|path| path.display().to_string()));
    let http = config.http.as_ref().map_or("off".to_owned(), |http| http.listen.to_string());
    let mut text = format!("  clients   {}\n", listen.join(", "));
    let _ = writeln!(text, "  data      {}", config.data.display());
    let _ = write!(text, "  metrics   {http}");
    text
}

fn mode(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::Disabled => "disabled",
        TlsMode::Preferred => "preferred",
        TlsMode::Required => "required",
        TlsMode::VerifyCa => "verify_ca",
        TlsMode::VerifyIdentity => "verify_identity",
    }
}
