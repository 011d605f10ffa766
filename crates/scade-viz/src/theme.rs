//! Colors of figures: what a color is for, and how it looks on light and on dark paper.

/// Light or dark paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on white; what is printed.
    #[default]
    Light,
    /// Light ink on nearly black.
    Dark,
}

impl Theme {
    /// The color of the paper as `#rrggbb`. A page that shows figures gives it to what lies behind them.
    #[must_use]
    pub fn paper(self) -> &'static str {
        Role::Paper.hex(self)
    }
}

/// What a color is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Paper,
    Ink,
    /// Text of second rank, and axes.
    Muted,
    Grid,
    /// Intervals that need attention.
    Alert,
    /// One of the [`N_COLORS`] colors of series.
    Series(usize),
}

/// Series beyond these take the first color again, with other dashes and markers.
pub(crate) const N_COLORS: usize = 6;

/// Okabe and Ito, "Color Universal Design", 2008: blue, vermilion, bluish green, reddish purple, orange,
/// sky blue. On dark paper those of them that are dark are lighter by as much as their contrast needs.
const SERIES: [[&str; 2]; N_COLORS] = [
    ["#0072b2", "#56b4e9"],
    ["#d55e00", "#ff8a4d"],
    ["#009e73", "#2fc89b"],
    ["#b0578a", "#e3a3c9"],
    ["#b87f00", "#f0c24b"],
    ["#2f8fc4", "#a9c7ff"],
];

impl Role {
    /// All of them, for the style sheet of an SVG.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Self::Paper, Self::Ink, Self::Muted, Self::Grid, Self::Alert]
            .into_iter()
            .chain((0..N_COLORS).map(Self::Series))
    }

    /// Its name in classes of an SVG.
    pub(crate) fn class(self) -> String {
        match self {
            Self::Paper => "p".into(),
            Self::Ink => "i".into(),
            Self::Muted => "m".into(),
            Self::Grid => "g".into(),
            Self::Alert => "a".into(),
            Self::Series(index) => (index % N_COLORS).to_string(),
        }
    }

    pub(crate) fn hex(self, theme: Theme) -> &'static str {
        let pair = match self {
            Self::Paper => ["#ffffff", "#17191d"],
            Self::Ink => ["#1d2126", "#eceff3"],
            Self::Muted => ["#59616b", "#a9b1bc"],
            Self::Grid => ["#e3e6ea", "#31363d"],
            Self::Alert => ["#d55e00", "#ff8a4d"],
            Self::Series(index) => SERIES[index % N_COLORS],
        };
        pair[usize::from(theme == Theme::Dark)]
    }

    /// Red, green, blue, 0..=255.
    pub(crate) fn rgb(self, theme: Theme) -> [u8; 3] {
        let hex = self.hex(theme);
        [1, 3, 5].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.
    fn luminance(role: Role, theme: Theme) -> f64 {
        let linear = role.rgb(theme).map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn text_and_lines_contrast_with_the_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            let paper = luminance(Role::Paper, theme);
            for role in Role::all().filter(|role| !matches!(role, Role::Paper | Role::Grid)) {
                let other = luminance(role, theme);
                let contrast = (paper.max(other) + 0.05) / (paper.min(other) + 0.05);
                // WCAG 2: 4.5 for text, 3 for parts of figures.
                let least = if matches!(role, Role::Ink | Role::Muted) { 4.5 } else { 3.0 };
                assert!(contrast >= least, "{role:?} in {theme:?}: {contrast:.2}");
            }
        }
    }
}
