//! The stages over the windows of a tile.

use pulp::NullaryFnOnce;

use crate::plan::{Corners, LANES, Plan, PlannedStage, PlannedStump};
use crate::tile::{Reach, Tile};

/// Windows whose gray levels have a standard deviation of 10 or less are not rated at all, as in OpenCV.
const MOST_INVERSE_DEVIATION: f64 = 0.1;

/// Up to so many windows of a block are faster evaluated one by one. Measured; with 3 it is no faster.
const FEW: u8 = 1;

/// 0 or 1 for each lane: bytes, as the compiler turns loops over them into vectors, unlike bits.
type Flags = [u8; LANES];

/// The evaluation of all windows of a tile.
pub(crate) struct Scan<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) tile: &'a Tile,
    /// Windows of a row.
    pub(crate) windows: usize,
    /// For each row whether its first window is skipped, as the last one of the tile to the left
    /// failed; afterwards the same for the tile to the right.
    pub(crate) skips: &'a mut [bool],
    /// Receives the row and the column of each window that passes all stages.
    pub(crate) hits: &'a mut Vec<(usize, usize)>,
    /// The column of the tile's first window.
    pub(crate) column: usize,
}

impl NullaryFnOnce for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        for row in 0..self.skips.len() {
            let place = row * self.plan.step * self.plan.stride;
            for column in (0..self.windows).step_by(LANES) {
                let passed = self.block(row, place + column, self.windows - column);
                for lane in (0..LANES).filter(|&lane| passed[lane] == 1) {
                    self.hits.push((row, self.column + column + lane));
                }
            }
        }
    }
}

impl Scan<'_> {
    /// Which of the windows from `place` on pass all stages, if at most `windows` are looked at.
    #[inline(always)]
    fn block(&mut self, row: usize, place: usize, windows: usize) -> Flags {
        let [sums, squares] = self.tile.at(place);
        let (scales, mut rated) = normalize(self.plan, sums, squares);
        rated.iter_mut().skip(windows).for_each(|rated| *rated = 0);
        let skip = &mut self.skips[row];
        let Some((first, others)) = self.plan.stages.split_first() else { return rated };
        if rated == [0; LANES] {
            *skip = false;
            return rated;
        }
        let mut live = rated;
        pass(sums, &scales, first, &mut live);
        walk(&rated, &mut live, skip);
        for (done, stage) in others.iter().enumerate() {
            if live.iter().sum::<u8>() <= FEW {
                each_alone(sums, &scales, &others[done..], &mut live);
                return live;
            }
            pass(sums, &scales, stage, &mut live);
        }
        live
    }
}

/// Clears the windows that a walk from left to right skips: after one that fails, it skips the next one.
/// Windows without contrast do not fail.
#[inline(always)]
fn walk(rated: &Flags, live: &mut Flags, skip: &mut bool) {
    let mut visited = u8::from(!*skip);
    for (rated, live) in rated.iter().zip(live) {
        let fails = rated & !*live & visited;
        *live &= visited;
        visited = 1 - fails;
    }
    *skip = visited == 0;
}

/// What features are multiplied by, one over area times standard deviation; and which windows have
/// contrast.
#[inline(always)]
fn normalize(plan: &Plan, sums: &Reach, squares: &Reach) -> ([f32; LANES], Flags) {
    let (sums, squares) = (rect(sums, &plan.inner), rect(squares, &plan.inner));
    let mut scales = [0.0; LANES];
    let mut contrast = [0; LANES];
    for i in 0..LANES {
        let sum = f64::from(sums[i]);
        let variance = plan.inner_area * f64::from(squares[i]) - sum * sum;
        scales[i] = (1.0 / variance.sqrt()) as f32;
        let inverse = plan.inner_area * f64::from(scales[i]);
        contrast[i] = u8::from((variance > 0.0) & (inverse < MOST_INVERSE_DEVIATION));
    }
    (scales, contrast)
}

/// Clears the windows that fail a stage.
#[inline(always)]
fn pass(sums: &Reach, scales: &[f32; LANES], stage: &PlannedStage, live: &mut Flags) {
    let mut totals = [0.0; LANES];
    let mut votes = [0.0; LANES];
    for stump in &stage.stumps {
        if stump.weights[2] == 0.0 {
            vote::<2>(sums, scales, stump, &mut votes);
        } else {
            vote::<3>(sums, scales, stump, &mut votes);
        }
        for i in 0..LANES {
            totals[i] += f64::from(votes[i]);
        }
    }
    for i in 0..LANES {
        live[i] &= u8::from(totals[i] >= stage.threshold);
    }
}

/// Clears the windows that fail one of several stages, one window after the other.
#[inline(always)]
fn each_alone(sums: &Reach, scales: &[f32; LANES], stages: &[PlannedStage], live: &mut Flags) {
    for lane in 0..LANES {
        for stage in stages {
            if live[lane] == 0 {
                break;
            }
            live[lane] = u8::from(passes_alone(sums, lane, scales[lane], stage));
        }
    }
}

/// Whether the window of one lane passes a stage.
#[inline(always)]
fn passes_alone(sums: &Reach, lane: usize, scale: f32, stage: &PlannedStage) -> bool {
    let mut total = 0.0;
    for stump in &stage.stumps {
        let mut value = product(sums, lane, stump, 0) + product(sums, lane, stump, 1);
        if stump.weights[2] != 0.0 {
            value += product(sums, lane, stump, 2);
        }
        let is_above = usize::from(value * scale >= stump.threshold);
        total += f64::from(stump.votes[is_above]);
    }
    total >= stage.threshold
}

/// The weighted sum over a rectangle in the window of one lane.
#[inline(always)]
fn product(sums: &Reach, lane: usize, stump: &PlannedStump, i: usize) -> f32 {
    let [a, b, c, d] = stump.rects[i];
    let [a, b, c, d] = [lanes(sums, a), lanes(sums, b), lanes(sums, c), lanes(sums, d)];
    let sum = a[lane].wrapping_add(d[lane]).wrapping_sub(b[lane].wrapping_add(c[lane]));
    stump.weights[i] * sum as f32
}

/// The votes of a stump whose feature has `N` rectangles.
#[inline(always)]
fn vote<const N: usize>(
    sums: &Reach,
    scales: &[f32; LANES],
    stump: &PlannedStump,
    votes: &mut [f32; LANES],
) {
    let corners: [_; N] = std::array::from_fn(|i| stump.rects[i].map(|corner| lanes(sums, corner)));
    let [below, above] = stump.votes.map(f32::to_bits);
    for i in 0..LANES {
        let mut value = 0.0;
        for (j, [a, b, c, d]) in corners.iter().enumerate() {
            let sum = a[i].wrapping_add(d[i]).wrapping_sub(b[i].wrapping_add(c[i]));
            let product = stump.weights[j] * sum as f32;
            value = if j == 0 { product } else { value + product };
        }
        // By bits: from a branch the compiler makes a lookup per lane.
        let is_below = 0_u32.wrapping_sub((value * scales[i] < stump.threshold).into());
        votes[i] = f32::from_bits(above ^ ((above ^ below) & is_below));
    }
}

/// The sum over a rectangle in each window.
#[inline(always)]
fn rect(integral: &Reach, corners: &Corners) -> [i32; LANES] {
    let [a, b, c, d] = corners.map(|corner| lanes(integral, corner));
    let mut sums = [0; LANES];
    for i in 0..LANES {
        sums[i] = a[i].wrapping_add(d[i]).wrapping_sub(b[i].wrapping_add(c[i]));
    }
    sums
}

/// The values at one corner of each window.
#[inline(always)]
fn lanes(integral: &Reach, corner: u16) -> &[i32; LANES] {
    integral[usize::from(corner)..].first_chunk().expect("16 bits are within reach")
}
