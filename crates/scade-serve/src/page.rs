//! The files of the page, which are part of the program.

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::Reason;
use crate::api::Problem;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The modules of the page: file name, content.
const SCRIPTS: [(&str, &str); 11] = [
    ("api.js", include_str!("../page/js/api.js")),
    ("app.js", include_str!("../page/js/app.js")),
    ("dom.js", include_str!("../page/js/dom.js")),
    ("faces.js", include_str!("../page/js/faces.js")),
    ("frame.js", include_str!("../page/js/frame.js")),
    ("people.js", include_str!("../page/js/people.js")),
    ("record.js", include_str!("../page/js/record.js")),
    ("result.js", include_str!("../page/js/result.js")),
    ("timeline.js", include_str!("../page/js/timeline.js")),
    ("verdict.js", include_str!("../page/js/verdict.js")),
    ("words.js", include_str!("../page/js/words.js")),
];

pub(crate) async fn index() -> Response {
    file(HTML, include_str!("../page/index.html"))
}

pub(crate) async fn style() -> Response {
    file(CSS, include_str!("../page/style.css"))
}

pub(crate) async fn icon() -> Response {
    file(SVG, include_str!("../page/icon.svg"))
}

pub(crate) async fn script(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = SCRIPTS.iter().find(|(known, _)| *known == name);
    let (_, content) = found.ok_or(Problem::new(Reason::NotFound, "there is no such file"))?;
    Ok(file(SCRIPT, content))
}

fn file(kind: &'static str, content: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_import_modules_that_are_served_and_nothing_from_elsewhere() {
        for (name, content) in SCRIPTS {
            for line in content.lines().filter(|line| line.contains(" from \"")) {
                let from = line.split('"').nth(1).unwrap();
                let known = from.strip_prefix("./");
                let is_served = SCRIPTS.iter().any(|(name, _)| Some(*name) == known);
                assert!(is_served, "{name}: {line}");
            }
        }
        let others = [include_str!("../page/index.html"), include_str!("../page/style.css")];
        let all = SCRIPTS.iter().map(|(_, content)| *content).chain(others);
        for content in all {
            let links = content.match_indices("//").map(|(at, _)| &content[at.saturating_sub(6)..]);
            for link in links.filter(|link| link.starts_with("http")) {
                assert!(link.starts_with("http://www.w3.org/2000/svg"), "{:.60}", link);
            }
            assert!(!content.contains("innerHTML"), "text of users must not become elements");
        }
    }
}
