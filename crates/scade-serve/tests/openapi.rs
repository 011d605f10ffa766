//! The methods of `openapi.json` are those that the router takes.

mod common;

use axum::body::Body;
use axum::http::StatusCode;
use common::{request, service};
use scade_serve::Limits;

#[tokio::test]
async fn a_path_takes_the_methods_that_the_document_describes_and_no_others() {
    let service = service(Limits::default()).await;
    let document = service.get("/api/openapi.json").await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        let id = "0".repeat(32);
        let real =
            path.replace("{id}", &id).replace("{file}", "0.png").replace("{name}", "portrait");
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            let request = request(method, &real).body(Body::empty()).unwrap();
            let taken = service.send(request).await.status != StatusCode::METHOD_NOT_ALLOWED;
            let described = item.get(method.to_lowercase()).is_some();
            assert_eq!(taken, described, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn limits_and_jobs_have_the_fields_that_the_document_describes() {
    let service = service(Limits::default()).await;
    let document = service.get("/api/openapi.json").await.json();
    let described = |name: &str| document["components"]["schemas"][name]["properties"].clone();
    let limits = service.get("/api/v1/limits").await.json();
    let keys = |value: &serde_json::Value| {
        value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(keys(&limits), keys(&described("Limits")));
    let id = service.upload("slow").await;
    let job = service.wait(&id, &["running"]).await;
    assert!(keys(&job).is_subset(&keys(&described("Job"))), "{job}");
    let job = service.ended(&id).await;
    assert!(keys(&job).is_subset(&keys(&described("Job"))), "{job}");
    let record = service.get(&format!("/api/v1/jobs/{id}/result")).await.json();
    for required in document["components"]["schemas"]["Record"]["required"].as_array().unwrap() {
        assert!(record.get(required.as_str().unwrap()).is_some(), "{required}");
    }
}
