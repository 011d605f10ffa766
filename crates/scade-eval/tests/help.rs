//! `--help` as users see it. After a change, `INSTA_UPDATE=always cargo test -p scade-eval --test help`
//! writes the snapshots anew; read them.

#[test]
fn help_is_as_committed() {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("scade-eval");
    let output = command.args(["--help"]).assert().success().get_output().stdout.clone();
    insta::assert_snapshot!("help", String::from_utf8(output).unwrap());
}
