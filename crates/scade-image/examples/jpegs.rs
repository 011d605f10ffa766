//! Compares the decoder of JPEG with libjpeg-turbo: `cargo xtask jpegs -- --count 2000`.
//!
//! Each pixel must be the same. The files differ in sampling, scan script, size, quality and entropy coding.
//! They are made by `cjpeg` and read back by `djpeg`, both of libjpeg-turbo (Debian: `libjpeg-turbo-progs`).
//! `--fixture FILE` writes some tiny ones with their pixels for the tests, as `[name, JPEG, width, height, RGB]`.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use scade_image::{DecodeError, decode_image};

/// Scan scripts of `cjpeg`, by name. The first leaves the order to it: one scan.
const SCANS: [(&str, &str); 7] = [
    ("one-scan", ""),
    ("y-cb-cr", "0;\n1;\n2;\n"),
    ("y-cbcr", "0;\n1 2;\n"),
    ("cb-cr-y", "1;\n2;\n0;\n"),
    ("ycb-cr", "0 1;\n2;\n"),
    (
        "progressive",
        "0 1 2: 0-0,0,1;\n0: 1-5,0,2;\n2: 1-63,0,1;\n1: 1-63,0,1;\n0: 6-63,0,2;\n0: 1-63,2,1;\n\
         0 1 2: 0-0,1,0;\n2: 1-63,1,0;\n1: 1-63,1,0;\n0: 1-63,1,0;\n",
    ),
    (
        "spectral",
        "0: 0-0,0,0;\n1: 0-0,0,0;\n2: 0-0,0,0;\n0: 1-63,0,0;\n1: 1-63,0,0;\n2: 1-63,0,0;\n",
    ),
];

/// Sampling factors of the three components.
const SAMPLINGS: [&str; 18] = [
    "1x1",
    "2x1",
    "1x2",
    "2x2",
    "4x1",
    "1x4",
    "4x2",
    "2x4",
    "4x4",
    "3x1",
    "1x3",
    "3x2",
    "gray",
    "1x1,2x2,2x2",
    "1x1,2x1,1x1",
    "2x2,1x2,1x2",
    "2x2,2x1,2x1",
    "2x1,1x1,2x1",
];

const SIZES: [[usize; 2]; 8] =
    [[1, 1], [8, 8], [7, 9], [17, 33], [64, 48], [88, 88], [100, 75], [227, 149]];

const QUALITIES: [&str; 3] = ["10", "75", "98"];

const CODINGS: [&[&str]; 5] =
    [&[], &["-optimize"], &["-restart", "1"], &["-restart", "3B"], &["-arithmetic"]];

fn main() -> ExitCode {
    match run() {
        Ok(wrong) => ExitCode::from(u8::from(wrong)),
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a file was decoded wrong.
fn run() -> Result<bool, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1)
    };
    if let Some(path) = value("--fixture") {
        return write_fixture(Path::new(path)).map(|()| false);
    }
    let count: usize = value("--count").map_or(Ok(usize::MAX), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let mut results = BTreeMap::<String, usize>::new();
    let (mut files, mut worst, mut wrong) = (0, 0.0_f64, 0);
    for (number, kind) in kinds().take(count).enumerate() {
        let Some((jpeg, reference)) = kind.make(folder.path(), number)? else { continue };
        files += 1;
        match decode_image(&jpeg) {
            Ok(image) => {
                let error = difference(image.as_raw(), &reference);
                worst = worst.max(error);
                if error > 0.0 {
                    wrong += 1;
                    println!("{}: mean difference {error:.2}", kind.name());
                }
                *results.entry("decoded".into()).or_default() += 1;
            }
            Err(DecodeError::Unsupported { feature, .. }) => {
                *results.entry(format!("refused: {feature}")).or_default() += 1;
            }
            Err(error) => {
                wrong += 1;
                println!("{}: {error}", kind.name());
            }
        }
    }
    for (result, count) in results {
        println!("{count:5}  {result}");
    }
    println!("{files} files, {wrong} wrong, largest mean difference {worst:.3} levels");
    Ok(wrong > 0)
}

/// Properties of a file.
struct Kind {
    scans: (&'static str, &'static str),
    sampling: &'static str,
    size: [usize; 2],
    quality: &'static str,
    coding: &'static [&'static str],
}

/// The product of all properties; codings take turns. Sizes and qualities vary fastest, so that the first
/// thousands hold each of them with each sampling.
fn kinds() -> impl Iterator<Item = Kind> {
    let total = SCANS.len() * SAMPLINGS.len() * SIZES.len() * QUALITIES.len();
    // A step without a common divisor visits all in an order without blocks.
    (0..total).map(move |i| i * 1_000_003 % total).map(|i| {
        let (quality, i) = (i % QUALITIES.len(), i / QUALITIES.len());
        let (size, i) = (i % SIZES.len(), i / SIZES.len());
        let (sampling, scans) = (i % SAMPLINGS.len(), i / SAMPLINGS.len());
        Kind {
            scans: SCANS[scans],
            sampling: SAMPLINGS[sampling],
            size: SIZES[size],
            quality: QUALITIES[quality],
            coding: CODINGS[(quality + size + sampling + scans) % CODINGS.len()],
        }
    })
}

impl Kind {
    fn name(&self) -> String {
        let [width, height] = self.size;
        let coding = self.coding.join(" ");
        let (scans, ..) = self.scans;
        format!("{scans} {} {width}x{height} q{} {coding}", self.sampling, self.quality)
    }

    /// The file and the pixels that libjpeg-turbo reads from it; `None` for what it cannot write.
    fn make(&self, folder: &Path, seed: usize) -> std::io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let script = folder.join("scans.txt");
        let mut arguments: Vec<&str> = vec!["-quality", self.quality];
        if self.sampling == "gray" {
            if !self.scans.1.is_empty() {
                return Ok(None);
            }
            arguments.push("-grayscale");
        } else {
            arguments.extend(["-sample", self.sampling]);
        }
        if !self.scans.1.is_empty() {
            std::fs::write(&script, self.scans.1)?;
            arguments.extend(["-scans", script.to_str().unwrap_or_default()]);
        }
        arguments.extend(self.coding);
        let Some(jpeg) = pipe("cjpeg", &arguments, &drawing(self.size, seed))? else {
            return Ok(None);
        };
        let read = pipe("djpeg", &["-pnm"], &jpeg)?;
        Ok(read.map(|pnm| (jpeg, rgb_of(&pnm))))
    }
}

/// Waves, squares and noise as a PPM.
fn drawing([width, height]: [usize; 2], seed: usize) -> Vec<u8> {
    let mut ppm = format!("P6 {width} {height} 255\n").into_bytes();
    let mut state = (seed as u32).wrapping_mul(2_654_435_761) | 1;
    for y in 0..height {
        for x in 0..width {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = (state >> 28) as f32;
            let square = if (x / 9 + y / 7) % 2 == 0 { 0.0 } else { 40.0 };
            for [across, down, start] in
                [[0.11, 0.07, seed as f32], [0.05, -0.09, 1.0], [-0.13, 0.03, 2.0]]
            {
                let wave = (x as f32 * across + y as f32 * down + start).sin();
                ppm.push((100.0 + 90.0 * wave + square + noise) as u8);
            }
        }
    }
    ppm
}

/// What a program makes of `input`; `None` if it fails.
fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| {
        let hint = "it is in Debian's package libjpeg-turbo-progs";
        std::io::Error::new(error.kind(), format!("cannot run {program}: {error}; {hint}"))
    })?;
    let mut stdin = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // A program that fails stops reading.
            let _ = stdin.as_mut().map(|stdin| stdin.write_all(input));
            drop(stdin.take());
        });
        let output = child.wait_with_output()?;
        Ok(output.status.success().then_some(output.stdout))
    })
}

/// The pixels of a PPM or PGM of `djpeg`, whose header is three lines.
fn rgb_of(pnm: &[u8]) -> Vec<u8> {
    let pixels = pnm.splitn(4, |&byte| byte == b'\n').nth(3).unwrap_or_default();
    if pnm.starts_with(b"P5") {
        pixels.iter().flat_map(|&value| [value; 3]).collect()
    } else {
        pixels.to_vec()
    }
}

/// The mean difference in levels; infinite for other sizes.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

/// One file for each scan script and sampling, 17 × 13 pixels.
fn write_fixture(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut out = Vec::new();
    let mut put = |bytes: &[u8]| {
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(bytes);
    };
    let size = [17, 13];
    let mut files = 0;
    for (i, scans) in SCANS.into_iter().enumerate() {
        for (k, sampling) in SAMPLINGS.into_iter().enumerate() {
            // All but arithmetic coding.
            let kind = Kind { scans, sampling, size, quality: "75", coding: CODINGS[(i + k) % 4] };
            if let Some((jpeg, rgb)) = kind.make(folder.path(), files)? {
                put(kind.name().as_bytes());
                put(&jpeg);
                put(&rgb);
                files += 1;
            }
        }
    }
    std::fs::write(path, &out)?;
    println!("{files} files, {} bytes", out.len());
    Ok(())
}
