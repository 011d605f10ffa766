//! What holds for every page: it is self-contained, escaped, and the same for the same parts.

use scade_page::{Column, Error, Footer, Headline, Image, Page, Table, Tone};
use scade_viz::{Counts, Curve, Theme};

const HOSTILE: &str =
    "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'& \u{202e}";

/// A page that shows `name` in every place that takes text.
fn page(name: &str) -> String {
    let n = Counts { real: 3, fake: 3, unit: name };
    let figure =
        scade_viz::roc(&[Curve::new(name, &[(0.0, 0.0), (0.1, 0.9), (1.0, 1.0)])], None, &n);
    let image = Image::new(&figure.png(Theme::Light).unwrap(), name, name).unwrap();
    let mut page = Page::new(name);
    page.subtitle(name)
        .summary([name, name])
        .headline(Headline::new(Tone::Alarm, name).detail(name).number(name, name));
    for _ in 0..4 {
        page.section(name);
    }
    page.heading(name)
        .text(name)
        .list([name])
        .note(Tone::Warning, name)
        .facts([(name, name)])
        .table(
            Table::new(name, [Column::text(name), Column::number(name).unit(name)])
                .row([name, name]),
        )
        .figure(&figure, name)
        .figures([(&figure, name)])
        .images(std::slice::from_ref(&image))
        .image(&image)
        .page_break()
        .footer(Footer::new(name).version(name, name).hash(name, name).note(name));
    page.html()
}

/// Names of all elements, in order.
fn elements(html: &str) -> Vec<&str> {
    let starts = html.match_indices('<').map(|(at, _)| &html[at + 1..]);
    let name = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    starts.map(|rest| &rest[..name(rest)]).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_hostile_name_adds_no_element_and_ends_no_attribute() {
    let (plain, hostile) = (page("name"), page(HOSTILE));
    // Text of a figure may need more lines.
    let without_text = |html: &str| -> Vec<String> {
        elements(html).into_iter().filter(|name| *name != "text").map(str::to_owned).collect()
    };
    assert_eq!(without_text(&plain), without_text(&hostile));
    assert!(!hostile.contains("<script") && !hostile.contains("<img src=x"));
    // Maud writes attributes in double quotes, so that this is the only way out of one.
    assert!(!hostile.contains("alert(1)>\""));
}

#[test]
fn a_page_holds_no_script_and_refers_to_nothing_elsewhere() {
    let html = page("name");
    let html = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in [
        "<script",
        "<link",
        "<iframe",
        "javascript:",
        "http://",
        "https://",
        "url(",
        "@import",
        "@font-face",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    for (at, _) in html.match_indices("src=\"") {
        assert!(html[at + 5..].starts_with("data:image/png;base64,"));
    }
    for (at, _) in html.match_indices("href=\"") {
        assert!(html[at + 6..].starts_with("#section-"));
    }
    assert!(html.contains("Content-Security-Policy") && html.contains("default-src 'none'"));
}

#[test]
fn the_same_parts_give_the_same_page() {
    assert_eq!(page("a"), page("a"));
    assert_ne!(page("a"), page("b"));
}

#[test]
fn figures_within_a_page_are_well_formed_and_have_a_text() {
    let html = page("Grüße & co");
    let start = html.find("<svg").unwrap();
    let end = start + html[start..].find("</svg>").unwrap() + "</svg>".len();
    let document = roxmltree::Document::parse(&html[start..end]).unwrap();
    let label = document.root_element().attribute("aria-label").unwrap();
    assert!(label.contains("ROC curve") && label.contains("Grüße & co"), "{label}");
}

#[test]
fn numbers_are_marked_and_no_cell_is_lost() {
    let table = Table::new("t", [Column::text("a"), Column::number("b").unit("ms")])
        .row(["x", "1.5"])
        .row(["y"])
        .row(["z", "2", "beyond"]);
    let html = Page::new("p").table(table).html();
    assert!(html.contains("<td class=\"number\">1.5</td>"));
    assert!(html.contains("<td>y</td><td class=\"number\">–</td><td>–</td>"));
    assert!(html.contains("<td>beyond</td>") && html.contains("(ms)"));
    assert!(Page::new("p").table(Table::new("", [])).html().contains("no data"));
}

#[test]
fn other_formats_than_png_and_jpeg_are_refused() {
    assert!(Image::new(&[0xff, 0xd8, 0xff, 0xe0], "a", "").is_ok());
    for bytes in [&b""[..], b"GIF89a", b"<svg onload=alert(1)>"] {
        let error = Image::new(bytes, "face 3", "").unwrap_err();
        assert!(matches!(error, Error::Image { length, .. } if length == bytes.len()));
        assert!(error.to_string().contains("face 3"));
    }
}

#[test]
fn colors_of_the_page_and_of_its_figures_are_the_same_paper() {
    let html = Page::new("p").html();
    for theme in [Theme::Light, Theme::Dark] {
        assert!(html.contains(&format!("--paper: {}", theme.paper())));
    }
}
