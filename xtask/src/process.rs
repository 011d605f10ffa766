//! Running other programs: output and exit status.

use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program with our stdout and stderr, and without stdin. Only failure to start it is an error.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).status().with_context(|| cannot_run(command))
}

/// The stdout of a program that must succeed; its stderr is part of the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_run(command))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shown(command), output.status, stderr.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed invalid UTF-8", shown(command)))
}

/// The stdout of a program that must succeed; its stderr is ours.
pub(crate) fn answer(command: &mut Command) -> Result<String> {
    let (text, code) = answer_and_code(command)?;
    match code {
        Some(0) => Ok(text),
        Some(code) => bail!("`{}` ended with exit status {code}", shown(command)),
        None => bail!("`{}` was ended by a signal", shown(command)),
    }
}

/// The stdout of a program and its exit code, none after a signal; its stderr is ours.
pub(crate) fn answer_and_code(command: &mut Command) -> Result<(String, Option<i32>)> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| cannot_run(command))?;
    let text = String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed invalid UTF-8", shown(command)))?;
    Ok((text, output.status.code()))
}

/// The exit code that corresponds to `status`; a signal counts as failure.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The command line.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn cannot_run(command: &Command) -> String {
    format!("cannot run `{}`", shown(command))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_stderr_of_the_program() {
        let error = output(Command::new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("reason") && text.contains('3'), "{text}");
        let error = output(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot run `no-such-program-here`"));
    }

    #[test]
    fn exit_codes_pass_through() {
        let ended = |script| status(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(exit_code(ended("exit 0")), ExitCode::SUCCESS);
        assert_eq!(exit_code(ended("exit 7")), ExitCode::from(7));
        assert_eq!(exit_code(ended("kill -9 $$")), ExitCode::FAILURE);
    }
}
