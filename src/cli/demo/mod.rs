//! `anabranch demo`: a primary, its replicas and the proxy as child processes, with a small shop in them.
//!
//! ```text
//! layout     which server is where: folders, ports, configuration files (pure)
//! children   the processes: start, notice an end, start again, stop in order
//! bootstrap  the first start's accounts, the acknowledgement policy, the shop
//! look       asks every process how it is
//! screen     what that looks like (pure)
//! ```

mod bootstrap;
mod children;
mod layout;
mod look;
mod screen;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::process::stop_on_signal;
use super::{fail, say};
use children::Children;
use layout::Layout;

/// How often the screen is drawn anew.
const REFRESH: Duration = Duration::from_secs(1);

const HELP: &str = "\
Example:
  anabranch demo
  mysql -h127.0.0.1 -P4406 -uroot shop -e 'SELECT name FROM this_server'

Ctrl-C stops it. The data stays in the folder, and the next start goes on with it; to begin anew,
remove the folder. A process that is killed is started again.

Exit codes:
  0  stopped by a signal
  1  could not start, for example because a port is taken
  2  the command line is wrong";

/// Runs a primary, replicas and the proxy on this machine, to try it all out
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// How many replicas follow the primary
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=8))]
    replicas: u16,
    /// What a commit waits for
    #[arg(long, value_name = "POLICY", default_value = "semi_sync")]
    ack: Ack,
    /// Where configuration, data and logs are kept
    #[arg(long, value_name = "FOLDER", default_value = "anabranch-demo")]
    data: PathBuf,
    /// The proxy's port; the metrics are on the second after it, the primary on the fourth, then the replicas
    #[arg(long, default_value_t = 4406, value_parser = clap::value_parser!(u16).range(1..=65_000))]
    port: u16,
    /// Print a line when something changes instead of a screen that refreshes
    #[arg(long)]
    plain: bool,
}

/// An acknowledgement policy of the primary, as its configuration spells it.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Ack {
    Async,
    SemiSync,
    Quorum,
    FullSync,
}

impl Ack {
    fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::SemiSync => "semi_sync",
            Self::Quorum => "quorum",
            Self::FullSync => "full_sync",
        }
    }
}

pub(super) fn run(args: &Args) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(error),
    };
    match runtime.block_on(demo(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error),
    }
}

/// Starts everything, shows it until a signal comes, stops everything.
async fn demo(args: &Args) -> io::Result<()> {
    let shutdown = CancellationToken::new();
    stop_on_signal(&shutdown)?;
    // nobody would acknowledge
    let ack = if args.replicas == 0 { Ack::Async } else { args.ack };
    let layout = Layout::new(&args.data, args.port, args.replicas, ack.name())?;
    let _held = layout.hold()?;
    layout.check_ports()?;
    layout.write()?;
    let mut children = Children::new();
    let outcome = tokio::select! {
        outcome = run_all(args, &layout, &mut children) => outcome,
        () = shutdown.cancelled() => Ok(()),
    };
    say("\nStopping; the data stays.\n");
    children.stop().await;
    outcome
}

async fn run_all(args: &Args, layout: &Layout, children: &mut Children) -> io::Result<()> {
    bootstrap::start(layout, children).await?;
    say(&screen::what_to_type(layout));
    if args.plain || !io::stdout().is_terminal() {
        watch(layout, children, |state, before| {
            if before != Some(state) {
                say(&screen::table(state));
            }
        })
        .await
    } else {
        watch(layout, children, |state, _| {
            say(&format!(
                "{}{}\n{}",
                screen::CLEAR,
                screen::table(state),
                screen::what_to_type(layout)
            ));
        })
        .await
    }
}

/// Looks at everything once a second, for ever, and starts again what has ended.
async fn watch(
    layout: &Layout,
    children: &mut Children,
    mut show: impl FnMut(&look::State, Option<&look::State>),
) -> io::Result<()> {
    let mut last = None;
    let mut tick = tokio::time::interval(REFRESH);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let ended = children.start_ended_again()?;
        let state = look::at(layout, &ended).await;
        show(&state, last.as_ref());
        last = Some(state);
    }
}
