//! `cargo xtask setup`: finds or installs the build requirements of the workspace.

mod install;
mod libclang;
mod needs;
mod path;

use std::process::ExitCode;

use anyhow::{Context, Result};

use needs::{NEEDS, Need, VULKAN};
pub(crate) use path::on_path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Install nothing; if something is missing, print the command to run and exit with code 1
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let complete = if args.check { report(&survey())? } else { ensure()? };
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Installs what is missing if that needs no password. `false` if something is still missing; the
/// command to run was printed.
pub(crate) fn ensure() -> Result<bool> {
    let findings = survey();
    if findings.iter().all(|finding| finding.found.is_ok()) {
        return report(&findings);
    }
    print(&findings);
    if !install::install(&missing(&findings))? {
        return advise(&findings).map(|()| false);
    }
    report(&survey())
}

/// The same for [`VULKAN`], which only `--wgpu` needs.
pub(crate) fn ensure_vulkan() -> Result<bool> {
    let survey = || Finding { need: &VULKAN, found: (VULKAN.find)(VULKAN.name) };
    let mut finding = survey();
    if finding.found.is_err() && install::install(&[&VULKAN])? {
        finding = survey();
    }
    print_one(&finding);
    if finding.found.is_ok() { Ok(true) } else { advise(&[finding]).map(|()| false) }
}

/// Whether nothing is missing. Prints only if something is.
pub(crate) fn complete() -> Result<bool> {
    let findings = survey();
    if missing(&findings).is_empty() { Ok(true) } else { report(&findings) }
}

/// A requirement, and where it was found or why not.
struct Finding {
    need: &'static Need,
    found: Result<String>,
}

fn survey() -> Vec<Finding> {
    NEEDS.iter().map(|need| Finding { need, found: (need.find)(need.name) }).collect()
}

fn missing(findings: &[Finding]) -> Vec<&'static Need> {
    findings.iter().filter(|finding| finding.found.is_err()).map(|finding| finding.need).collect()
}

/// Prints the findings and, if something is missing, the command to run. Returns whether nothing is.
fn report(findings: &[Finding]) -> Result<bool> {
    print(findings);
    if missing(findings).is_empty() {
        return Ok(true);
    }
    advise(findings).map(|()| false)
}

fn print(findings: &[Finding]) {
    findings.iter().for_each(print_one);
    let pip = path::on_path("pip3").map_or("not found".into(), |path| path.display().to_string());
    println!("{:<12} {pip} (optional: one of the ways to fetch the weights)", "pip");
}

fn print_one(Finding { need, found }: &Finding) {
    match found {
        Ok(found) => println!("{:<12} {found}", need.name),
        Err(error) => println!("{:<12} MISSING: {}", need.name, first_line(error)),
    }
}

/// Errors of some programs are long.
fn first_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}

fn advise(findings: &[Finding]) -> Result<()> {
    let line = install::line(&missing(findings)).with_context(|| {
        let names: Vec<_> = missing(findings).iter().map(|need| need.name).collect();
        format!("no apt-get, dnf or brew here; please install: {}", names.join(", "))
    })?;
    println!("to install what is missing, run:\n{line}");
    Ok(())
}
