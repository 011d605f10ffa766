//! The page with a worker that has no detector: `cargo run -p scade-serve --no-default-features --example page`.

#[path = "../tests/common/fake.rs"]
mod fake;

use std::path::Path;
use std::sync::Arc;

use scade_serve::{Access, App, Limits, Sample, Settings, serve};

fn render(sample: Sample, path: &Path) -> Result<(), String> {
    if sample.is_video() {
        return std::fs::write(path, "slow").map_err(|error| error.to_string());
    }
    sample.render_image(path)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let token = std::env::args().nth(2);
    let folder = std::env::temp_dir().join("scade-serve-example");
    let access = Access { token, hosts: Vec::new() };
    let settings = Settings { limits: Limits::default(), access, folder, workers: 1 };
    let app = App::start(settings, Arc::new(fake::Fake { people: true }), render)?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    let shutdown = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(listener, app, shutdown).await?;
    Ok(())
}
