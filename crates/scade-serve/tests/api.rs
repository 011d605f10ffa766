//! The API, with workers that have no detector.

mod common;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use common::{form, request, service, started};
use scade_serve::Limits;

#[tokio::test]
async fn a_file_becomes_a_result_with_pictures_and_the_upload_is_gone() {
    let service = service(Limits::default()).await;
    let answer = service.post("/api/v1/jobs?name=meeting.mp4", "clip").await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let job = answer.json();
    let id = job["id"].as_str().unwrap();
    assert_eq!(answer.headers[header::LOCATION], format!("/api/v1/jobs/{id}"));
    assert_eq!((&job["name"], &job["bytes"]), (&"meeting.mp4".into(), &4.into()));
    let job = service.ended(id).await;
    assert_eq!((&job["state"], &job["summary"]["kind"]), (&"done".into(), &"video".into()));
    let record = service.get(&format!("/api/v1/jobs/{id}/result")).await.json();
    assert_eq!((&record["id"], &record["name"]), (&job["id"], &job["name"]));
    assert_eq!(record["faces"].as_array().unwrap().len(), 23);
    for (path, kind) in [
        ("faces/0.png", "image/png"),
        ("faces/0-fake.png", "image/png"),
        ("faces/22.png", "image/png"),
        ("frames/44.jpg", "image/jpeg"),
    ] {
        let picture = service.get(&format!("/api/v1/jobs/{id}/{path}")).await;
        assert_eq!(picture.status, StatusCode::OK, "{path}");
        assert_eq!(picture.headers[header::CONTENT_TYPE], kind);
        assert!(image::load_from_memory(&picture.body).is_ok(), "{path}");
    }
    assert!(!service.left().iter().any(|path| path.ends_with("input")), "{:?}", service.left());
}

#[tokio::test]
async fn the_events_of_a_job_end_with_its_last_state() {
    let service = service(Limits::default()).await;
    let id = service.upload("slow").await;
    let events = service.get(&format!("/api/v1/jobs/{id}/events")).await;
    assert_eq!(events.headers[header::CONTENT_TYPE], "text/event-stream");
    let text = String::from_utf8(events.body).unwrap();
    let jobs: Vec<serde_json::Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let steps = jobs.iter().filter(|job| job["progress"]["stage"] == "scoring");
    let with_time = steps.filter(|job| job["progress"]["remaining"].is_number()).count();
    assert!(with_time >= 2, "{text}");
    assert_eq!(jobs.last().unwrap()["state"], "done");
}

#[tokio::test]
async fn a_form_has_one_file() {
    let service = service(Limits::default()).await;
    let send = async |files: &[(&str, &str, &str)]| {
        let (kind, body) = form(files);
        let request = request("POST", "/api/v1/jobs").header(header::CONTENT_TYPE, kind);
        service.send(request.body(body.into()).unwrap()).await
    };
    let answer = send(&[("file", "a.png", "clip")]).await;
    assert_eq!((answer.status, &answer.json()["name"]), (StatusCode::CREATED, &"a.png".into()));
    send(&[("file", "a", "clip"), ("file", "b", "clip")]).await.refused(400, "bad-request");
    send(&[("other", "a", "clip")]).await.refused(400, "bad-request");
    send(&[]).await.refused(400, "bad-request");
    send(&[("file", "a", "")]).await.refused(400, "empty");
    let request = request("POST", "/api/v1/jobs")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=BOUND");
    let cut = "--BOUND\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nab";
    service.send(request.body(cut.into()).unwrap()).await.refused(408, "incomplete");
}

#[tokio::test]
async fn names_of_files_reach_no_path_and_no_header() {
    let service = service(Limits::default()).await;
    for (name, shown) in [
        ("..%2F..%2Fescape", "escape"),
        ("a%0D%0ASet-Cookie:%20x=1", "aSet-Cookie: x=1"),
        ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "script>"),
        ("%00%1B[2K", "[2K"),
    ] {
        let answer = service.post(&format!("/api/v1/jobs?name={name}"), "clip").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{name}");
        assert_eq!(answer.json()["name"], shown);
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(service.ended(&id).await["state"], "done");
    }
    let allowed = ["input", "record.json", ".png", ".jpg"];
    for path in service.left() {
        assert!(allowed.iter().any(|end| path.ends_with(end)), "{path}");
    }
    for path in ["..%2F..%2Flock", "0.png%00", "..", "input", "record.json", "%2e%2e%2finput.png"] {
        let id = service.upload("clip").await;
        service.ended(&id).await;
        let answer = service.get(&format!("/api/v1/jobs/{id}/faces/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_and_while_it_comes() {
    let limits = Limits { upload_bytes: 10, ..Limits::default() };
    let service = service(limits).await;
    let limits = service.get("/api/v1/limits").await.json();
    assert_eq!(limits["upload_bytes"], 10);
    service.post("/api/v1/jobs", "12345678901").await.refused(413, "too-large");
    // Without an announced length.
    let chunks = ["clip   ", "       "].map(|text| Ok::<_, std::io::Error>(Bytes::from(text)));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    service.post("/api/v1/jobs", body).await.refused(413, "too-large");
    let (kind, body) = form(&[("file", "a", "12345678901")]);
    let form = request("POST", "/api/v1/jobs").header(header::CONTENT_TYPE, kind);
    service.send(form.body(body.into()).unwrap()).await.refused(413, "too-large");
    assert_eq!(service.left(), [""; 0]);
    service.upload("clip      ").await;
}

#[tokio::test]
async fn an_upload_of_another_length_than_announced_is_no_job() {
    let service = service(Limits::default()).await;
    let short = request("POST", "/api/v1/jobs").header(header::CONTENT_LENGTH, "9");
    service.send(short.body("clip".into()).unwrap()).await.refused(408, "incomplete");
    let broken = [Ok(Bytes::from("cl")), Err(std::io::Error::other("reset"))];
    let body = Body::from_stream(futures_util::stream::iter(broken));
    service.post("/api/v1/jobs", body).await.refused(408, "incomplete");
    service.post("/api/v1/jobs", "").await.refused(400, "empty");
    assert_eq!(service.left(), [""; 0]);
}

#[tokio::test]
async fn a_slow_sender_loses_its_place() {
    let limits = Limits {
        idle_time: Duration::from_millis(50),
        upload_time: Duration::from_millis(400),
        queue: 1,
        ..Limits::default()
    };
    let service = service(limits).await;
    let silent = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let answer = service.post("/api/v1/jobs", Body::from_stream(silent)).await;
    answer.refused(408, "incomplete");
    // A byte now and then.
    let drops = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from("x")), ()))
    });
    service.post("/api/v1/jobs", Body::from_stream(drops)).await.refused(408, "incomplete");
    service.upload("clip").await;
}

#[tokio::test]
async fn a_full_queue_and_too_many_uploads_are_told_to_come_again() {
    let limits = Limits { queue: 1, uploads: 2, ..Limits::default() };
    let service = service(limits).await;
    let running = service.upload("hang").await;
    service.wait(&running, &["running"]).await;
    let waiting = service.upload("clip").await;
    assert_eq!(service.job(&waiting).await["position"], 0);
    let full = service.post("/api/v1/jobs", "clip").await;
    full.refused(429, "queue-full");
    assert!(full.headers.contains_key(header::RETRY_AFTER));
    service.post(&format!("/api/v1/jobs/{waiting}/cancel"), "").await;
    // Uploads hold places, too.
    let stuck = || {
        let body =
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        tokio::spawn({
            let router = service.router.clone();
            async move {
                let request = request("POST", "/api/v1/jobs").body(body).unwrap();
                tower::ServiceExt::oneshot(router, request).await
            }
        })
    };
    let upload = stuck();
    tokio::time::sleep(Duration::from_millis(50)).await;
    service.post("/api/v1/jobs", "clip").await.refused(429, "queue-full");
    upload.abort();
    let _ = upload.await;
    service.upload("clip").await;
}

#[tokio::test]
async fn uploads_at_the_same_time_are_limited() {
    let service = service(Limits { uploads: 0, ..Limits::default() }).await;
    let busy = service.post("/api/v1/jobs", "clip").await;
    busy.refused(503, "busy");
    assert!(busy.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn a_worker_that_crashes_hangs_or_babbles_fails_its_job_alone() {
    let limits = Limits { job_time: Duration::from_millis(300), ..Limits::default() };
    let service = service(limits).await;
    for (content, reason) in [
        ("crash", "crashed"),
        ("hang", "timed-out"),
        ("garbage", "crashed"),
        ("no-face", "no-face"),
    ] {
        let bad = service.upload(content).await;
        let good = service.upload("clip").await;
        let job = service.ended(&bad).await;
        assert_eq!((&job["state"], &job["reason"]), (&"failed".into(), &reason.into()), "{job}");
        let result = service.get(&format!("/api/v1/jobs/{bad}/result")).await;
        result.refused(422, reason);
        assert_eq!(service.ended(&good).await["state"], "done", "after {content}");
    }
    let metrics = String::from_utf8(service.get("/metrics").await.body).unwrap();
    assert!(metrics.contains("scade_jobs_total{outcome=\"done\"} 4"), "{metrics}");
    assert!(metrics.contains("scade_worker_starts_total 4"), "{metrics}");
    assert!(!service.left().iter().any(|path| path.ends_with("input")));
}

#[tokio::test]
async fn a_job_can_be_cancelled_whether_it_waits_or_runs() {
    let service = service(Limits::default()).await;
    let running = service.upload("hang").await;
    let waiting = service.upload("clip").await;
    service.wait(&running, &["running"]).await;
    for id in [&waiting, &running] {
        let answer = service.post(&format!("/api/v1/jobs/{id}/cancel"), "").await;
        assert_eq!(answer.json()["state"], "cancelled");
        service.get(&format!("/api/v1/jobs/{id}/result")).await.refused(422, "cancelled");
    }
    let next = service.upload("clip").await;
    assert_eq!(service.ended(&next).await["state"], "done");
    let again = service.post(&format!("/api/v1/jobs/{next}/cancel"), "").await;
    assert_eq!(again.json()["state"], "done", "what is done stays done");
    assert!(!service.left().iter().any(|path| path.contains(&running)), "{:?}", service.left());
}

#[tokio::test]
async fn a_deleted_job_leaves_nothing() {
    let service = service(Limits::default()).await;
    let done = service.upload("clip").await;
    service.ended(&done).await;
    let running = service.upload("hang").await;
    service.wait(&running, &["running"]).await;
    let waiting = service.upload("clip").await;
    for id in [&done, &running, &waiting] {
        let path = format!("/api/v1/jobs/{id}");
        let delete = || request("DELETE", &path).body(Body::empty()).unwrap();
        assert_eq!(service.send(delete()).await.status, StatusCode::NO_CONTENT);
        service.get(&path).await.refused(404, "not-found");
        service.get(&format!("{path}/faces/0.png")).await.refused(404, "not-found");
        service.send(delete()).await.refused(404, "not-found");
    }
    for _ in 0..500 {
        if service.left().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", service.left());
}

#[tokio::test]
async fn results_go_when_they_are_old() {
    let service =
        service(Limits { keep_time: Duration::from_millis(200), ..Limits::default() }).await;
    let id = service.upload("clip").await;
    for _ in 0..500 {
        if service.get(&format!("/api/v1/jobs/{id}")).await.status == StatusCode::NOT_FOUND
            && service.left().is_empty()
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", service.left());
}

#[tokio::test]
async fn a_service_that_ends_takes_no_jobs_and_leaves_nothing() {
    let limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
    let service = service(limits).await;
    let running = service.upload("hang").await;
    service.wait(&running, &["running"]).await;
    let waiting = service.upload("clip").await;
    service.app.close().await;
    for id in [&running, &waiting] {
        assert_eq!(service.job(id).await["reason"], "shutting-down");
    }
    service.post("/api/v1/jobs", "clip").await.refused(503, "shutting-down");
    service.get("/readyz").await.refused(503, "shutting-down");
    assert_eq!(service.get("/healthz").await.status, StatusCode::OK);
    let common::Service { app, router, folder } = service;
    drop((app, router));
    let left = std::fs::read_dir(folder.path().join("serve")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
}

#[tokio::test]
async fn samples_are_rendered_and_scored() {
    let service = service(Limits::default()).await;
    let samples = service.get("/api/v1/samples").await.json();
    assert_eq!(samples.as_array().unwrap().len(), 3);
    for sample in samples.as_array().unwrap() {
        let path = format!("/api/v1/samples/{}", sample["name"].as_str().unwrap());
        let answer = service.post(&path, "").await;
        assert_eq!((answer.status, &answer.json()["name"]), (StatusCode::CREATED, &sample["file"]));
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(service.ended(&id).await["state"], "done");
    }
    service.post("/api/v1/samples/other", "").await.refused(404, "not-found");
}

#[tokio::test]
async fn a_detector_that_does_not_load_is_said_by_readyz_without_paths() {
    let folder = tempfile::tempdir().unwrap();
    let settings = common::settings(folder.path(), Limits::default());
    let program = scade_serve::Program {
        path: "/no/such/program".into(),
        arguments: Vec::new(),
        without: Vec::new(),
    };
    let app =
        scade_serve::App::start(settings, std::sync::Arc::new(program), common::render).unwrap();
    app.readiness().wait_for(|now| now.problem.is_some()).await.unwrap();
    let router = scade_serve::router(app.clone());
    let service = common::Service { app, router, folder };
    let answer = service.get("/readyz").await;
    answer.refused(503, "not-ready");
    assert!(!answer.json()["message"].as_str().unwrap().contains('/'), "{answer:?}");
    service.post("/api/v1/jobs", "clip").await.refused(503, "not-ready");
}

#[tokio::test]
async fn two_workers_run_two_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = common::settings(folder.path(), Limits::default());
    settings.workers = 2;
    let service = started(settings, folder).await;
    let jobs = [service.upload("hang").await, service.upload("hang").await];
    for id in &jobs {
        service.wait(id, &["running"]).await;
    }
}
