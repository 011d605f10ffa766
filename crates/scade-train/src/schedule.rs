//! The learning rate of each step.

use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

/// How the learning rate changes, as in a configuration file:
/// `{ name = "step", … }`, `{ name = "cosine", … }` or `{ name = "constant" }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ScheduleConfig {
    /// Times `factor` after every `every` steps, never below `min_lr`. As published, this reaches
    /// the floor after 3,000 steps, often within the first epochs.
    Step {
        /// Steps between two drops.
        #[serde(default = "default_every")]
        every: u64,
        /// Factor of a drop.
        #[serde(default = "default_factor")]
        factor: f64,
        /// The floor.
        #[serde(default = "default_min_lr")]
        min_lr: f64,
    },
    /// Linear from zero over `warmup_epochs`, then half a cosine down to `min_lr` at the last step.
    Cosine {
        /// Epochs of linear growth.
        #[serde(default)]
        warmup_epochs: u64,
        /// The end value.
        #[serde(default = "default_min_lr")]
        min_lr: f64,
    },
    /// The same rate throughout.
    Constant,
}

fn default_every() -> u64 {
    1000
}

fn default_factor() -> f64 {
    0.1
}

fn default_min_lr() -> f64 {
    1e-6
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self::Step { every: default_every(), factor: default_factor(), min_lr: default_min_lr() }
    }
}

/// A schedule for a run of known length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    config: ScheduleConfig,
    initial: f64,
    steps_per_epoch: u64,
    epochs: u64,
}

impl ScheduleConfig {
    /// Checks the settings beside the rate that they start from.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(self, initial: f64) -> Result<(), SettingError> {
        let floor = match self {
            Self::Step { every, factor, min_lr } => {
                let holds = every >= 1;
                require(holds, "schedule.every", "at least 1", every)?;
                let holds = factor > 0.0 && factor <= 1.0;
                require(holds, "schedule.factor", "above 0 and at most 1", factor)?;
                min_lr
            }
            Self::Cosine { min_lr, .. } => min_lr,
            Self::Constant => return Ok(()),
        };
        let expected = "at least 0 and at most the learning rate";
        require((0.0..=initial).contains(&floor), "schedule.min_lr", expected, floor)
    }

    /// The schedule of a run that starts at the rate `initial`.
    #[must_use]
    pub fn init(self, initial: f64, steps_per_epoch: u64, epochs: u64) -> Schedule {
        Schedule { config: self, initial, steps_per_epoch, epochs }
    }
}

impl Schedule {
    /// The rate that step `step` uses, counted from 0.
    ///
    /// It is the rate that the schedule of SCADE-Net has after `step` steps, except that the very
    /// first step of a warm-up already takes the first increment: its rate would be zero.
    #[must_use]
    pub fn rate(&self, step: u64) -> f64 {
        match self.config {
            ScheduleConfig::Cosine { warmup_epochs: 1.., .. } => self.after(step.max(1)),
            _ => self.after(step),
        }
    }

    /// The rate after `n` completed steps.
    fn after(&self, n: u64) -> f64 {
        match self.config {
            ScheduleConfig::Constant => self.initial,
            ScheduleConfig::Step { every, factor, min_lr } => {
                let drops = i32::try_from(n / every.max(1)).unwrap_or(i32::MAX);
                (self.initial * factor.powi(drops)).max(min_lr)
            }
            ScheduleConfig::Cosine { warmup_epochs, min_lr } => {
                let steps = |epochs: u64| epochs as f64 * self.steps_per_epoch as f64;
                let (warmup, total) = (steps(warmup_epochs), steps(self.epochs));
                let n = n as f64;
                if n < warmup {
                    return self.initial * n / warmup;
                }
                let progress = ((n - warmup) / (total - warmup).max(1.0)).min(1.0);
                let wave = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
                min_lr + (self.initial - min_lr) * wave
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates after step i of these loops in Python, made with `tests/schedules.json`:
    ///
    /// ```python
    /// lr, step = 1e-3, []                       # every 250th of them
    /// for i in range(1, 4501):
    ///     if i % 1000 == 0: lr = max(lr * 0.1, 1e-6)
    ///     step.append(lr)
    ///
    /// w, m = 2 * 20, 10 * 20                    # warm-up and all steps
    /// cosine = [1e-3 * i / w if i < w else
    ///     1e-7 + (1e-3 - 1e-7) * .5 * (1 + cos(pi * min((i - w) / (m - w), 1)))
    ///     for i in range(1, 201)]
    /// ```
    fn check(name: &str, schedule: &Schedule, every: u64) {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../tests/schedules.json")).unwrap();
        let expected = file[name].as_array().unwrap();
        assert!(expected.len() >= 18);
        for (expected, index) in expected.iter().zip(1..) {
            let (expected, got) = (expected.as_f64().unwrap(), schedule.rate(index * every));
            assert!((got / expected - 1.0).abs() < 1e-12, "{name} {index}: {got}, {expected}");
        }
    }

    #[test]
    fn parity_of_the_step_schedule() {
        let schedule = ScheduleConfig::default().init(1e-3, 10, 500);
        check("step", &schedule, 250);
        assert_eq!((schedule.rate(0), schedule.rate(999)), (1e-3, 1e-3));
        assert!(schedule.rate(1000) < 2e-4, "the drop comes with the thousandth step");
    }

    #[test]
    fn parity_of_the_cosine_schedule() {
        let config = ScheduleConfig::Cosine { warmup_epochs: 2, min_lr: 1e-7 };
        let schedule = config.init(1e-3, 20, 10);
        check("cosine", &schedule, 1);
        assert_eq!(schedule.rate(999), 1e-7);
        assert_eq!(schedule.rate(0), schedule.rate(1), "the first step is not wasted");
    }

    #[test]
    fn a_run_shorter_than_its_warm_up_stays_finite() {
        let config = ScheduleConfig::Cosine { warmup_epochs: 5, min_lr: 1e-7 };
        assert!((0..50).all(|n| config.init(1e-3, 3, 2).rate(n).is_finite()));
    }
}
