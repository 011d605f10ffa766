//! Integral images of a part of the reduced image.

use pulp::NullaryFnOnce;
use scade_image::on_wide_vectors;

use crate::plan::{LANES, Plan};

/// What lies within the reach of a window's offsets, for each of its lanes.
pub(crate) type Reach = [i32; Plan::REACH + LANES];

/// The integral images of gray levels and of their squares.
///
/// An integral image holds at `(x, y)` the sum over all pixels above and left of that corner (Viola and
/// Jones, section 2.1). Sums wrap around; sums of windows, which are differences, do not.
#[derive(Debug, Default)]
pub(crate) struct Tile {
    sums: Vec<i32>,
    squares: Vec<i32>,
    /// The running sums of one row.
    line: [Vec<i32>; 2],
}

/// A rectangle of pixels: the rows of a strip from some column on.
pub(crate) struct Pixels<'a> {
    pub(crate) strip: &'a [u8],
    /// Length of a row of the strip.
    pub(crate) stride: usize,
    /// First column.
    pub(crate) x: usize,
    /// Columns.
    pub(crate) width: usize,
}

impl Tile {
    /// Integrates some pixels, in the layout of `plan`.
    pub(crate) fn fill(&mut self, plan: &Plan, pixels: &Pixels<'_>) {
        let rows = pixels.strip.len() / pixels.stride;
        // The last window reaches beyond its own corners.
        let length = (rows + 1) * plan.stride + size_of::<Reach>() / size_of::<i32>();
        for integral in [&mut self.sums, &mut self.squares] {
            if integral.len() < length {
                integral.resize(length, 0);
            }
            integral[..plan.stride].fill(0);
        }
        self.line.iter_mut().for_each(|line| line.resize(plan.stride, 0));
        on_wide_vectors(Fill { tile: self, plan, pixels });
    }

    /// What the window with its upper left corner at `place` reaches of the sums and the sums of squares.
    #[inline(always)]
    pub(crate) fn at(&self, place: usize) -> [&Reach; 2] {
        [first(&self.sums[place..]), first(&self.squares[place..])]
    }
}

#[inline(always)]
fn first(integral: &[i32]) -> &Reach {
    integral.first_chunk().expect("a tile has room behind its last window")
}

struct Fill<'a> {
    tile: &'a mut Tile,
    plan: &'a Plan,
    pixels: &'a Pixels<'a>,
}

impl NullaryFnOnce for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { tile, plan, pixels } = self;
        let [sums, squares] = &mut tile.line;
        for (y, row) in pixels.strip.chunks_exact(pixels.stride).enumerate() {
            running_sums(&row[pixels.x..pixels.x + pixels.width], sums, squares);
            let place = y * plan.stride;
            add_line(&mut tile.sums[place..][..2 * plan.stride], sums, plan.step);
            add_line(&mut tile.squares[place..][..2 * plan.stride], squares, plan.step);
        }
    }
}

/// The sums over the first 0, 1, 2 … pixels of a row.
#[inline(always)]
fn running_sums(row: &[u8], sums: &mut [i32], squares: &mut [i32]) {
    let (mut sum, mut square) = (0, 0);
    for ((&pixel, to_sum), to_square) in row.iter().zip(&mut sums[1..]).zip(&mut squares[1..]) {
        let pixel = i32::from(pixel);
        sum += pixel;
        square += pixel * pixel;
        *to_sum = sum;
        *to_square = square;
    }
}

/// The second row of an integral image from the first one; with a step of 2, even columns come first.
#[inline(always)]
fn add_line(rows: &mut [i32], line: &[i32], step: usize) {
    let (above, below) = rows.split_at_mut(line.len());
    if step == 1 {
        for ((below, above), value) in below.iter_mut().zip(above).zip(line) {
            *below = above.wrapping_add(*value);
        }
        return;
    }
    let half = line.len() / 2;
    let (even, odd) = below.split_at_mut(half);
    let (even_above, odd_above) = above.split_at(half);
    let columns = even.iter_mut().zip(even_above).zip(odd.iter_mut().zip(odd_above));
    for (((even, even_above), (odd, odd_above)), pair) in columns.zip(line.chunks_exact(2)) {
        *even = even_above.wrapping_add(pair[0]);
        *odd = odd_above.wrapping_add(pair[1]);
    }
}
