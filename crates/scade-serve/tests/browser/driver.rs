//! As much of the WebDriver protocol (W3C) as the tests need; chromedriver speaks it over HTTP on this machine.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Where an element is named in answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that have no letter.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const HOME: &str = "\u{e011}";
pub(crate) const LEFT: &str = "\u{e012}";
pub(crate) const RIGHT: &str = "\u{e014}";

/// A browser without a window, and its driver.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    agent: ureq::Agent,
}

impl Browser {
    /// Starts one; an error is why there is none on this machine.
    pub(crate) fn start(width: u32, height: u32, dark: bool) -> Result<Self, String> {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut driver = driver.map_err(|error| format!("no chromedriver: {error}"))?;
        let output = BufReader::new(driver.stdout.take().ok_or("no output")?);
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(120))).build().into();
        let address = format!("http://127.0.0.1:{}", port.ok_or("chromedriver has no port")?);
        let mut browser = Self { driver, address, session: String::new(), agent };
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
        } } });
        let session = browser.send("POST", "/session", &wanted)?;
        let id = session["sessionId"].as_str().ok_or("chromedriver gave no session")?;
        browser.session = format!("/session/{id}");
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.devtools("Emulation.setEmulatedMedia", &media);
        Ok(browser)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let address = format!("{}{path}", self.address);
        let answer = match method {
            "POST" => self
                .agent
                .post(&address)
                .header("Content-Type", "application/json")
                .send(body.to_string()),
            _ => self.agent.delete(&address).call(),
        };
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        let text = text.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        match value.get("error") {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let result = self.send("POST", &format!("{}{path}", self.session), body);
        result.unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    fn devtools(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    pub(crate) fn open(&self, address: &str) {
        self.post("/url", &json!({ "url": address }));
    }

    /// Loads the page anew.
    pub(crate) fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.post(
            "/execute/sync",
            &json!({ "script": format!("return {expression};"), "args": [] }),
        )
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let value = self.value(&format!("document.querySelector({selector:?})?.textContent ?? ''"));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&self, expression: &str) {
        let start = Instant::now();
        while self.value(expression) != json!(true) {
            let page = self.text("main");
            assert!(start.elapsed() < Duration::from_secs(60), "never: {expression}; {page}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for an element.
    pub(crate) fn wait_for(&self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?}) !== null"));
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// Types into an element, or gives a path to a field for files.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let path = format!("/element/{}/value", self.element(selector));
        self.post(&path, &json!({ "text": text }));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) fn press(&self, keys: &[&str]) {
        let actions = keys.iter().flat_map(|key| {
            [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
        });
        let keys = json!({ "type": "key", "id": "keys", "actions": actions.collect::<Vec<_>>() });
        self.post("/actions", &json!({ "actions": [keys] }));
    }

    /// Presses the tabulator until the focus is on an element.
    pub(crate) fn tab_to(&self, selector: &str) {
        for _ in 0..80 {
            self.press(&[TAB]);
            if self.value(&format!("document.activeElement.matches({selector:?})")) == json!(true) {
                return;
            }
        }
        panic!("the tabulator does not reach {selector}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.send("DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
