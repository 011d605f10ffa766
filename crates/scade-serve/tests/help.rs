//! `--help` as users see it. After a change, `INSTA_UPDATE=always cargo test -p scade-serve --test help`
//! writes the snapshot anew; read it.

#[test]
fn help_is_as_committed() {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("scade-serve");
    let output = command.args(["--help"]).assert().success().get_output().stdout.clone();
    let help = String::from_utf8(output).unwrap();
    assert!(!help.contains("Commands:"), "the worker is not for users: {help}");
    insta::assert_snapshot!("help", help);
}
