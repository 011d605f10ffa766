//! Optional GPU backends of tests, and their requirements.

use std::process::Command;

use anyhow::Result;

use crate::cargo::FEATURES;
use crate::setup;

/// Environment variable of `scade-parity`: the devices that must work.
const DEVICES: &str = "SCADE_PARITY_DEVICES";

#[derive(clap::Args)]
pub(crate) struct Backends {
    /// Cover WGPU as well, on a software Vulkan where there is no GPU (builds for minutes)
    #[arg(long)]
    wgpu: bool,
    /// Cover CUDA as well; needs an NVIDIA GPU (builds for minutes)
    #[arg(long)]
    cuda: bool,
}

impl Backends {
    /// Installs what the backends need. `false` if something is missing; the command to run was printed.
    pub(crate) fn ensure(&self) -> Result<bool> {
        if self.wgpu { setup::ensure_vulkan() } else { Ok(true) }
    }

    /// Enables the backends in a `cargo` command, and makes it an error if one does not work.
    pub(crate) fn apply(&self, command: &mut Command) {
        command.args(["--features", &self.features()]);
        if self.wgpu || self.cuda {
            command.env(DEVICES, self.devices());
        }
    }

    fn features(&self) -> String {
        self.list(&[FEATURES], "scade-device/wgpu", "scade-device/cuda")
    }

    fn devices(&self) -> String {
        self.list(&["flex", "ndarray"], "wgpu", "cuda")
    }

    fn list(&self, always: &[&str], wgpu: &str, cuda: &str) -> String {
        let chosen = [(self.wgpu, wgpu), (self.cuda, cuda)];
        let chosen = chosen.into_iter().filter(|(on, _)| *on).map(|(_, name)| name);
        always.iter().copied().chain(chosen).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_backends_are_built_and_must_work() {
        let none = Backends { wgpu: false, cuda: false };
        assert_eq!(none.features(), FEATURES);
        let mut command = Command::new("cargo");
        none.apply(&mut command);
        assert_eq!(command.get_envs().count(), 0);

        let both = Backends { wgpu: true, cuda: true };
        assert_eq!(both.features(), format!("{FEATURES},scade-device/wgpu,scade-device/cuda"));
        assert_eq!(both.devices(), "flex,ndarray,wgpu,cuda");
    }
}
