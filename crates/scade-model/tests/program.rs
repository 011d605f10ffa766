//! Tests of the program `scade-model`.

use std::process::{Command, Stdio};

use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};

/// As in `scade-model | true`, in any order of termination.
#[test]
fn a_closed_pipe_is_not_an_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut program = Command::new(cargo_bin!("scade-model"));
    let output = program.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(cargo_bin!("scade-model")).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("error: cannot write to stdout: "), "{text}");
}

#[test]
fn help_lists_the_networks_and_the_exit_codes() {
    let assert = cargo_bin_cmd!("scade-model").arg("--help").assert().success();
    let help = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for text in ["[default: scade-net]", "[possible values: scade-net, meso-4]", "Exit codes:"] {
        assert!(help.contains(text), "{help}");
    }
    cargo_bin_cmd!("scade-model").args(["--architecture", "resnet"]).assert().code(2);
}
