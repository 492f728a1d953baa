//! What the commands that run until they are told to stop have in common: their arguments, and the way from a
//! configuration file to a service that runs.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::process::start_logging;
use super::{check, fail};
use crate::config::{Log, Mistake};

#[derive(Debug, clap::Args)]
pub(super) struct Service {
    /// The configuration file; `anabranch check FILE` checks it
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Stop also when standard input ends; `anabranch demo` starts its children so
    #[arg(long, hide = true)]
    until_input_ends: bool,
}

impl Service {
    /// Reads the file, starts logging, and serves until the end; every mistake of the file is shown at once.
    /// `start` gets the configuration and whether the end of standard input is the end.
    pub(super) fn run<C, E: Display>(
        &self,
        load: fn(&Path) -> Result<C, Vec<Mistake>>,
        log: fn(&C) -> &Log,
        start: fn(&C, bool) -> Result<(), E>,
    ) -> ExitCode {
        let config = match load(&self.config) {
            Ok(config) => config,
            Err(mistakes) => {
                eprint!("{}", check::show(&self.config, &mistakes));
                let file = self.config.display();
                return fail(format!(
                    "{file} has mistakes; correct them, then `anabranch check {file}`"
                ));
            }
        };
        start_logging(log(&config));
        match start(&config, self.until_input_ends) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(error),
        }
    }
}
