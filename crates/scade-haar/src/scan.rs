//! The stages over the windows of a tile.

use pulp::NullaryFnOnce;

use crate::plan::{Corners, LANES, Plan, PlannedStage, PlannedStump};
use crate::tile::{Reach, Tile};

/// Windows whose contrast is below this (the inverse of their standard deviation, that is) are skipped.
const MOST_INVERSE_DEVIATION: f64 = 0.1;

/// One bit per lane.
type Mask = u8;

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
                for lane in (0..LANES).filter(|lane| passed >> lane & 1 == 1) {
                    self.hits.push((row, self.column + column + lane));
                }
            }
        }
    }
}

impl Scan<'_> {
    /// Which of the windows from `place` on pass all stages, if at most `windows` are looked at.
    #[inline(always)]
    fn block(&mut self, row: usize, place: usize, windows: usize) -> Mask {
        let [sums, squares] = self.tile.at(place);
        let (scales, contrast) = normalize(self.plan, sums, squares);
        let Some((first, others)) = self.plan.stages.split_first() else { return 0 };
        let there = if windows < LANES { (1 << windows) - 1 } else { Mask::MAX };
        let passed = pass(sums, &scales, first);
        let rated = contrast & there;
        let mut live = walk(rated & passed, rated & !passed, &mut self.skips[row]);
        for stage in others {
            if live == 0 {
                break;
            }
            live &= pass(sums, &scales, stage);
        }
        live
    }
}

/// The windows that a walk from left to right evaluates and that pass: after one that fails,
/// the next one is skipped. Windows without contrast do neither.
#[inline(always)]
fn walk(passes: Mask, fails: Mask, skip: &mut bool) -> Mask {
    let mut live = 0;
    for lane in 0..LANES {
        let visited = !*skip;
        live |= (passes >> lane & Mask::from(visited)) << lane;
        *skip = visited & (fails >> lane & 1 == 1);
    }
    live
}

/// What features are multiplied by, one over area times standard deviation; and which windows have
/// contrast.
#[inline(always)]
fn normalize(plan: &Plan, sums: &Reach, squares: &Reach) -> ([f32; LANES], Mask) {
    let (sums, squares) = (rect(sums, &plan.inner), rect(squares, &plan.inner));
    let mut scales = [0.0; LANES];
    let mut contrast = [false; LANES];
    for i in 0..LANES {
        let sum = f64::from(sums[i]);
        let variance = plan.inner_area * f64::from(squares[i]) - sum * sum;
        scales[i] = (1.0 / variance.sqrt()) as f32;
        contrast[i] =
            (variance > 0.0) & (plan.inner_area * f64::from(scales[i]) < MOST_INVERSE_DEVIATION);
    }
    (scales, mask(contrast))
}

/// Which windows pass a stage.
#[inline(always)]
fn pass(sums: &Reach, scales: &[f32; LANES], stage: &PlannedStage) -> Mask {
    let mut votes = [0.0; LANES];
    for stump in &stage.stumps {
        let values = feature(sums, stump);
        for i in 0..LANES {
            let below = values[i] * scales[i] < stump.threshold;
            votes[i] += f64::from(if below { stump.votes[0] } else { stump.votes[1] });
        }
    }
    mask(votes.map(|votes| votes >= stage.threshold))
}

/// A feature in each window.
#[inline(always)]
fn feature(sums: &Reach, stump: &PlannedStump) -> [f32; LANES] {
    let [first, second] = [rect(sums, &stump.rects[0]), rect(sums, &stump.rects[1])];
    let mut values = [0.0; LANES];
    for i in 0..LANES {
        values[i] = stump.weights[0] * first[i] as f32 + stump.weights[1] * second[i] as f32;
    }
    if stump.weights[2] != 0.0 {
        let third = rect(sums, &stump.rects[2]);
        for i in 0..LANES {
            values[i] += stump.weights[2] * third[i] as f32;
        }
    }
    values
}

/// The sum over a rectangle in each window.
#[inline(always)]
fn rect(integral: &Reach, corners: &Corners) -> [i32; LANES] {
    let [a, b, c, d] = corners.map(|corner| lanes(integral, corner));
    let mut sums = [0; LANES];
    for i in 0..LANES {
        sums[i] = a[i].wrapping_sub(b[i]).wrapping_sub(c[i]).wrapping_add(d[i]);
    }
    sums
}

/// The values at one corner of each window.
#[inline(always)]
fn lanes(integral: &Reach, corner: u16) -> &[i32; LANES] {
    // The mask changes nothing, but lets the compiler see that the corner is within reach.
    let place = usize::from(corner) & (Plan::REACH - 1);
    integral[place..].first_chunk().expect("within reach")
}

#[inline(always)]
fn mask(flags: [bool; LANES]) -> Mask {
    let mut mask = 0;
    for (lane, flag) in flags.into_iter().enumerate() {
        mask |= Mask::from(flag) << lane;
    }
    mask
}
