//! The natural logarithm of many values at once.

/// Bits of `sqrt(1/2)`: mantissas are taken from there to `sqrt(2)`, so that the series is short.
const SQRT_HALF: u32 = 0x3f35_04f3;

/// Takes the natural logarithm of every value, all of which must be normal and above 0.
///
/// Within 2 units in the last place, or 1e-7 near 1: the polynomial of Cephes' `logf`, without
/// branches, so that the compiler can vectorize, and without tables, so that it is the same on every
/// machine.
pub(crate) fn logarithms(values: &mut [f32]) {
    for value in values {
        *value = logarithm(*value);
    }
}

#[inline]
fn logarithm(value: f32) -> f32 {
    let shifted = value.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = ((shifted as i32) >> 23) as f32;
    let x = f32::from_bits((shifted & 0x007f_ffff) + SQRT_HALF) - 1.0;
    const SERIES: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_7e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    let square = x * x;
    let series = SERIES.iter().fold(0.0, |sum, &term| sum * x + term) * x * square;
    // ln 2 in two parts, the first one exact when multiplied by an exponent.
    series - 2.121_944_4e-4 * exponent - 0.5 * square + x + 0.693_359_4 * exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_double_precision() {
        let mut value = 0.01_f32;
        while value < 1e6 {
            let expected = f64::from(value).ln();
            let error = (f64::from(logarithm(value)) - expected).abs();
            assert!(error < 1e-7 + 2.0e-7 * expected.abs(), "{value}: {error}");
            value *= 1.000_37;
        }
        assert_eq!(logarithm(1.0), 0.0);
    }
}
