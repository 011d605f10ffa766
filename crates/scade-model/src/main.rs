//! Prints the layer table of a network: `cargo run -p scade-model -- --architecture meso-4`.

use std::process::ExitCode;

use clap::Parser;
use scade_cli::{Outcome, Program, one_of};
use scade_model::{Layer, NetworkConfig};
use serde::Serialize;

/// Print the output shape, parameters and multiply-adds of each layer of a network
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The architecture, with the settings of its paper
    #[arg(long, value_parser = one_of::<NetworkConfig>(),
        default_value = NetworkConfig::default().name())]
    architecture: NetworkConfig,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary {
    layers: Vec<Layer>,
    parameters: usize,
    multiply_adds: usize,
    /// Parameters of the loss, trained together with SCADE-Net.
    #[serde(skip_serializing_if = "Option::is_none")]
    center_parameters: Option<usize>,
}

impl Summary {
    fn new(config: &NetworkConfig) -> Self {
        // The published loss; Meso-4 is trained without it.
        let has_center = matches!(config, NetworkConfig::ScadeNet(_));
        let center_parameters = has_center.then(|| config.feature_dim());
        let layers = config.layers();
        Self {
            parameters: layers.iter().map(|layer| layer.parameters).sum(),
            multiply_adds: layers.iter().map(|layer| layer.multiply_adds).sum(),
            layers,
            center_parameters,
        }
    }

    fn text(&self) -> String {
        let row = |name: &str, output: &str, parameters: &str, multiply_adds: &str| {
            format!("{name:<42}{output:>14}{parameters:>12}{multiply_adds:>15}\n")
        };
        let mut text = row("layer", "output", "parameters", "multiply-adds");
        for layer in &self.layers {
            let output: Vec<String> = layer.output.iter().map(usize::to_string).collect();
            let numbers = [layer.parameters, layer.multiply_adds].map(grouped);
            text += &row(&layer.name, &output.join("×"), &numbers[0], &numbers[1]);
        }
        text += &format!("\n{} parameters\n", grouped(self.parameters));
        text += &format!("{:.1} M multiply-adds per image\n", self.multiply_adds as f64 / 1e6);
        if let Some(center) = self.center_parameters {
            let all = grouped(self.parameters + center);
            let center = grouped(center);
            text +=
                &format!("{center} more in the center of the single-center loss; {all} with it\n");
        }
        text
    }
}

/// Digits in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn main() -> ExitCode {
    let program = Program::new();
    let arguments: Arguments = program.parse();
    program.run(|| {
        let summary = Summary::new(&arguments.architecture);
        if arguments.json {
            scade_cli::print(serde_json::to_string_pretty(&summary)?)?;
        } else {
            scade_cli::print(summary.text().trim_end())?;
        }
        Ok(Outcome::Complete)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(name: &str) -> Summary {
        Summary::new(&NetworkConfig::named(name).unwrap())
    }

    #[test]
    fn every_flag_has_help() {
        use clap::CommandFactory;
        Arguments::command().help_expected(true).debug_assert();
    }

    #[test]
    fn the_totals_are_exact() {
        let text = summary("scade-net").text();
        assert!(text.contains("\n28,055 parameters\n64.8 M multiply-adds"), "{text}");
        assert!(
            text.ends_with("1,024 more in the center of the single-center loss; 29,079 with it\n")
        );
        let text = summary("meso-4").text();
        assert!(text.ends_with("\n27,977 parameters\n60.0 M multiply-adds per image\n"), "{text}");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
