//! Weights of a convolution, packed in the order in which the kernel reads them.

/// Output channels whose weights are contiguous.
pub(crate) const GROUP: usize = 8;

/// Packed weights of a convolution with square kernels and stride 1.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) kernel_size: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// `[outputs / 8][inputs][y][x][8]`, zero beyond the last output.
    pub(crate) weights: Vec<[f32; GROUP]>,
    /// `[outputs / 8][8]`.
    pub(crate) bias: Vec<[f32; GROUP]>,
}

impl Filter {
    /// Packs `weights`, `[outputs, inputs, kernel_size, kernel_size]`, and `bias`, `[outputs]`.
    pub(crate) fn new(weights: &[f32], bias: &[f32], [inputs, kernel_size]: [usize; 2]) -> Self {
        let outputs = bias.len();
        let area = kernel_size * kernel_size;
        assert_eq!(weights.len(), outputs * inputs * area, "weights of {outputs} outputs");
        let at = |o: usize, i: usize, position: usize| weights[(o * inputs + i) * area + position];
        Self::pack([outputs, inputs, kernel_size], at, |o| bias[o])
    }

    /// The filter that propagates a gradient from the outputs to the inputs: channels swapped, kernel
    /// rotated by 180°, no bias.
    pub(crate) fn backward(weights: &[f32], [outputs, inputs, kernel_size]: [usize; 3]) -> Self {
        let area = kernel_size * kernel_size;
        let at = |i: usize, o: usize, position: usize| {
            weights[(o * inputs + i) * area + area - 1 - position]
        };
        Self::pack([inputs, outputs, kernel_size], at, |_| 0.0)
    }

    fn pack(
        [outputs, inputs, kernel_size]: [usize; 3],
        weight: impl Fn(usize, usize, usize) -> f32,
        bias: impl Fn(usize) -> f32,
    ) -> Self {
        let groups = outputs.div_ceil(GROUP);
        let lanes = |group: usize, value: &dyn Fn(usize) -> f32| -> [f32; GROUP] {
            std::array::from_fn(|lane| {
                let output = group * GROUP + lane;
                if output < outputs { value(output) } else { 0.0 }
            })
        };
        let mut packed = Vec::with_capacity(groups * inputs * kernel_size * kernel_size);
        for group in 0..groups {
            for input in 0..inputs {
                packed.extend(
                    (0..kernel_size * kernel_size)
                        .map(|position| lanes(group, &|output| weight(output, input, position))),
                );
            }
        }
        let bias = (0..groups).map(|group| lanes(group, &bias)).collect();
        Self { kernel_size, inputs, outputs, weights: packed, bias }
    }
}
