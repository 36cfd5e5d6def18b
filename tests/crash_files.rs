//! Nothing half-made of a file is ever served, and nothing of it is left behind: the process is
//! killed while bytes arrive, at every step of making them an object's, and while they are removed.
//!
//! The failpoints are in debug builds only; see `store::failpoint`.

mod harness;

use harness::{Backend, Text, crash::Armed, until};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

/// The part of a URL that stays when the server comes back on another port.
fn path(url: &Value) -> String {
    let url = url.text();
    url[url.find("/v1/objects/").expect("an object's URL")..].to_owned()
}

fn bare(path: &str) -> &str {
    path.split('?').next().expect("a path")
}

fn picture() -> Value {
    json!({"filename": "a.png", "contentType": "image/png"})
}

/// Sends a request whose answer never comes, because the server is killed.
fn unanswered(
    armed: &Armed,
    method: Method,
    path: &str,
    key: &str,
    body: &'static str,
) -> tokio::task::JoinHandle<bool> {
    let request = armed.backend.http.request(method, format!("{}{path}", armed.backend.url));
    let request = request.header("x-api-key", key).header("content-type", "application/json").body(body);
    tokio::spawn(async move { request.send().await.is_err() })
}

#[rstest]
#[case("object.written", None)]
#[case("object.renamed", None)]
#[case("write.commit", None)]
#[case("write.committed", Some("bytes"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_put_killed_at_any_step_is_there_whole_or_not_at_all(#[case] failpoint: &str, #[case] served: Option<&str>) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let url = path(&backend.presigned(&secret, &picture()).await["url"]);
    let armed = backend.armed(failpoint).await;
    let lost = unanswered(&armed, Method::PUT, &url, &secret, "bytes");
    let backend = armed.killed_there().await;
    assert!(lost.await.expect("the request ends"), "nothing was promised");
    let got = backend.get(bare(&url)).send().await;
    match served {
        Some(bytes) => assert_eq!((got.status, got.text.as_str()), (200, bytes)),
        None => drop(got.expect_error(404, "file/not-found")),
    }
    let left = served.map_or((0, 0), |bytes| (1, bytes.len() as u64));
    until("nothing else is left", async || backend.objects_on_disk(&dev.id) == left).await;
    backend.request(Method::PUT, &url).body("again").send().await.expect(200);
    assert_eq!(backend.get(bare(&url)).send().await.text, "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_killed_while_its_bytes_arrive_leaves_nothing() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let url = path(&backend.presigned(&secret, &picture()).await["url"]);
    let endless = futures_util::stream::unfold((), async |()| Some((Ok::<_, std::io::Error>(vec![7; 1 << 16]), ())));
    let request = backend.http.put(format!("{}{url}", backend.url)).body(reqwest::Body::wrap_stream(endless));
    let lost = tokio::spawn(async move { request.send().await.is_err() });
    until("bytes have arrived", async || backend.objects_on_disk(&dev.id).1 > 0).await;
    let backend = backend.killed_and_restarted().await;
    assert!(lost.await.expect("the request ends"));
    backend.get(bare(&url)).send().await.expect_error(404, "file/not-found");
    until("nothing is left", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_were_replaced_go_with_the_next_start() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let address = backend.presigned(&secret, &picture()).await;
    backend.put(&address["url"].text(), "before").await.expect(200);
    let url = path(&address["url"]);
    let armed = backend.armed("objects.replaced").await;
    armed.backend.request(Method::PUT, &url).body("after").send().await.expect(200);
    let backend = armed.killed_there().await;
    assert_eq!(backend.get(bare(&url)).send().await.text, "after");
    until("the old bytes are gone", async || backend.objects_on_disk(&dev.id) == (1, 5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_killed_before_the_bytes_are_gone_serves_none_and_leaves_none() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let file = backend.file(&secret, "a.txt", &json!({"visibility": "public"}), b"bytes").await;
    let at = format!("/v1/files/{}", file["id"].text());
    let armed = backend.armed("objects.replaced").await;
    armed.backend.delete(&at).key(&secret).send().await.expect(200);
    let backend = armed.killed_there().await;
    backend.get(&at).key(&secret).send().await.expect_error(404, "file/not-found");
    backend.get(&path(&file["s3Key"])).send().await.expect_error(404, "file/not-found");
    until("its bytes are gone", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
}

#[rstest]
#[case("write.commit", false)]
#[case("write.committed", true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_killed_around_its_commit_leaves_the_whole_file_or_nothing(
    #[case] failpoint: &str,
    #[case] gone: bool,
) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let file = backend.file(&secret, "a.txt", &json!({"visibility": "public"}), b"bytes").await;
    let at = format!("/v1/files/{}", file["id"].text());
    let armed = backend.armed(failpoint).await;
    let lost = unanswered(&armed, Method::DELETE, &at, &secret, "");
    let backend = armed.killed_there().await;
    assert!(lost.await.expect("the request ends"));
    assert_eq!(backend.get(&at).key(&secret).send().await.status, if gone { 404 } else { 200 });
    assert_eq!(backend.get(&path(&file["s3Key"])).send().await.status, if gone { 404 } else { 200 });
    let left = if gone { (0, 0) } else { (1, 5) };
    until("row and bytes agree", async || backend.objects_on_disk(&dev.id) == left).await;
}

#[rstest]
#[case("write.commit", false)]
#[case("write.committed", true)]
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_killed_while_it_is_completed_is_complete_or_can_be_completed(
    #[case] failpoint: &str,
    #[case] complete: bool,
) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let body = json!({"filename": "film.mp4", "contentType": "video/mp4", "fileSize": 8});
    let begun = backend.post("/v1/files/multipart/init", &body).key(&secret).send().await.expect(200);
    let mut body = json!({"key": begun["key"], "uploadId": begun["uploadId"], "parts": []});
    for (number, bytes) in [(1, "abcd"), (2, "efgh"), (3, "left out")] {
        body["partNumber"] = number.into();
        let part = backend.post("/v1/files/multipart/presigned-url", &body).key(&secret).send().await.expect(200);
        let etag = backend.put(&part["url"].text(), bytes).await.header("etag").expect("a tag").to_owned();
        if number < 3 {
            body["parts"].as_array_mut().expect("an array").push(json!({"partNumber": number, "etag": etag}));
        }
    }
    let armed = backend.armed(failpoint).await;
    let lost = unanswered(
        &armed,
        Method::POST,
        "/v1/files/multipart/complete",
        &secret,
        Box::leak(body.to_string().into_boxed_str()),
    );
    let backend = armed.killed_there().await;
    assert!(lost.await.expect("the request ends"));
    let at = path(&begun["key"]);
    let got = backend.get(&at).send().await;
    assert_eq!(got.status, if complete { 200 } else { 404 });
    backend.post("/v1/files/multipart/complete", &body).key(&secret).send().await.expect(200);
    assert_eq!(backend.get(&at).send().await.text, "abcdefgh");
    until("only the object's parts are left", async || backend.objects_on_disk(&dev.id) == (2, 8)).await;
}
