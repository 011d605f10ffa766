//! Small dense systems of linear equations.

/// The solution of `matrix · x = right` by elimination with partial pivoting; several right sides at once:
/// `right[row][side]`. `None` when the matrix is singular. O(n³).
pub(crate) fn solve<const S: usize>(
    mut matrix: Vec<Vec<f64>>,
    mut right: Vec<[f64; S]>,
) -> Option<Vec<[f64; S]>> {
    let n = matrix.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        let size = matrix[pivot][column].abs();
        if size.is_nan() || size < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (above, below) = matrix.split_at_mut(column + 1);
        let (solved, rest) = right.split_at_mut(column + 1);
        let (pivot, sides) = (&above[column], &solved[column]);
        for (row, right) in below.iter_mut().zip(rest) {
            let factor = row[column] / pivot[column];
            if factor != 0.0 {
                for (value, pivot) in row.iter_mut().zip(pivot).skip(column) {
                    *value -= factor * pivot;
                }
                for (value, side) in right.iter_mut().zip(sides) {
                    *value -= factor * side;
                }
            }
        }
    }
    for row in (0..n).rev() {
        let (unsolved, solved) = right.split_at_mut(row + 1);
        for (side, value) in unsolved[row].iter_mut().enumerate() {
            let known: f64 =
                matrix[row][row + 1..].iter().zip(&*solved).map(|(m, x)| m * x[side]).sum();
            *value = (*value - known) / matrix[row][row];
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_singular_one_refused() {
        let matrix = vec![vec![0.0, 2.0, 1.0], vec![1.0, -1.0, 0.0], vec![3.0, 0.0, 4.0]];
        // Of x = (1, 2, -1).
        let found = solve(matrix, vec![[3.0], [-1.0], [-1.0]]).unwrap();
        for (got, expected) in found.iter().zip([1.0, 2.0, -1.0]) {
            assert!((got[0] - expected).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![[1.0], [2.0]]), None);
    }
}
