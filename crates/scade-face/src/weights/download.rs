//! Download of the files from their repositories via HTTPS.

use std::path::Path;
use std::time::Duration;

use scade_settings::error_chain;

use super::Release;
use super::source::Source;

/// Short, so that a machine without network soon tries the next source.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout for one file; the largest has 1.6 MB.
const FILE_TIMEOUT: Duration = Duration::from_secs(120);

/// Maximum bytes accepted for one file.
const MOST_BYTES: u64 = 16 << 20;

/// A folder of a repository on GitHub, by its URL.
pub(super) struct Download(&'static str);

impl Download {
    /// At the pinned commit.
    pub(super) const MTCNN: Self = Self(
        "https://raw.githubusercontent.com/timesler/facenet-pytorch/787da06156087cd6b616fe6608213722bddc30cd/data",
    );
    /// At the release.
    pub(super) const CASCADE: Self =
        Self("https://raw.githubusercontent.com/opencv/opencv/4.10.0/data/haarcascades");
}

impl Source for Download {
    fn name(&self) -> String {
        self.0.to_owned()
    }

    fn fetch(&self, release: &Release, folder: &Path) -> Result<(), String> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .https_only(true)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(FILE_TIMEOUT))
            .build()
            .into();
        for file in release.files {
            let url = format!("{}/{}", self.0, file.name);
            let bytes = get(&agent, &url).map_err(|e| error_chain(&e))?;
            std::fs::write(folder.join(file.name), bytes).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

fn get(agent: &ureq::Agent, url: &str) -> Result<Vec<u8>, ureq::Error> {
    agent.get(url).call()?.body_mut().with_config().limit(MOST_BYTES).read_to_vec()
}
