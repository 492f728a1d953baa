//! The command line: one file per subcommand, wiring only.

/// Runs the command line and returns the exit code of the process.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
