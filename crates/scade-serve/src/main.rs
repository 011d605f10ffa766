//! The program `scade-serve`: serves page and API, or is one of its own workers.

mod program;

use std::process::ExitCode;

use scade_cli::{Program, init_logs};
use scade_serve::worker::WorkerError;

use crate::program::{Args, Command};

/// Flags, and the settings that hints name.
const FLAGS: [(&str, &str); 4] =
    [("model", "model"), ("weights", "weights"), ("threshold", "threshold"), ("device", "device")];

fn main() -> ExitCode {
    let program = Program::new()
        .flags(&FLAGS)
        .hints::<scade::Error>()
        .hints::<scade_device::Unavailable>()
        .hints::<WorkerError>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| match &args.command {
        Some(Command::Worker { memory }) => program::work(&args, *memory),
        None => program::serve(&args),
    })
}
