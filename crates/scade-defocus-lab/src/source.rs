//! Constants as Rust source.

use std::fmt::Write;

use scade_defocus::Network;
use scade_defocus_lab::{FitSettings, Row};

/// A fitted network, with its scores on the core benchmark.
pub(crate) struct Fitted {
    pub(crate) name: &'static str,
    pub(crate) network: Network,
    pub(crate) loss: f64,
    pub(crate) samples: usize,
    pub(crate) row: Row,
}

/// The file of the constants of fit `number`.
pub(crate) fn source(fitted: &[Fitted], settings: &FitSettings, number: u32) -> String {
    let mut text = format!(
        "//! The constants of the regression, written by `cargo xtask fit-defocus`; not to be edited.\n\
         //!\n\
         //! {} samples; {} steps; best of {} from seed {}. Scores: `cargo xtask bench defocus`.\n\
         //!\n\
         //! | network | constants | loss | Spearman | Pearson | affine error, px | error, px |\n\
         //! |---|---|---|---|---|---|---|\n",
        fitted.first().map_or(0, |fitted| fitted.samples),
        settings.steps,
        settings.restarts,
        settings.seed,
    );
    for Fitted { name, network, loss, row, .. } in fitted {
        let Row { spearman, pearson, affine_error, error, .. } = row;
        let error = error.map_or("-".to_owned(), |error| format!("{error:.4}"));
        let count = network.len();
        text += &format!(
            "//! | {name} | {count} | {loss:.4} | {spearman:.4} | {pearson:.4} | {affine_error:.4} | \
             {error} |\n"
        );
    }
    text += &format!(
        "\nuse std::borrow::Cow::Borrowed;\n\nuse super::network::Layer;\n\n\
         /// Counts the fits whose constants were ever part of a version.\n\
         pub(super) const NUMBER: u32 = {number};\n\n\
         /// The only accepted fit.\n\
         pub(super) const EXPECTED: &str = \"{number}, the fit of this version\";\n"
    );
    for Fitted { name, network, .. } in fitted {
        text += &constants(name, network);
    }
    text
}

fn constants(name: &str, network: &Network) -> String {
    let layers = network.layers();
    let sizes: Vec<String> = std::iter::once(5)
        .chain(layers.iter().map(|layer| layer.bias.len()))
        .map(|size| size.to_string())
        .collect();
    let mut text = format!(
        "\n/// {}.\n#[rustfmt::skip]\npub(super) static {}: [Layer; {}] = [\n",
        sizes.join("-"),
        name.to_uppercase(),
        layers.len()
    );
    for layer in layers {
        let inputs = layer.weights.len() / layer.bias.len();
        text += "    Layer {\n";
        numbers(&mut text, "weights", &layer.weights, inputs.min(8));
        numbers(&mut text, "bias", &layer.bias, 8);
        text += "    },\n";
    }
    text + "];\n"
}

fn numbers(text: &mut String, field: &str, values: &[f32], per_line: usize) {
    let _ = writeln!(text, "        {field}: Borrowed(&[");
    for line in values.chunks(per_line) {
        let line: Vec<String> = line.iter().map(|value| format!("{value:?}")).collect();
        let _ = writeln!(text, "            {},", line.join(", "));
    }
    text.push_str("        ]),\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_defocus::NetworkSize;

    /// Writing the shipped constants again gives the same file.
    #[test]
    fn shipped_constants_are_written_unchanged() {
        let shipped = include_str!("../../scade-defocus/src/band_energy/constants.rs");
        for (name, size) in [("small", NetworkSize::Small), ("large", NetworkSize::Large)] {
            assert!(shipped.contains(&constants(name, &size.network())), "{name}");
        }
    }
}
