//! The random number generator of the benchmark: SplitMix64 (Steele, Lea and Flood, 2014), which takes
//! three lines in any language.

/// Random numbers from one seed.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (-53_f64).exp2()
    }

    /// Uniform in `low..high`.
    pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// As [`Self::uniform`], rounded down.
    pub(crate) fn whole(&mut self, low: f64, high: f64) -> usize {
        self.uniform(low, high) as usize
    }

    /// True with this `probability`.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// `count` numbers of a standard normal distribution (Box and Muller): all radii are sampled
    /// before all angles.
    pub(crate) fn normals(&mut self, count: usize) -> Vec<f64> {
        let radii: Vec<f64> = (0..count).map(|_| self.unit()).collect();
        let normal = |radius: f64| {
            (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
        };
        radii.into_iter().map(normal).collect()
    }
}
