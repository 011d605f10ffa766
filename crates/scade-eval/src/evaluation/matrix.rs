//! Every detector on every dataset, and the mean over runs of one recipe.

use serde::{Deserialize, Serialize};

use super::{Estimate, SystemReport};
use crate::Unit;

/// AUC per video of every detector on every dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Names of the datasets: the columns.
    pub datasets: Vec<String>,
    /// One for each detector.
    pub rows: Vec<MatrixRow>,
    /// Mean and standard deviation over the detectors for each dataset, where they are runs of one recipe.
    pub seeds: Option<Vec<Seeds>>,
}

/// One detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// Its name.
    pub system: String,
    /// AUC on each dataset; `None` where it has no scores.
    pub auc: Vec<Option<Estimate>>,
    /// Mean over the datasets on which it is defined.
    pub mean: Option<f64>,
    /// The lowest of them.
    pub worst: Option<f64>,
}

/// A dataset over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seeds {
    /// Runs with a value.
    pub runs: usize,
    /// Mean AUC; `None` of none.
    pub mean: Option<f64>,
    /// Standard deviation (n − 1); `None` of fewer than two.
    pub sd: Option<f64>,
}

impl Matrix {
    pub(crate) fn of(systems: &[SystemReport], seeds: bool) -> Self {
        let mut datasets: Vec<String> = systems
            .iter()
            .flat_map(|system| system.datasets.iter().map(|dataset| dataset.name.clone()))
            .collect();
        datasets.sort();
        datasets.dedup();
        let rows: Vec<_> = systems.iter().map(|system| row(system, &datasets)).collect();
        let over_runs = |column: usize| {
            let values =
                rows.iter().filter_map(|row: &MatrixRow| row.auc[column].as_ref()?.value());
            Seeds::of(&values.collect::<Vec<_>>())
        };
        let seeds = seeds.then(|| (0..datasets.len()).map(over_runs).collect());
        Self { datasets, rows, seeds }
    }
}

impl Seeds {
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n);
        let sd = mean.filter(|_| values.len() > 1).map(|mean| {
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
        });
        Self { runs: values.len(), mean, sd }
    }
}

fn row(system: &SystemReport, datasets: &[String]) -> MatrixRow {
    let auc: Vec<Option<Estimate>> = datasets
        .iter()
        .map(|name| {
            let dataset = system.datasets.iter().find(|dataset| dataset.name == *name)?;
            let videos = dataset.units.iter().find(|unit| unit.unit == Unit::Video)?;
            Some(videos.auc.clone())
        })
        .collect();
    let values: Vec<f64> = auc.iter().flatten().filter_map(Estimate::value).collect();
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let worst = values.iter().copied().min_by(f64::total_cmp);
    MatrixRow { system: system.name.clone(), auc, mean, worst }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_recipe_have_a_mean_and_the_deviation_of_a_sample() {
        let seeds = Seeds::of(&[0.7, 0.8, 0.9]);
        assert!((seeds.mean.unwrap() - 0.8).abs() < 1e-12);
        assert!((seeds.sd.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(Seeds::of(&[0.7]).sd, None);
        assert_eq!(Seeds::of(&[]).mean, None);
    }
}
