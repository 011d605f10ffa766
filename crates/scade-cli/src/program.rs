//! One program: its command line, how it ends, and what its user can do about an error.

use std::borrow::Cow;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::{Arg, Command, CommandFactory, FromArgMatches};
use scade_settings::{Hint, SettingError};
use serde::Serialize;
use toml::{Table, Value};

use crate::keys;
use crate::progress::StdoutClosed;

/// What exit codes mean, at the end of each `--help`; the one place where they are listed.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done; also when the reader of stdout has gone
  1  failed; the reason and, where there is one, a hint are on stderr
  2  wrong usage
  3  done, except for inputs that were reported one by one";

/// How far a program that did not fail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for is done: exit code 0.
    Complete,
    /// Done, but some inputs failed and were reported one by one: exit code 3.
    Partial,
}

/// What a program adds to its arguments and its work.
///
/// ```no_run
/// # #[derive(clap::Parser)] struct Args {}
/// # #[derive(Default, serde::Serialize)] struct Config {}
/// # fn work(args: &Args) -> anyhow::Result<scade_cli::Outcome> { Ok(scade_cli::Outcome::Complete) }
/// fn main() -> std::process::ExitCode {
///     let program = scade_cli::Program::new()
///         .flags(&[("lr", "optimizer.learning_rate"), ("output", "output")])
///         .renamed_flags(&[("rate", "lr")])
///         .defaults(&Config::default());
///     let args: Args = program.parse();
///     scade_cli::init_logs();
///     program.run(|| work(&args))
/// }
/// ```
#[derive(Debug, Default)]
pub struct Program {
    flags: &'static [(&'static str, &'static str)],
    renamed: &'static [(&'static str, &'static str)],
    defaults: Table,
    hints: Vec<HintOf>,
}

type HintOf = fn(&(dyn Error + 'static)) -> Option<Cow<'static, str>>;

impl Program {
    /// A program with nothing of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which flag gives which setting: long name without dashes, path of the key. By it, hints speak of flags
    /// where libraries speak of settings, an error about a setting names its flag, and `--help` shows
    /// defaults.
    #[must_use]
    pub fn flags(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        self.flags = flags;
        self
    }

    /// Flags that have a new name: old, new, both without dashes. The old one works with a warning, and is
    /// not in `--help`.
    #[must_use]
    pub fn renamed_flags(mut self, renamed: &'static [(&'static str, &'static str)]) -> Self {
        self.renamed = renamed;
        self
    }

    /// What settings are by default, to be shown in the help of their flags.
    #[must_use]
    pub fn defaults(mut self, config: &impl Serialize) -> Self {
        // A configuration that is no table has no keys to look up.
        self.defaults = Table::try_from(config).unwrap_or_default();
        self
    }

    /// The hints of errors of type `E` are printed, wherever in the chain of causes one is. Errors that are
    /// transparent are not in the chain and hand on the hint of what they wrap.
    #[must_use]
    pub fn hints<E: Hint + Error + 'static>(mut self) -> Self {
        self.hints.push(|cause| cause.downcast_ref::<E>().and_then(Hint::hint));
        self
    }

    /// The arguments of this process. Ends it when they are wrong, or only ask for help.
    pub fn parse<A: CommandFactory + FromArgMatches>(&self) -> A {
        let (arguments, met) = modernize(std::env::args_os(), self.renamed);
        for (old, new) in met {
            // Before logs begin; when nobody reads stderr, nobody is to be warned.
            let _ = writeln!(std::io::stderr(), "warning: --{old} is now called --{new}");
        }
        let mut command = self.command(A::command());
        let matches = command.clone().get_matches_from(arguments);
        A::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }

    /// `command` with defaults in the help of its flags, and exit codes at the end.
    fn command(&self, mut command: Command) -> Command {
        for (flag, setting) in self.flags {
            let Some(value) = keys::get(&self.defaults, setting).and_then(shown) else { continue };
            let found = command.get_arguments().find(|arg| arg.get_long() == Some(*flag));
            if let Some(id) = found.map(|arg| arg.get_id().clone()) {
                command = command.mut_arg(id, |arg| with_default(arg, &value));
            }
        }
        command.after_help(EXIT_CODES)
    }

    /// Runs the program's body and turns its end into an exit code: see [`EXIT_CODES`].
    pub fn run(&self, body: impl FnOnce() -> anyhow::Result<Outcome>) -> ExitCode {
        match body() {
            Ok(Outcome::Complete) => ExitCode::SUCCESS,
            Ok(Outcome::Partial) => ExitCode::from(3),
            // `scade-model | head` is no failure.
            Err(error) if error.chain().any(|cause| cause.is::<StdoutClosed>()) => {
                ExitCode::SUCCESS
            }
            Err(error) => {
                // When nobody reads stderr any more, the exit code has to do.
                let _ = std::io::stderr().write_all(self.report(&error).as_bytes());
                ExitCode::FAILURE
            }
        }
    }

    /// The chain of causes on one line, each cause once, and the hint on the next.
    fn report(&self, error: &anyhow::Error) -> String {
        let given = error.downcast_ref::<Given>().map(|hint| &*hint.0);
        let causes = error.chain().map(ToString::to_string);
        let causes = causes.filter(|text| Some(&**text) != given);
        let mut text = format!("error: {}\n", scade_settings::joined(causes));
        if let Some(hint) = given.map(str::to_owned).or_else(|| self.hint_of(error)) {
            text += &format!("hint: {hint}\n");
        }
        text
    }

    /// The hint of the outermost cause that has one.
    fn hint_of(&self, error: &anyhow::Error) -> Option<String> {
        error.chain().find_map(|cause| {
            let hint = self.hints.iter().find_map(|hint| hint(cause));
            hint.map(|hint| self.in_flags(&hint)).or_else(|| {
                let flag = self.flag(&cause.downcast_ref::<SettingError>()?.path)?;
                Some(format!("change it with --{flag}"))
            })
        })
    }

    fn flag(&self, setting: &str) -> Option<&'static str> {
        self.flags.iter().find(|(_, path)| *path == setting).map(|(flag, _)| *flag)
    }

    /// A hint with flags in the place of settings, each between backticks.
    fn in_flags(&self, hint: &str) -> String {
        let translated = |(index, part): (usize, &str)| match self.flag(part) {
            Some(flag) if index % 2 == 1 => format!("--{flag}"),
            _ => part.to_owned(),
        };
        hint.split('`').enumerate().map(translated).collect::<Vec<_>>().join("`")
    }
}

/// [`Program::run`] of a program with nothing of its own.
pub fn run(body: impl FnOnce() -> anyhow::Result<Outcome>) -> ExitCode {
    Program::new().run(body)
}

/// A default as it is typed. A switch has none to show.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Boolean(_) | Value::Table(_) => None,
        other => Some(other.to_string()),
    }
}

fn with_default(arg: Arg, value: &str) -> Arg {
    let with = |help: String| format!("{} [default: {value}]", help.trim_end_matches('.'));
    let (help, long) = (arg.get_help().cloned(), arg.get_long_help().cloned());
    let arg = match help {
        Some(help) => arg.help(with(help.to_string())),
        None => arg,
    };
    match long {
        Some(long) => arg.long_help(with(long.to_string())),
        None => arg,
    }
}

/// Gives old flags their new names, up to `--`. Returns which were met, each once.
fn modernize(
    arguments: impl Iterator<Item = OsString>,
    renamed: &[(&'static str, &'static str)],
) -> (Vec<OsString>, Vec<(&'static str, &'static str)>) {
    let mut met = Vec::new();
    let mut open = true;
    let arguments = arguments.map(|argument| {
        let Some(text) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            return argument;
        };
        open &= !text.is_empty();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match renamed.iter().find(|(old, _)| open && *old == name) {
            Some(&(old, new)) => {
                if !met.contains(&(old, new)) {
                    met.push((old, new));
                }
                let value = value.map_or_else(String::new, |value| format!("={value}"));
                format!("--{new}{value}").into()
            }
            None => argument,
        }
    });
    (arguments.collect(), met)
}

/// What the user can do about an error, as the program itself knows it; kept apart from the chain of causes.
#[derive(Debug)]
struct Given(String);

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error, with what the user can do about it: as [`HintExt::hint`].
pub fn with_hint(error: impl Into<anyhow::Error>, hint: impl Into<String>) -> anyhow::Error {
    error.into().context(Given(hint.into()))
}

/// Attaches hints to results.
pub trait HintExt<T> {
    /// Adds what the user can do about the error, naming the flag or command: printed on a line of
    /// its own after the chain of causes, before any hint of a library.
    ///
    /// # Errors
    /// The same error, with the hint.
    fn hint(self, text: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E> HintExt<T> for Result<T, E>
where
    Result<T, E>: anyhow::Context<T, E>,
{
    fn hint(self, text: impl Into<String>) -> anyhow::Result<T> {
        anyhow::Context::with_context(self, || Given(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};
    use clap::Parser;

    #[derive(Debug, thiserror::Error)]
    #[error("no weights in the folder")]
    struct NoWeights;

    impl Hint for NoWeights {
        fn hint(&self) -> Option<Cow<'static, str>> {
            Some("run `cargo xtask weights`, or name a folder with `detector.weights`".into())
        }
    }

    const FLAGS: &[(&str, &str)] = &[
        ("weights", "detector.weights"),
        ("lr", "optimizer.rate"),
        ("epochs", "epochs"),
        ("data", "data"),
    ];

    #[test]
    fn the_chain_is_one_line_and_the_hint_another() {
        let result: anyhow::Result<()> = Err(anyhow!("permission denied"));
        let error =
            result.context("cannot write /nowhere").hint("choose another --output").unwrap_err();
        assert_eq!(
            Program::new().report(&error.context("training")),
            "error: training: cannot write /nowhere: permission denied\n\
             hint: choose another --output\n"
        );
    }

    #[test]
    fn a_cause_that_its_wrapper_already_printed_is_not_repeated() {
        let error = anyhow!("no such file").context("cannot open clip.mp4: no such file");
        let text = Program::new().report(&error);
        assert_eq!(text, "error: cannot open clip.mp4: no such file\n");
    }

    #[test]
    fn a_hint_of_a_library_names_the_flag_of_the_program() {
        let error = || anyhow::Error::from(NoWeights).context("cannot start");
        let program = Program::new().flags(FLAGS).hints::<NoWeights>();
        assert_eq!(
            program.report(&error()),
            "error: cannot start: no weights in the folder\n\
             hint: run `cargo xtask weights`, or name a folder with `--weights`\n"
        );
        // Types that a program does not list stay silent: no hint is given to an error that it does not fit.
        assert!(!Program::new().report(&error()).contains("hint"));
        let text = program.report(&with_hint(error(), "ask"));
        assert!(text.ends_with("hint: ask\n"), "{text}");
    }

    #[test]
    fn an_error_about_a_setting_names_its_flag_if_it_has_one() {
        let error = |path| SettingError::new(path, "below 1", 7).into();
        let program = Program::new().flags(FLAGS);
        assert_eq!(
            program.report(&error("optimizer.rate")),
            "error: optimizer.rate must be below 1, got 7\nhint: change it with --lr\n"
        );
        assert_eq!(program.report(&error("rate")), "error: rate must be below 1, got 7\n");
    }

    /// The arguments of a program.
    #[derive(Debug, Parser)]
    struct Args {
        /// Learning rate.
        #[arg(long)]
        lr: Option<f64>,
        /// Passes over the data.
        ///
        /// More take longer.
        #[arg(long)]
        epochs: Option<u64>,
        /// Where the data is.
        #[arg(long)]
        data: Option<String>,
    }

    #[derive(Serialize)]
    struct Config {
        epochs: u64,
        data: &'static str,
        optimizer: Optimizer,
    }

    #[derive(Serialize)]
    struct Optimizer {
        rate: f64,
    }

    #[test]
    fn help_shows_the_defaults_of_the_configuration_and_what_exit_codes_mean() {
        let config = Config { epochs: 50, data: "./data", optimizer: Optimizer { rate: 0.001 } };
        let program = Program::new().flags(FLAGS).defaults(&config);
        let help = program.command(Args::command()).render_help().to_string();
        for text in [
            "Learning rate [default: 0.001]",
            "Passes over the data [default: 50]",
            "Where the data is [default: ./data]",
            "Exit codes:",
        ] {
            assert!(help.contains(text), "{help}");
        }
        let long = program.command(Args::command()).render_long_help().to_string();
        assert!(long.contains("More take longer [default: 50]"), "{long}");
    }

    #[test]
    fn old_flags_become_new_ones_up_to_the_end_of_flags() {
        let renamed = [("colour", "color"), ("nodes", "nnodes")];
        let given = ["p", "--colour", "a", "--nodes=2", "--colour=b", "--node", "--", "--colour"];
        let (got, met) = modernize(given.into_iter().map(OsString::from), &renamed);
        assert_eq!(
            got,
            ["p", "--color", "a", "--nnodes=2", "--color=b", "--node", "--", "--colour"]
        );
        assert_eq!(met, renamed);
    }

    #[test]
    fn a_reader_of_stdout_that_has_gone_is_a_silent_success() {
        let code = |error: anyhow::Error| format!("{:?}", run(|| Err(error)));
        let success = format!("{:?}", ExitCode::SUCCESS);
        assert_eq!(code(anyhow::Error::from(StdoutClosed).context("printing")), success);
        // Any other broken pipe is a failure.
        let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_ne!(code(anyhow::Error::from(pipe)), success);
    }
}
