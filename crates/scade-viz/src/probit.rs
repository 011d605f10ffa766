//! The inverse of the normal distribution, for the axes of detection error trade-off curves.

/// The value below which a standard normal variable lies with probability `p`, 0 < p < 1.
///
/// The rational approximation of Acklam (2003); its relative error is below 1.2e-9, far below a pixel.
pub(crate) fn probit(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, f| sum * x + f);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    };
    if p < 0.02425 {
        tail(p)
    } else if p > 1.0 - 0.02425 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * polynomial(&A, q * q) / polynomial(&B, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::probit;

    #[test]
    fn known_quantiles_are_met() {
        // python -c "from scipy.stats import norm; print([norm.ppf(p) for p in (1e-5, .001, .025, .3, .5, .9)])"
        let known = [
            (1e-5, -4.264890793922825),
            (0.001, -3.090232306167813),
            (0.025, -1.9599639845400545),
            (0.3, -0.5244005127080407),
            (0.5, 0.0),
            (0.9, 1.2815515655446004),
        ];
        for (p, expected) in known {
            assert!((probit(p) - expected).abs() < 1e-7, "{p}: {} and {expected}", probit(p));
        }
    }

    #[test]
    fn it_rises_and_is_symmetric() {
        let ps: Vec<f64> = (1..10_000).map(|i| f64::from(i) / 10_000.0).collect();
        assert!(ps.windows(2).all(|pair| probit(pair[0]) < probit(pair[1])));
        assert!(ps.iter().all(|p| (probit(*p) + probit(1.0 - p)).abs() < 1e-7));
    }
}
