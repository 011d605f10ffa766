//! Logistic regression on binary columns with a ridge penalty, by Newton's method.

/// Penalty of each weight; the intercept has none.
const RIDGE: f64 = 1.0;

/// Steps at most; it converges in fewer.
const STEPS: usize = 30;

/// Weights of the columns, and the intercept last. `rows` lists the columns, below `width`, that are 1.
pub(crate) fn fit(rows: &[&[u32]], labels: &[bool], width: usize) -> Vec<f64> {
    let n = width + 1;
    let mut weights = vec![0.0; n];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; n];
        let mut hessian = vec![0.0; n * n];
        for at in 0..width {
            gradient[at] = RIDGE * weights[at];
            hessian[at * n + at] = RIDGE;
        }
        // Keeps the matrix definite where all scores are certain.
        hessian[width * n + width] = 1e-9;
        for (row, fake) in rows.iter().zip(labels) {
            let score = predict(&weights, row);
            let error = score - f64::from(u8::from(*fake));
            let curvature = score * (1.0 - score);
            let active = || row.iter().map(|at| *at as usize).chain([width]);
            for i in active() {
                gradient[i] += error;
                active().for_each(|j| hessian[i * n + j] += curvature);
            }
        }
        let Some(step) = solve(&mut hessian, gradient, n) else { break };
        weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= step);
        if step.iter().all(|step| step.abs() < 1e-8) {
            break;
        }
    }
    weights
}

/// The probability of fake.
pub(crate) fn predict(weights: &[f64], row: &[u32]) -> f64 {
    let intercept = weights.last().copied().unwrap_or_default();
    let logit = intercept + row.iter().map(|at| weights[*at as usize]).sum::<f64>();
    1.0 / (1.0 + (-logit).exp())
}

/// Solves a symmetric positive definite system by Cholesky; `None` where it is not definite.
fn solve(matrix: &mut [f64], mut right: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| matrix[i * n + k] * matrix[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            if i > j {
                matrix[i * n + j] = rest / matrix[j * n + j];
            } else if rest > 0.0 {
                matrix[j * n + j] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| matrix[i * n + k] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| matrix[k * n + i] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[i * n + i];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Python, with an intercept that is not penalized:
    /// ```python
    /// import numpy as np
    /// from scipy.optimize import minimize
    /// X = np.array([[1,0],[1,0],[1,0],[0,1],[0,1],[0,0]]); y = np.array([1,1,0,0,0,1])
    /// f = lambda w: np.logaddexp(0, -(2*y-1)*(X@w[:2]+w[2])).sum() + .5*(w[:2]**2).sum()
    /// print(minimize(f, np.zeros(3), tol=1e-12).x)
    /// ```
    #[test]
    fn the_weights_are_those_of_the_penalized_likelihood() {
        let rows: [&[u32]; 6] = [&[0], &[0], &[0], &[1], &[1], &[]];
        let weights = fit(&rows, &[true, true, false, false, false, true], 2);
        let expected = [0.238_582_29, -0.710_220_46, 0.113_569_30];
        for (got, expected) in weights.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "{weights:?}");
        }
    }
}
