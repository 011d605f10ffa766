//! All random seeds of a run, derived from the one of its configuration.
//!
//! Nothing here depends on what was sampled before, so that a resumed run continues bit-exactly
//! (decisions/0003).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The seeds that follow from `Config::seed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seeds(u64);

impl Seeds {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Of the backend, before weights are initialized.
    pub(crate) fn weights(self) -> u64 {
        self.0
    }

    /// Of a loader, which derives order and augmentation of an epoch from it.
    pub(crate) fn samples(self) -> u64 {
        self.0
    }

    /// The generator that permutes the labels of the control experiment.
    pub(crate) fn labels(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }

    /// Of the backend before the steps of `epoch`, which decides dropout; another one on each `rank`.
    pub(crate) fn dropout(self, epoch: u64, rank: usize) -> u64 {
        self.mixed(epoch ^ ((rank as u64) << 32))
    }

    /// Seeds of neighboring runs and epochs must not meet: 64-bit mixing as in SplitMix64 (Steele, Lea
    /// and Flood, 2014).
    fn mixed(self, number: u64) -> u64 {
        let mut mixed = self.0.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64 from state 0 begins so; a run of an earlier version continues by the same numbers.
    #[test]
    fn dropout_seeds_are_those_of_splitmix64() {
        assert_eq!(Seeds::new(0).dropout(1, 0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(Seeds::new(0).dropout(2, 0), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn ranks_and_epochs_have_seeds_of_their_own() {
        let mut seen = std::collections::BTreeSet::new();
        for (seed, epoch, rank) in
            (0..3).flat_map(|s| (1..20).flat_map(move |e| (0..4).map(move |r| (s, e, r))))
        {
            assert!(seen.insert(Seeds::new(seed).dropout(epoch, rank)), "{seed} {epoch} {rank}");
        }
    }
}
