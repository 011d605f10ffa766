//! Time and peak memory of the AUC of a million scores with its intervals: `cargo run -p scade-metrics --example million`.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_metrics::{AucScale, Bootstrap, Confidence, Interval, Scores};

const SAMPLES: usize = 1_000_000;
const IDENTITIES: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let labels: Vec<bool> = (0..SAMPLES).map(|_| rng.random()).collect();
    let identities: Vec<usize> = (0..SAMPLES).map(|_| rng.random_range(0..IDENTITIES)).collect();
    let scores: Vec<f64> = labels
        .iter()
        .map(|&fake| {
            let uniform: f64 = rng.random();
            if fake { uniform.sqrt() } else { uniform * uniform }
        })
        .collect();
    let scores = Scores::new(&scores, &labels)?;

    let plan = Bootstrap::default();
    println!("{SAMPLES} samples, {} draws, {} threads", plan.draws, rayon::current_num_threads());
    show("DeLong", || Ok(scores.delong()?.interval(Confidence::default(), AucScale::Logit)?))?;
    show("bootstrap, every sample a cluster", || Ok(scores.unclustered().auc(&plan)?))?;
    show("bootstrap, 10,000 identities", || Ok(scores.clustered(&identities)?.auc(&plan)?))?;
    match peak_memory() {
        Some(megabytes) => println!("peak memory: {megabytes:.0} MB"),
        None => println!("peak memory: unknown on this system"),
    }
    Ok(())
}

fn show(
    name: &str,
    interval: impl FnOnce() -> Result<Interval, Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (start, processor) = (Instant::now(), processor_time());
    let Interval { value, low, high } = interval()?;
    let seconds = start.elapsed().as_secs_f64();
    print!("{name}: AUC {value:.5} ({low:.5} to {high:.5}) in {seconds:.2} s");
    match (processor, processor_time()) {
        (Some(before), Some(after)) => {
            println!(", {:.2} s of processor", (after - before).as_secs_f64())
        }
        _ => println!(),
    }
    Ok(())
}

/// Of this process and its threads, where Linux tells.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which is in parentheses, user and system time are fields 12 and 13, in ticks of 10 ms.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// In MB, where Linux tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
}
