//! Who may use the service, and what browsers may do with its answers.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use crate::api::Problem;
use crate::id::Id;
use crate::{App, Reason};

/// Who may use the service.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// What requests must carry, if anything.
    pub token: Option<String>,
    /// Names, besides `localhost` and all IP addresses, by which browsers reach the service.
    pub hosts: Vec<String>,
}

/// What a browser carries instead of the token once it has shown it: images and streams of events cannot carry one.
#[derive(Debug)]
pub(crate) struct Session(String);

const COOKIE: &str = "scade_session";

impl Session {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        Ok(Self(format!("{}{}", Id::random()?, Id::random()?)))
    }

    /// The cookie, out of reach of scripts and of other sites.
    pub(crate) fn cookie(&self) -> String {
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", self.0)
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(header::COOKIE).iter();
        let pairs = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        let values = pairs.filter_map(|pair| pair.trim().split_once('='));
        values.filter(|(name, _)| *name == COOKIE).any(|(_, value)| same(value, &self.0))
    }
}

/// Takes as long for a wrong text as for the right one. The lengths are no secret.
fn same(given: &str, wanted: &str) -> bool {
    given.as_bytes().ct_eq(wanted.as_bytes()).into()
}

impl Access {
    /// Whether the request carries the token; true where none is asked for.
    pub(crate) fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && same(given.trim(), token)
        })
    }

    /// Whether `host`, of the header, is this service and not a name that another site made to point to it.
    fn is_host(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
            None => host.split_once(':').map_or(host, |(name, _)| name),
        };
        // An address cannot be made to point elsewhere.
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok()
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// What is shown to anyone: it holds nothing of anyone.
fn is_public(path: &str) -> bool {
    matches!(path, "/" | "/style.css" | "/icon.svg" | "/healthz" | "/readyz")
        || matches!(path, "/api/openapi.json" | "/api/v1/session")
        || path.starts_with("/js/")
}

fn refusal(app: &App, request: &Request) -> Option<Problem> {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign = |message: &str| Some(Problem::new(Reason::Foreign, message));
    let access = &app.settings().access;
    let host = text(header::HOST).or(request.uri().authority().map(|host| host.as_str()));
    let Some(host) = host.filter(|host| access.is_host(host)) else {
        return foreign("the host of the request is not one of this service; see --host");
    };
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && let Some(origin) = headers.get(header::ORIGIN) {
        let of = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        if of.is_none_or(|(_, of)| !of.eq_ignore_ascii_case(host)) {
            return foreign("the request was made by another site");
        }
    }
    let path = request.uri().path();
    let fetched_by = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_ours = matches!(fetched_by, None | Some(b"same-origin" | b"none"));
    // A link to the page may be on another site; what the page shows may not be embedded there.
    if !is_ours && (changes || path != "/") {
        return foreign("the request was made by another site");
    }
    let is_known = is_public(path)
        || access.has_token(headers)
        || (access.token.is_some() && app.session().is_in(headers));
    (!is_known).then(|| Problem::new(Reason::Unauthorized, "the token is missing or wrong"))
}

/// Refuses what is not allowed, and adds to each answer what browsers must know.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&app, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    app.metrics().response(response.status().as_u16());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Nothing is loaded from elsewhere, nothing runs that is not a file of this service, nothing is kept on a disk.
const HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_address_or_a_known_name() {
        let access = Access { hosts: vec!["lab.example".to_owned()], ..Access::default() };
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8080",
            "[::1]:8080",
            "10.0.0.7",
            "Lab.example:1",
        ] {
            assert!(access.is_host(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"] {
            assert!(!access.is_host(host), "{host}");
        }
    }

    #[test]
    fn tokens_are_compared_whole() {
        let access = Access { token: Some("secret".to_owned()), ..Access::default() };
        let with = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            access.has_token(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        assert!(with("Bearer secret") && with("bearer  secret"));
        assert!(!with("Bearer secre") && !with("Bearer secrets") && !with("Basic secret"));
        assert!(!access.has_token(&HeaderMap::new()));
        assert!(Access::default().has_token(&HeaderMap::new()));
    }
}
