//! Assigning units of different weight to three subsets so that each class meets its ratios.
//!
//! Numeric only: `identity_split` gives the units their meaning.

use rand::Rng;
use rand::seq::SliceRandom;

/// Number of real and fake clips of a unit or subset; fractional where a clip belongs to several units.
pub(crate) type Weight = [f64; 2];

/// Cost of a class that is missing from a subset; deviations from the ratios cost less than 6.
const MISSING: f64 = 100.0;

/// Largest number of improvement sweeps over all units; usually a few suffice.
const MOST_SWEEPS: usize = 20;

/// Deviation of the three subsets from their ratios: the sum over subsets and classes of the squared
/// difference between target and actual ratio, and 100 for each missing class.
pub(crate) fn cost(loads: &[Weight; 3], ratios: [f64; 3]) -> f64 {
    let mut sum = 0.0;
    for class in 0..2 {
        let total: f64 = loads.iter().map(|load| load[class]).sum();
        for (load, ratio) in loads.iter().zip(ratios) {
            sum += deviation(load[class], total, ratio);
        }
    }
    sum
}

/// Assigns `units` to the subsets 0, 1, 2: greedily in random order, then by single moves until none
/// lowers the cost. Subsets with a ratio of 0 stay empty. O(units · sweeps).
pub(crate) fn assign(units: &[Weight], ratios: [f64; 3], rng: &mut impl Rng) -> Vec<usize> {
    let totals = [0, 1].map(|class| units.iter().map(|unit| unit[class]).sum());
    let mut assigner = Assigner { ratios, totals, loads: [[0.0; 2]; 3] };
    let mut order: Vec<_> = (0..units.len()).collect();
    order.shuffle(rng);
    let mut parts = vec![0; units.len()];
    for &unit in &order {
        parts[unit] = assigner.best_for(&units[unit]);
        assigner.add(parts[unit], &units[unit], 1.0);
    }
    for _ in 0..MOST_SWEEPS {
        let mut moved = false;
        for &unit in &order {
            assigner.add(parts[unit], &units[unit], -1.0);
            let best = assigner.best_for(&units[unit]);
            // Ties would move back and forth.
            let gain = assigner.gain(parts[unit], &units[unit]) - assigner.gain(best, &units[unit]);
            if gain > 1e-12 {
                parts[unit] = best;
                moved = true;
            }
            assigner.add(parts[unit], &units[unit], 1.0);
        }
        if !moved {
            break;
        }
    }
    parts
}

struct Assigner {
    ratios: [f64; 3],
    totals: Weight,
    loads: [Weight; 3],
}

impl Assigner {
    fn add(&mut self, part: usize, unit: &Weight, sign: f64) {
        for (load, weight) in self.loads[part].iter_mut().zip(unit) {
            *load += sign * weight;
        }
    }

    fn best_for(&self, unit: &Weight) -> usize {
        let wanted = (0..3).filter(|part| self.ratios[*part] > 0.0);
        wanted.min_by(|a, b| self.gain(*a, unit).total_cmp(&self.gain(*b, unit))).unwrap_or(0)
    }

    /// Change of the cost when `unit` joins `part`; lower is better.
    fn gain(&self, part: usize, unit: &Weight) -> f64 {
        let change = |class: usize| {
            let (load, total, ratio) =
                (self.loads[part][class], self.totals[class], self.ratios[part]);
            deviation(load + unit[class], total, ratio) - deviation(load, total, ratio)
        };
        change(0) + change(1)
    }
}

fn deviation(load: f64, total: f64, ratio: f64) -> f64 {
    // Loads are sums of halves and thirds, so they are not exactly 0 after subtraction.
    let missing = ratio > 0.0 && load < 1e-9;
    let held = if total > 0.0 { load / total } else { 0.0 };
    (held - ratio).powi(2) + if missing { MISSING } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const RATIOS: [f64; 3] = [0.7, 0.15, 0.15];

    fn loads(units: &[Weight], parts: &[usize]) -> [Weight; 3] {
        let mut loads = [[0.0; 2]; 3];
        for (unit, &part) in units.iter().zip(parts) {
            for class in 0..2 {
                loads[part][class] += unit[class];
            }
        }
        loads
    }

    /// The lowest cost of all 3ⁿ assignments.
    fn by_brute_force(units: &[Weight]) -> f64 {
        let assignments = (0..3_usize.pow(units.len() as u32)).map(|code| {
            let parts: Vec<_> =
                (0..units.len()).map(|i| code / 3_usize.pow(i as u32) % 3).collect();
            cost(&loads(units, &parts), RATIOS)
        });
        assignments.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_best_of_a_few_assignments_is_close_to_the_optimum() {
        for seed in 0..20 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let units: Vec<Weight> = (0..8)
                .map(|_| [1.0, 1.0].map(|_: f64| f64::from(rng.random_range(1..9_u8))))
                .collect();
            let attempts =
                (0..32).map(|_| cost(&loads(&units, &assign(&units, RATIOS, &mut rng)), RATIOS));
            let best = attempts.fold(f64::INFINITY, f64::min);
            assert!(best <= by_brute_force(&units) + 0.02, "seed {seed}: {best}");
        }
    }

    #[test]
    fn three_equal_units_go_to_three_subsets() {
        let mut parts = assign(&[[1.0, 1.0]; 3], RATIOS, &mut ChaCha8Rng::seed_from_u64(1));
        parts.sort_unstable();
        assert_eq!(parts, [0, 1, 2]);
    }

    #[test]
    fn a_subset_with_ratio_zero_stays_empty() {
        let parts = assign(&[[1.0, 2.0]; 50], [0.8, 0.2, 0.0], &mut ChaCha8Rng::seed_from_u64(1));
        let count = |part| parts.iter().filter(|p| **p == part).count();
        assert_eq!([count(0), count(1), count(2)], [40, 10, 0]);
    }
}
