//! PyTorch's random numbers on the CPU: a Mersenne Twister, 24 of whose 32 bits make a float.
//!
//! Regenerating noise from a seed avoids storing megabytes of it as fixtures.

const LEN: usize = 624;

/// The generator behind `torch.rand(…)` after `torch.manual_seed(seed)`, or of a
/// `torch.Generator().manual_seed(seed)`.
#[derive(Debug)]
pub struct TorchRand {
    state: [u32; LEN],
    at: usize,
}

impl TorchRand {
    /// A newly seeded generator.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; LEN];
        for i in 1..LEN {
            let last = state[i - 1];
            state[i] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, at: LEN }
    }

    /// Skips `count` numbers.
    pub fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next_u32();
        }
    }

    /// `torch.rand(count)`: floats in 0..1.
    pub fn rand(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.uniform()).collect()
    }

    fn uniform(&mut self) -> f32 {
        (self.next_u32() & 0xff_ffff) as f32 / (1 << 24) as f32
    }

    fn next_u32(&mut self) -> u32 {
        if self.at == LEN {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..LEN {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % LEN] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + 397) % LEN] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```python
    /// x = torch.rand(8, 4, 256, 256, generator=torch.Generator().manual_seed(11)).flatten()
    /// print(x[:3].tolist(), x[-1].item())
    /// ```
    #[test]
    fn numbers_agree_with_pytorch() {
        let mut rand = TorchRand::new(11);
        assert_eq!(rand.rand(3), [0.149_041_71, 0.486_553_13, 0.985_661_5]);
        rand.skip(8 * 4 * 256 * 256 - 4);
        assert_eq!(rand.rand(1), [0.019_387_603]);
    }
}
