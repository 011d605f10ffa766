//! Requests of other sites, of people without the token, and over slow connections.

mod common;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{request, service, started};
use scade_serve::{Access, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn requests_of_other_sites_are_refused() {
    let service = service(Limits::default()).await;
    let post = |name: &str, value: &str| {
        request("POST", "/api/v1/jobs").header(name, value).body(Body::from("clip")).unwrap()
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:9999"),
        ("origin", "http://localhost:8080.evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        service.send(post(name, value)).await.refused(403, "foreign");
    }
    let own = post("origin", "http://localhost:8080");
    assert_eq!(service.send(own).await.status, StatusCode::CREATED);
    // What the page shows cannot be embedded elsewhere; a link to the page works.
    let get = |path: &str| {
        let request = request("GET", path).header("sec-fetch-site", "cross-site");
        request.body(Body::empty()).unwrap()
    };
    service.send(get("/api/v1/limits")).await.refused(403, "foreign");
    assert_eq!(service.send(get("/")).await.status, StatusCode::OK);
}

/// DNS rebinding: a name of another site that points to this machine.
#[tokio::test]
async fn requests_for_other_hosts_are_refused() {
    let service = service(Limits::default()).await;
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example"] {
        let request = Request::get("/").header(header::HOST, host).body(Body::empty()).unwrap();
        service.send(request).await.refused(403, "foreign");
    }
    let none = Request::get("/").body(Body::empty()).unwrap();
    service.send(none).await.refused(403, "foreign");
}

#[tokio::test]
async fn with_a_token_only_its_owner_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = common::settings(folder.path(), Limits::default());
    settings.access = Access { token: Some("open sesame".to_owned()), hosts: Vec::new() };
    let service = started(settings, folder).await;
    for path in ["/api/v1/limits", "/api/v1/jobs/0", "/metrics", "/api/v1/samples", "/no/such/path"]
    {
        let answer = service.get(path).await;
        answer.refused(401, "unauthorized");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
    service.post("/api/v1/jobs", "clip").await.refused(401, "unauthorized");
    service.post("/api/v1/session", "").await.refused(401, "unauthorized");
    for path in ["/", "/style.css", "/js/app.js", "/healthz", "/readyz", "/api/openapi.json"] {
        assert_eq!(service.get(path).await.status, StatusCode::OK, "{path}");
    }
    let with = |method: &str, path: &str, name: &str, value: &str| {
        request(method, path).header(name, value).body(Body::empty()).unwrap()
    };
    let bearer = "Bearer open sesame";
    let limits = service.send(with("GET", "/api/v1/limits", "authorization", bearer)).await;
    assert_eq!(limits.status, StatusCode::OK);
    let session = service.send(with("POST", "/api/v1/session", "authorization", bearer)).await;
    assert_eq!(session.status, StatusCode::NO_CONTENT);
    let cookie = session.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let (pair, _) = cookie.split_once(';').unwrap();
    assert!(!pair.contains("sesame"), "the token itself is in no cookie");
    let limits =
        service.send(with("GET", "/api/v1/limits", "cookie", &format!("a=b; {pair}"))).await;
    assert_eq!(limits.status, StatusCode::OK);
    let wrong = with("GET", "/api/v1/limits", "cookie", "scade_session=0000");
    service.send(wrong).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn every_answer_has_the_headers_that_confine_it() {
    let service = service(Limits::default()).await;
    for path in ["/", "/js/app.js", "/api/v1/limits", "/no/such/path", "/js/none.js"] {
        let answer = service.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn a_connection_that_is_silent_is_closed_and_one_that_ends_is_answered_first() {
    let limits = Limits { idle_time: Duration::from_millis(200), ..Limits::default() };
    let service = service(limits).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(scade_serve::serve(listener, service.app.clone(), async {
        let _ = ended.await;
    }));
    let read_all = async |mut stream: tokio::net::TcpStream| {
        let mut text = String::new();
        let wait = Duration::from_secs(20);
        let read = tokio::time::timeout(wait, stream.read_to_string(&mut text)).await;
        assert!(read.is_ok(), "the connection is still open after {wait:?}");
        text
    };
    // Half of a header, and no more.
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: local").await.unwrap();
    read_all(slow).await;
    // A whole request.
    let mut good = tokio::net::TcpStream::connect(address).await.unwrap();
    let line = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    good.write_all(line.as_bytes()).await.unwrap();
    assert!(read_all(good).await.starts_with("HTTP/1.1 200 OK"));
    end.send(()).unwrap();
    served.await.unwrap().unwrap();
}
