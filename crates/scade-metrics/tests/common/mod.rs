//! Random sets of labeled scores with ties, the same in Rust and in the Python of the fixture.
#![allow(dead_code, reason = "every test program uses some of it")]

/// The generator of Steele et al. (2014), `SplitMix64`.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform, 0 or more and below 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, after Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

/// Labels, and the scores of two detectors.
pub(crate) struct Set {
    pub(crate) labels: Vec<bool>,
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
}

/// Two samples of each class at least.
pub(crate) fn set(seed: u64) -> Set {
    let mut random = SplitMix(seed);
    let n = 12 + random.next() % 190;
    let levels = [7, 20, 100, 1000][(seed % 4) as usize];
    let mut set = Set { labels: Vec::new(), a: Vec::new(), b: Vec::new() };
    for index in 0..n {
        let fake = if index > 3 { random.next() % 2 == 1 } else { index % 2 == 1 };
        let [k, l, m] = [0; 3].map(|_| random.next() % (levels + 1));
        let (a, b) = if fake { (k.max(l), k.max(l).max(m) + m) } else { (k, k + m) };
        set.labels.push(fake);
        set.a.push(a as f64 / levels as f64);
        set.b.push(b as f64 / (2 * levels) as f64);
    }
    set
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
