//! The page in a browser, with a worker that has no detector. Skipped where there is no chromedriver.

#[path = "../common/mod.rs"]
mod common;
mod driver;

use std::path::PathBuf;
use std::sync::Arc;

use common::{Fake, render, settings};
use driver::{Browser, ENTER, HOME, LEFT, RIGHT};
use scade_serve::{App, Limits, serve};
use serde_json::json;
use tokio::runtime::Runtime;

/// A service on a socket, a browser, and files to upload.
struct Page {
    browser: Browser,
    folder: tempfile::TempDir,
    _runtime: Runtime,
}

impl Page {
    /// The page, ready; a note that the test is skipped without a browser.
    #[allow(clippy::print_stderr)]
    fn open(width: u32, dark: bool) -> Option<Self> {
        Self::open_with(width, dark, None)
    }

    #[allow(clippy::print_stderr)]
    fn open_with(width: u32, dark: bool, token: Option<&str>) -> Option<Self> {
        let browser = match Browser::start(width, 900, dark) {
            Ok(browser) => browser,
            Err(reason) => {
                eprintln!("skipped: needs chromedriver and Chromium: {reason}");
                return None;
            }
        };
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { upload_bytes: 5000, ..Limits::default() };
        let mut settings = settings(folder.path(), limits);
        settings.access.token = token.map(str::to_owned);
        let address = runtime.block_on(async {
            let app = App::start(settings, Arc::new(Fake::default()), render).unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(serve(listener, app, std::future::pending()));
            address
        });
        browser.open(&format!("http://{address}/"));
        if token.is_none() {
            browser.wait_for("#sample-clip");
        }
        Some(Self { browser, folder, _runtime: runtime })
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn upload(&self, path: &str) {
        self.browser.type_into("#files", path);
    }

    /// Waits for the result of a file.
    fn result_of(&self, name: &str) {
        let shown = format!(
            "document.querySelector('#verdict') !== null && \
             document.querySelector('.file strong')?.textContent === {name:?}"
        );
        self.browser.wait(&shown);
    }

    fn number(&self, expression: &str) -> f64 {
        self.browser.value(expression).as_f64().unwrap()
    }
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(16, 12).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn an_image_is_uploaded_and_its_verdict_shown_with_its_reasons() {
    let Some(page) = Page::open(1280, false) else { return };
    let browser = &page.browser;
    page.upload(&page.file("a <b>portrait.png", &png()));
    page.result_of("a <b>portrait.png");
    assert!(browser.text("#verdict").contains("Inconclusive"));
    assert!(browser.text(".chips").contains("the face is small: 41 pixels"));
    assert!(browser.text(".cannot").contains("generated as a whole"));
    assert_eq!(browser.value("document.querySelectorAll('.file b').length"), 0, "names are text");
    assert_eq!(browser.value("document.querySelector('#timeline')"), json!(null));
    browser.wait("document.querySelector('#frame').naturalWidth > 0");
    // Found again after the page was loaded anew.
    browser.reload();
    page.result_of("a <b>portrait.png");
    browser.click("#delete");
    browser.wait_for(".intro");
}

#[test]
fn a_clip_shows_progress_people_and_times_and_the_threshold_can_be_moved() {
    let Some(page) = Page::open(1280, false) else { return };
    let browser = &page.browser;
    page.upload(&page.file("meeting.mp4", b"slow"));
    browser.wait("/Scoring faces, [0-9]+ of 12.* s left/.test(document.querySelector('#progress .steps')?.textContent)");
    assert!(page.number("document.querySelector('#progress progress').value") > 0.0);
    page.result_of("meeting.mp4");
    assert!(browser.text("#verdict").contains("Evidence of manipulation in 1 of 2 people"));
    assert_eq!(browser.value("document.querySelectorAll('.person').length"), 2);
    assert_eq!(browser.value("document.querySelectorAll('.timeline .segment').length"), 1);
    // The second person is missing in one frame: the line is interrupted.
    let lines = browser.value("[...document.querySelectorAll('.timeline .series')].map((line) => line.getAttribute('d').split('M').length - 1)");
    assert_eq!(lines, json!([1, 2]));
    // A click on the time line shows the frame there, with a box for each face.
    browser.click("#timeline");
    browser.wait("/frames\\/(20|24)\\.jpg$/.test(document.querySelector('#frame').src)");
    assert_eq!(browser.value("document.querySelectorAll('.frame-box .box').length"), 2);
    // The threshold changes words, not requests.
    let requests = "performance.getEntriesByType('resource').filter((entry) => entry.initiatorType === 'fetch').length";
    let before = page.number(requests);
    browser.value("(() => { const slider = document.querySelector('#threshold'); slider.value = 0.95; slider.dispatchEvent(new Event('input')); })()");
    assert!(browser.text("#verdict").contains("No evidence of manipulation found"));
    assert!(browser.text(".verdict-main").contains("set by hand"));
    assert_eq!(browser.value("document.querySelectorAll('.face.above').length"), 0);
    assert!((page.number(requests) - before).abs() < 0.5);
    browser.click(".slider button");
    assert!(browser.text("#verdict").contains("Evidence"));
    // Heat maps of either class, with a slider for how much they cover.
    browser.click("input[value=fake]");
    browser.wait("document.querySelectorAll('.face .map').length === 12");
    browser.value("(() => { const slider = document.querySelector('#opacity'); slider.value = 0.25; slider.dispatchEvent(new Event('input')); })()");
    assert_eq!(browser.value("document.querySelector('.face .map').style.opacity"), "0.25");
    assert_eq!(browser.value("document.querySelector('#json').download"), "meeting.mp4.scade.json");
}

#[test]
fn bad_files_are_named_with_their_reasons_and_do_not_stop_others() {
    let Some(page) = Page::open(1280, false) else { return };
    let browser = &page.browser;
    let files = [
        page.file("notes.txt", b"hello"),
        page.file("bomb.png", b"crash"),
        page.file("large.png", &[0; 6000]),
        page.file("good.mp4", b"clip"),
    ];
    page.upload(&files.join("\n"));
    browser.wait("document.querySelectorAll('.job').length === 4");
    browser.wait("document.querySelectorAll('.job progress').length === 0");
    let list = browser.text("#jobs");
    for words in [
        "This kind of file is not read",
        "made the decoder fail",
        "The file is too large",
        "Evidence, score",
    ] {
        assert!(list.contains(words), "{words} in {list}");
    }
    // Newest first: the last one is at the top.
    browser.click(".job:nth-child(4) .open");
    browser.wait_for("#failure");
    assert!(browser.text("#failure").contains("Reason: unsupported"));
}

#[test]
fn the_page_can_be_used_with_the_keyboard_alone() {
    let Some(page) = Page::open(1280, false) else { return };
    let browser = &page.browser;
    browser.tab_to("#choose");
    browser.tab_to("#sample-clip");
    browser.press(&[ENTER]);
    browser.wait_for("#verdict");
    browser.tab_to("#threshold");
    let before = page.number("Number(document.querySelector('#threshold').value)");
    browser.press(&[LEFT]);
    let after = page.number("Number(document.querySelector('#threshold').value)");
    assert!(after < before, "{before} {after}");
    browser.tab_to("#timeline");
    browser.press(&[HOME]);
    browser.wait("document.querySelector('#frame').src.endsWith('/frames/0.jpg')");
    browser.press(&[RIGHT, RIGHT]);
    browser.wait("document.querySelector('#frame').src.endsWith('/frames/8.jpg')");
    let said = browser.value("document.querySelector('#timeline').getAttribute('aria-valuetext')");
    assert!(said.as_str().unwrap().starts_with("0.64 s: Person 1"), "{said}");
    browser.tab_to("#after");
    browser.press(&[ENTER]);
    browser.wait("document.querySelector('#frame').src.endsWith('/frames/12.jpg')");
    browser.tab_to("input[name=view]");
    browser.press(&[RIGHT]);
    browser.wait("document.querySelector('input[value=defocus]').checked");
    let outline = "getComputedStyle(document.activeElement).outlineStyle";
    assert_ne!(browser.value(outline), "none", "the focus can be seen");
}

#[test]
fn a_phone_shows_all_without_scrolling_sideways_and_in_dark() {
    let Some(page) = Page::open(390, true) else { return };
    let browser = &page.browser;
    browser.click("#sample-clip");
    browser.wait_for("#verdict");
    let beyond = page.number("document.documentElement.scrollWidth - window.innerWidth");
    assert!(beyond <= 0.0, "{beyond} pixels beyond the border");
    // Background and text have changed places: dark on light has a high first number.
    let light = |what: &str| {
        let color =
            format!("getComputedStyle(document.body).{what}.match(/[0-9]+/g).map(Number)[0]");
        page.number(&color)
    };
    assert!(light("backgroundColor") < 60.0 && light("color") > 200.0);
}

#[test]
fn a_page_with_a_token_asks_for_it_and_shows_pictures_afterwards() {
    let Some(page) = Page::open_with(1280, false, Some("open sesame")) else { return };
    let browser = &page.browser;
    browser.wait("document.querySelector('#login').hidden === false");
    browser.type_into("#token", "wrong");
    browser.press(&[ENTER]);
    browser.wait("document.querySelector('#login-problem').textContent.includes('not the token')");
    browser.value("(() => { document.querySelector('#token').value = ''; })()");
    browser.type_into("#token", "open sesame");
    browser.press(&[ENTER]);
    browser.wait_for("#sample-portrait");
    browser.click("#sample-portrait");
    browser.wait("document.querySelector('#frame')?.naturalWidth > 0");
}
