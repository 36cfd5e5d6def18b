//! Files, as section 6.2 of the contract has them.

mod harness;

use harness::{Backend, Environment, Text, accounts::User, events::Events, until};
use reqwest::{Method, header};
use rstest::rstest;
use serde_json::{Value, json};

async fn started() -> (Backend, Environment, String) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    (backend, dev, secret)
}

fn png(name: &str) -> Value {
    json!({"filename": name, "contentType": "image/png"})
}

#[tokio::test]
async fn presign_with_only_a_name_and_a_type_then_put_then_the_url_without_its_query_answers_get() {
    let (backend, _, secret) = started().await;
    let address = backend.presigned(&secret, &png("me and you.png")).await;
    assert_eq!(address["success"], true);
    for field in ["url", "key", "filename", "contentType", "fileId", "expiresAt"] {
        assert_eq!(address[field], address["data"][field]);
        assert!(address[field].is_string(), "{field}");
    }
    assert_eq!((&address["filename"], &address["contentType"]), (&json!("me and you.png"), &json!("image/png")));
    let (url, key) = (address["url"].text(), address["key"].text());
    assert_eq!(url.split('?').next(), Some(key.as_str()), "the key is the URL without its query");
    assert!(key.starts_with(&backend.url), "an absolute URL");

    backend.at(Method::GET, &key).send().await.expect_error(404, "file/not-found");
    let put = backend.at(Method::PUT, &url).header("content-type", "image/png").body("bytes").send().await;
    assert_eq!((put.status, put.text.as_str()), (200, ""));
    let etag = put.header("etag").expect("an ETag").to_owned();
    assert_eq!(put.header("access-control-allow-origin"), Some("*"));
    assert!(put.header("access-control-expose-headers").is_some_and(|names| names.contains("ETag")));

    let got = backend.at(Method::GET, &key).send().await;
    assert_eq!((got.status, got.text.as_str()), (200, "bytes"));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-length", "5"),
        ("accept-ranges", "bytes"),
        ("etag", etag.as_str()),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
        ("cache-control", "public, max-age=300"),
    ] {
        assert_eq!(got.header(name), Some(value), "{name}");
    }
    assert!(
        got.header("content-disposition").is_some_and(|value| value.starts_with("inline; filename=\"me and you.png\""))
    );
    let head = backend.at(Method::HEAD, &key).send().await;
    assert_eq!((head.status, head.text.as_str(), head.header("content-length")), (200, "", Some("5")));
}

#[tokio::test]
async fn a_stray_authorization_and_a_chunked_body_are_taken() {
    let (backend, _, secret) = started().await;
    let url = backend.presigned(&secret, &png("a.png")).await["url"].text();
    let pieces = futures_util::stream::iter(["one ", "two ", "three"].map(Ok::<_, std::io::Error>));
    let put = backend.at(Method::PUT, &url).bearer("whatever").body(reqwest::Body::wrap_stream(pieces)).send().await;
    put.expect(200);
    let got = backend.at(Method::GET, url.split('?').next().expect("a URL")).send().await;
    assert_eq!(got.text, "one two three");
}

#[tokio::test]
async fn a_url_is_good_for_what_it_was_signed_for_and_nothing_else() {
    let (backend, _, secret) = started().await;
    let address = backend.presigned(&secret, &png("a.png")).await;
    let (url, key) = (address["url"].text(), address["key"].text());
    let other = backend.presigned(&secret, &png("a.png")).await["key"].text();
    let query = url.split_once('?').expect("a query").1;
    let later = query.replacen("expires=", "expires=9", 1);
    for (method, bad) in [
        (Method::PUT, key.clone()),
        (Method::PUT, format!("{key}?{later}")),
        (Method::PUT, format!("{other}?{query}")),
        (Method::PUT, format!("{key}?{query}0")),
        (Method::PUT, format!("{key}?{query}&uploadId=x&partNumber=1")),
        (Method::PUT, format!("{key}?expires=&signature=")),
        (Method::GET, url.clone()),
    ] {
        let refused = backend.at(method.clone(), &bad).body("bytes").send().await;
        refused.expect_error(403, "file/access-denied");
    }
    backend.put(&url, "bytes").await.expect(200);
    backend.at(Method::GET, &format!("{key}x")).send().await.expect_error(404, "file/not-found");
    backend.at(Method::POST, &key).send().await.expect_error(405, "common/method-not-allowed");
}

#[rstest]
#[case(json!({"contentType": "image/png"}), "common/invalid-parameters")]
#[case(json!({"filename": "a.png"}), "common/invalid-parameters")]
#[case(json!({"filename": "", "contentType": "image/png"}), "file/invalid-name")]
#[case(json!({"filename": "../a.png", "contentType": "image/png"}), "file/invalid-name")]
#[case(json!({"filename": "a\\b.png", "contentType": "image/png"}), "file/invalid-name")]
#[case(json!({"filename": "a\u{7}.png", "contentType": "image/png"}), "file/invalid-name")]
#[case(json!({"filename": "a\u{202e}gpj.exe", "contentType": "image/png"}), "file/invalid-name")]
#[case(json!({"filename": "a".repeat(256), "contentType": "image/png"}), "file/original-name-too-long")]
#[case(json!({"filename": "a.png", "contentType": "png"}), "file/invalid-format")]
#[case(json!({"filename": "a.png", "contentType": format!("image/{}", "x".repeat(250))}), "file/mime-type-too-long")]
#[case(json!({"filename": "a.png", "contentType": "image/png", "fileSize": -1}), "file/size-negative")]
#[case(json!({"filename": "a.png", "contentType": "image/png", "fileSize": (100 << 20) + 1}), "file/file-too-large")]
#[case(json!({"filename": "a.png", "contentType": "image/png", "visibility": "open"}), "common/invalid-parameters")]
#[tokio::test]
async fn what_cannot_be_uploaded_is_refused_before_it_is(#[case] body: Value, #[case] code: &str) {
    let (backend, _, secret) = started().await;
    backend.post("/v1/files/presigned-url", &body).key(&secret).send().await.expect_error(400, code);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_and_leaves_nothing() {
    let config = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(config.path(), "max-file-size = 100000\n").expect("written");
    let path = config.path().to_str().expect("text");
    let backend = Backend::start_with(&["--config", path], &[]).await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let url = backend.presigned(&secret, &png("a.png")).await["url"].text();
    backend.put(&url, vec![0; 100_001]).await.expect_error(413, "file/file-too-large");
    // Its length is not announced, so it is noticed on the way.
    let pieces = futures_util::stream::iter((0..11).map(|_| Ok::<_, std::io::Error>(vec![0; 10_000])));
    let refused = backend.at(Method::PUT, &url).body(reqwest::Body::wrap_stream(pieces)).send().await;
    refused.expect_error(413, "file/file-too-large");
    until("nothing is left", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
    backend.put(&url, vec![0; 100_000]).await.expect(200);
}

#[tokio::test]
async fn a_file_larger_than_any_json_may_be_goes_through() {
    let (backend, dev, secret) = started().await;
    let bytes: Vec<u8> = (0..20 << 20).map(|i: u32| (i % 251) as u8).collect();
    let url = backend.presigned(&secret, &png("big.png")).await["url"].text();
    backend.put(&url, bytes.clone()).await.expect(200);
    let response = backend.at(Method::GET, url.split('?').next().expect("a URL")).stream().await;
    assert_eq!(response.bytes().await.expect("a body"), bytes);
    assert_eq!(backend.objects_on_disk(&dev.id), (1, bytes.len() as u64));
}

#[tokio::test]
async fn a_registered_file_has_every_field() {
    let (backend, _, secret) = started().await;
    let body = json!({"filename": "a.png", "contentType": "image/png", "category": "images"});
    let address = backend.presigned(&secret, &body).await;
    backend.put(&address["url"].text(), "bytes").await.expect(200);
    let body = json!({
        "s3Key": address["key"], "originalName": "Ä.png", "mimeType": "image/png", "size": 5, "width": 3, "height": 4,
        "visibility": "public", "metadata": {"tags": ["x"], "custom": {"n": 1.0}}
    });
    let file = backend.post("/v1/files", &body).key(&secret).send().await.expect(201);
    for (field, value) in [
        ("id", address["fileId"].clone()),
        ("s3Key", address["key"].clone()),
        ("key", address["key"].clone()),
        ("url", address["key"].clone()),
        ("originalName", json!("Ä.png")),
        ("mimeType", json!("image/png")),
        ("size", json!(5)),
        ("width", json!(3)),
        ("height", json!(4)),
        ("visibility", json!("public")),
        ("bucket", json!("images")),
        ("ownerId", json!("")),
        ("ownerType", json!("service")),
        ("metadata", json!({"tags": ["x"], "custom": {"n": 1}, "category": "images"})),
    ] {
        assert_eq!(file[field], value, "{field}");
        assert_eq!(file["data"][field], value, "{field}");
    }
    assert!(file["createdAt"].is_string() && file["updatedAt"].is_string());
    let got = backend.get(&format!("/v1/files/{}", file["id"].text())).key(&secret).send().await.expect(200);
    assert_eq!(got["data"], file["data"]);
    let again = backend.post("/v1/files", &body).key(&secret).send().await;
    again.expect_error(409, "file/s3-key-already-exists");
}

#[tokio::test]
async fn what_the_client_says_of_the_size_gives_way_to_what_is_there() {
    let (backend, _, secret) = started().await;
    let address = backend.presigned(&secret, &png("a.png")).await;
    let body = json!({"s3Key": address["key"], "originalName": "a.png", "mimeType": "image/png", "size": 999});
    let file = backend.post("/v1/files", &body).key(&secret).send().await.expect(201);
    assert_eq!((&file["size"], &file["visibility"]), (&json!(999), &json!("private")));
    let path = format!("/v1/files/{}", file["id"].text());
    backend
        .post(&format!("{path}/download-url"), &json!({}))
        .key(&secret)
        .send()
        .await
        .expect_error(404, "file/not-found");
    backend.put(&address["url"].text(), "bytes").await.expect(200);
    assert_eq!(backend.get(&path).key(&secret).send().await.expect(200)["size"], 5);
}

#[rstest]
#[case(json!({"s3Key": "images/a.png"}), 400, "file/invalid-path")]
#[case(json!({"s3Key": "x".repeat(1025)}), 400, "file/s3-key-too-long")]
#[case(json!({"s3Key": null}), 400, "common/invalid-parameters")]
#[case(json!({"originalName": "a/b"}), 400, "file/invalid-name")]
#[case(json!({"originalName": "n".repeat(256)}), 400, "file/original-name-too-long")]
#[case(json!({"mimeType": "image"}), 400, "file/invalid-format")]
#[case(json!({"size": -5}), 400, "file/size-negative")]
#[case(json!({"bucket": "cellar"}), 400, "common/invalid-parameters")]
#[case(json!({"metadata": "x"}), 400, "common/invalid-parameters")]
#[tokio::test]
async fn a_registration_that_does_not_fit_is_refused(#[case] change: Value, #[case] status: u16, #[case] code: &str) {
    let (backend, _, secret) = started().await;
    let key = backend.uploaded(&secret, &png("a.png"), b"bytes").await;
    let mut body = json!({"s3Key": key, "originalName": "a.png", "mimeType": "image/png", "size": 5});
    for (field, value) in change.as_object().expect("an object") {
        body[field] = value.clone();
    }
    backend.post("/v1/files", &body).key(&secret).send().await.expect_error(status, code);
}

#[tokio::test]
async fn guests_read_public_files_and_nothing_else() {
    let (backend, dev, secret) = started().await;
    let public = backend.file(&secret, "public.txt", &json!({"visibility": "public"}), b"open").await;
    let private = backend.file(&secret, "private.txt", &json!({}), b"shut").await;
    let protected = backend.file(&secret, "protected.txt", &json!({"visibility": "protected"}), b"half").await;
    let guest = |method: Method, path: String| backend.request(method, &path).key(&dev.key);

    let list = guest(Method::GET, "/v1/files".into()).send().await.expect(200);
    assert_eq!(list["pagination"]["total"], 1);
    let shown = list["items"][0].as_object().expect("a file");
    let fields: Vec<_> = shown.keys().map(String::as_str).collect();
    assert_eq!(fields, ["id", "originalName", "mimeType", "size", "visibility", "url", "createdAt"]);

    let path = |file: &Value, rest: &str| format!("/v1/files/{}{rest}", file["id"].text());
    guest(Method::GET, path(&public, "")).send().await.expect(200);
    let download = guest(Method::POST, path(&public, "/download-url")).send().await.expect(200);
    assert_eq!(download["url"], public["s3Key"], "unsigned");
    assert_eq!(backend.at(Method::GET, &download["url"].text()).send().await.text, "open");
    for file in [&private, &protected] {
        for (method, rest) in [(Method::GET, ""), (Method::GET, "/download-url"), (Method::POST, "/download-url")] {
            let refused = guest(method, path(file, rest)).send().await;
            refused.expect_error(401, "common/authentication-required");
        }
        let refused = backend.at(Method::GET, &file["s3Key"].text()).send().await;
        refused.expect_error(403, "file/access-denied");
    }
    for (method, path) in [
        (Method::POST, "/v1/files".to_owned()),
        (Method::POST, "/v1/files/presigned-url".to_owned()),
        (Method::POST, "/v1/files/multipart/init".to_owned()),
        (Method::POST, "/v1/files/multipart/presigned-url".to_owned()),
        (Method::POST, "/v1/files/multipart/complete".to_owned()),
        (Method::POST, "/v1/files/multipart/abort".to_owned()),
        (Method::PATCH, path(&public, "")),
        (Method::DELETE, path(&public, "")),
    ] {
        let refused = guest(method, path).json(&json!({"nonsense": true})).send().await;
        refused.expect_error(401, "common/authentication-required");
    }
    let keyless = backend.get("/v1/files").send().await;
    keyless.expect_error(401, "auth/unauthorized");
    guest(Method::GET, "/v1/files/nothing".into()).send().await.expect_error(404, "file/not-found");
}

#[tokio::test]
async fn users_own_what_they_upload_and_others_see_as_much_as_its_visibility_says() {
    let (backend, dev, secret) = started().await;
    let [owner, other] = [backend.sign_up(&dev, "owner").await, backend.sign_up(&dev, "other").await];
    let as_user =
        |user: &User, method: Method, path: &str| backend.request(method, path).key(&dev.key).bearer(&user.access);
    let mut files = Vec::new();
    for visibility in ["private", "public", "protected", "shared"] {
        let body = json!({"filename": "a.txt", "contentType": "text/plain", "visibility": visibility});
        let address = as_user(&owner, Method::POST, "/v1/files/presigned-url").json(&body).send().await.expect(200);
        backend.put(&address["url"].text(), "bytes").await.expect(200);
        let body = json!({"s3Key": address["key"], "originalName": "a.txt", "mimeType": "text/plain", "size": 5});
        let taken = as_user(&other, Method::POST, "/v1/files").json(&body).send().await;
        taken.expect_error(403, "file/access-denied");
        let file = as_user(&owner, Method::POST, "/v1/files").json(&body).send().await.expect(201);
        assert_eq!((&file["ownerId"], &file["ownerType"]), (&json!(owner.id), &json!("user")));
        assert_eq!(file["visibility"], visibility, "as the address was asked for");
        files.push(file);
    }
    let path = |file: &Value, rest: &str| format!("/v1/files/{}{rest}", file["id"].text());
    for (file, status) in files.iter().zip([403, 200, 200, 403]) {
        let whole = as_user(&owner, Method::GET, &path(file, "")).send().await.expect(200);
        assert_eq!(whole["ownerId"], owner.id);
        let seen = as_user(&other, Method::GET, &path(file, "")).send().await;
        assert!(seen.body.get("ownerId").is_none(), "{}", seen.text);
        assert_eq!(seen.status, status, "{}", file["visibility"]);
        let url = as_user(&other, Method::POST, &path(file, "/download-url")).send().await;
        assert_eq!(url.status, status, "{}", file["visibility"]);
        if status == 200 {
            assert_eq!(backend.at(Method::GET, &url.body["url"].text()).send().await.text, "bytes");
        }
        for method in [Method::PATCH, Method::DELETE] {
            let refused = as_user(&other, method, &path(file, "")).json(&json!({"visibility": "public"})).send().await;
            refused.expect_error(403, "file/access-denied");
        }
    }
    let total = async |call: harness::Call| call.send().await.expect(200)["pagination"]["total"].clone();
    assert_eq!(total(as_user(&owner, Method::GET, "/v1/files")).await, 4, "own, public, protected");
    assert_eq!(total(as_user(&other, Method::GET, "/v1/files")).await, 2, "public, protected");
    assert_eq!(total(backend.get("/v1/files").key(&dev.key)).await, 1, "public");
    assert_eq!(total(backend.get("/v1/files").key(&secret)).await, 4);
    let admin = backend.sign_up_as(&dev, "admin", "admin").await;
    assert_eq!(total(as_user(&admin, Method::GET, "/v1/files?ownerType=user")).await, 4);
    as_user(&admin, Method::DELETE, &path(&files[0], "")).send().await.expect(200);
    as_user(&owner, Method::DELETE, &path(&files[1], "")).send().await.expect(200);
    assert_eq!(total(backend.get("/v1/files").key(&secret)).await, 2);
}

#[tokio::test]
async fn a_user_gets_a_picture_of_their_own() {
    let (backend, dev, secret) = started().await;
    let user = backend.sign_up(&dev, "somebody").await;
    let other = backend.sign_up(&dev, "other").await;
    let at = |rest: &str| format!("/v1/users/{}/avatar{rest}", user.id);
    let call = |method: Method, rest: &str| backend.request(method, &at(rest)).key(&dev.key).bearer(&user.access);
    let upload = async |bytes: &'static str| {
        // Two of the apps send no type.
        let upload = call(Method::POST, "/upload-url").json(&json!({"filename": "me.PNG"})).send().await.expect(200);
        assert_eq!(upload["url"], upload["uploadUrl"]);
        assert!(upload["expiresAt"].is_string());
        backend.put(&upload["url"].text(), bytes).await.expect(200);
        upload["key"].text()
    };
    let key = upload("first").await;
    let changed = call(Method::PATCH, "").json(&json!({"s3Key": key})).send().await.expect(200);
    assert_eq!((&changed["image"], &changed["id"]), (&json!(key), &json!(user.id)), "the whole user");
    let got = backend.at(Method::GET, &key).send().await;
    assert_eq!((got.status, got.header("content-type")), (200, Some("image/png")));

    let second = upload("second").await;
    call(Method::PATCH, "").json(&json!({"s3Key": second})).send().await.expect(200);
    assert_eq!(backend.at(Method::GET, &key).send().await.status, 404, "the picture before is gone");
    for (body, status, code) in [
        (json!({"filename": "me.svg"}), 400, "file/invalid-format"),
        (json!({"filename": "me.png", "contentType": "text/html"}), 400, "file/invalid-format"),
        (json!({}), 400, "common/invalid-parameters"),
    ] {
        call(Method::POST, "/upload-url").json(&body).send().await.expect_error(status, code);
    }
    let shut = json!({"filename": "me.png", "contentType": "image/png", "visibility": "private"});
    let shut =
        backend.post("/v1/files/presigned-url", &shut).key(&dev.key).bearer(&user.access).send().await.expect(200);
    let refused = call(Method::PATCH, "").json(&json!({"s3Key": shut["key"]})).send().await;
    refused.expect_error(400, "file/invalid-path");
    let foreign = backend.uploaded(&secret, &png("a.png"), b"bytes").await;
    let refused = call(Method::PATCH, "").json(&json!({"s3Key": foreign})).send().await;
    refused.expect_error(403, "file/access-denied");
    call(Method::PATCH, "").json(&json!({"s3Key": "x"})).send().await.expect_error(400, "file/invalid-path");
    for (method, rest) in [(Method::POST, "/upload-url"), (Method::PATCH, ""), (Method::DELETE, "")] {
        let theirs = backend.request(method, &at(rest)).key(&dev.key).bearer(&other.access).json(&json!({}));
        theirs.send().await.expect_error(403, "user/forbidden");
    }
    assert!(call(Method::DELETE, "").send().await.expect(200)["message"].is_string());
    assert_eq!(backend.at(Method::GET, &second).send().await.status, 404);
    let me = backend.get("/v1/auth/me").key(&dev.key).bearer(&user.access).send().await.expect(200);
    assert_eq!(me["image"], Value::Null);
}

#[tokio::test]
async fn a_private_file_is_handed_out_by_a_signed_url() {
    let (backend, _, secret) = started().await;
    let file = backend.file(&secret, "plan.txt", &json!({}), b"shut").await;
    assert!(file.get("url").is_none(), "no URL that would not work");
    for method in [Method::POST, Method::GET] {
        let path = format!("/v1/files/{}/download-url", file["id"].text());
        let download = backend.request(method, &path).key(&secret).send().await.expect(200);
        let fields = ["filename", "contentType", "size"].map(|field| download[field].clone());
        assert_eq!(fields, [json!("plan.txt"), json!("text/plain"), json!(4)]);
        let url = download["url"].text();
        let got = backend.at(Method::GET, &url).send().await;
        assert_eq!(
            (got.status, got.text.as_str(), got.header("cache-control")),
            (200, "shut", Some("private, no-cache"))
        );
        backend.put(&url, "other bytes").await.expect_error(403, "file/access-denied");
    }
}

#[tokio::test]
async fn what_was_never_registered_is_public_unless_its_client_said_otherwise() {
    let (backend, _, secret) = started().await;
    for (visibility, status) in [
        (Value::Null, 200),
        (json!("public"), 200),
        (json!("private"), 403),
        (json!("protected"), 403),
        (json!("shared"), 403),
    ] {
        let body = json!({"filename": "a.png", "contentType": "image/png", "visibility": visibility});
        let key = backend.uploaded(&secret, &body, b"bytes").await;
        assert_eq!(backend.at(Method::GET, &key).send().await.status, status, "{visibility}");
    }
}

#[tokio::test]
async fn files_are_listed_by_page_order_and_filter() {
    let (backend, _, secret) = started().await;
    let image = json!({"mimeType": "image/png", "bucket": "images", "visibility": "public"});
    for (name, more, bytes) in [
        ("Beta.txt", &json!({}), &b"12345"[..]),
        ("alpha.png", &image, &b"1"[..]),
        ("gamma.txt", &json!({"visibility": "protected"}), &b"123"[..]),
    ] {
        backend.file(&secret, name, more, bytes).await;
    }
    let names = async |query: &str| {
        let list = backend.get(&format!("/v1/files?{query}")).key(&secret).send().await.expect(200);
        let names = list["items"].as_array().expect("items").iter().map(|item| item["originalName"].text());
        assert_eq!(list["items"], list["data"]["items"]);
        (names.collect::<Vec<_>>(), list["pagination"]["total"].as_u64().expect("a total"))
    };
    let all = |names: [&str; 3]| (names.map(str::to_owned).to_vec(), 3);
    assert_eq!(names("").await, all(["gamma.txt", "alpha.png", "Beta.txt"]), "newest first");
    assert_eq!(names("sortDirection=asc").await, all(["Beta.txt", "alpha.png", "gamma.txt"]));
    assert_eq!(names("sortBy=size&sortDirection=asc").await, all(["alpha.png", "gamma.txt", "Beta.txt"]));
    assert_eq!(names("limit=2&page=2").await, (vec!["Beta.txt".to_owned()], 3));
    let one = |name: &str| (vec![name.to_owned()], 1);
    for query in [
        "visibility=public",
        "bucket=images",
        "mimeType=image/png",
        "mimeType=image/*",
        "mimeType=image",
        "search=ALPH",
    ] {
        assert_eq!(names(query).await, one("alpha.png"), "{query}");
    }
    assert_eq!(names("ownerType=user").await, (vec![], 0));
    assert_eq!(names("ownerType=service").await.1, 3);
    assert_eq!(names("search=%25").await, (vec![], 0), "a percent sign is no wildcard");
    backend.get("/v1/files?visibility=x").key(&secret).send().await.expect_error(400, "common/invalid-parameters");
}

#[tokio::test]
async fn a_change_touches_what_it_names() {
    let (backend, _, secret) = started().await;
    let file = backend.file(&secret, "a.txt", &json!({"metadata": {"a": 1, "b": 2}}), b"bytes").await;
    let path = format!("/v1/files/{}", file["id"].text());
    let body = json!({"originalName": "b.txt", "visibility": "public", "metadata": {"b": null, "c": 3.0}});
    let changed = backend.patch(&path, &body).key(&secret).send().await.expect(200);
    assert_eq!((&changed["originalName"], &changed["visibility"]), (&json!("b.txt"), &json!("public")));
    assert_eq!(changed["metadata"], json!({"a": 1, "c": 3}));
    assert_eq!((&changed["size"], &changed["s3Key"]), (&file["size"], &file["s3Key"]));
    assert_eq!(backend.at(Method::GET, &file["s3Key"].text()).send().await.status, 200, "public now");
    backend
        .patch(&path, &json!({"originalName": "a/b"}))
        .key(&secret)
        .send()
        .await
        .expect_error(400, "file/invalid-name");
    backend.patch("/v1/files/x", &json!({})).key(&secret).send().await.expect_error(404, "file/not-found");
}

#[tokio::test]
async fn a_deleted_file_is_gone_with_its_bytes() {
    let (backend, dev, secret) = started().await;
    let file = backend.file(&secret, "a.txt", &json!({"visibility": "public"}), b"bytes").await;
    let path = format!("/v1/files/{}", file["id"].text());
    let deleted = backend.delete(&path).key(&secret).send().await;
    assert_eq!((deleted.status, deleted.text.as_str()), (200, r#"{"success":true,"data":{}}"#));
    backend.get(&path).key(&secret).send().await.expect_error(404, "file/not-found");
    backend.delete(&path).key(&secret).send().await.expect_error(404, "file/not-found");
    backend.at(Method::GET, &file["s3Key"].text()).send().await.expect_error(404, "file/not-found");
    until("its bytes are gone", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
}

#[tokio::test]
async fn a_second_put_replaces_the_bytes_and_their_tag() {
    let (backend, dev, secret) = started().await;
    let url = backend.presigned(&secret, &png("a.png")).await["url"].text();
    let first = backend.put(&url, "first").await;
    let second = backend.put(&url, "second").await;
    assert_ne!(first.header("etag"), second.header("etag"));
    let got = backend.at(Method::GET, url.split('?').next().expect("a URL")).send().await;
    assert_eq!((got.text.as_str(), got.header("etag")), ("second", second.header("etag")));
    until("the first bytes are gone", async || backend.objects_on_disk(&dev.id) == (1, 6)).await;
}

#[tokio::test]
async fn ranges_and_conditions_are_answered() {
    let (backend, _, secret) = started().await;
    let key = backend.uploaded(&secret, &png("a.png"), b"0123456789").await;
    let get = |headers: &[(&str, &str)]| {
        headers.iter().fold(backend.at(Method::GET, &key), |call, (name, value)| call.header(name, value)).send()
    };
    let whole = get(&[]).await;
    let (etag, modified) = (whole.header("etag").expect("a tag"), whole.header("last-modified").expect("a date"));

    for (range, text, place) in [("bytes=2-4", "234", "2-4"), ("bytes=7-", "789", "7-9"), ("bytes=-2", "89", "8-9")] {
        let part = get(&[("range", range)]).await;
        let expected = format!("bytes {place}/10");
        assert_eq!((part.status, part.text.as_str()), (206, text));
        assert_eq!(part.header("content-range"), Some(expected.as_str()));
        assert_eq!(part.header("content-length"), Some(text.len().to_string().as_str()));
    }
    let beyond = get(&[("range", "bytes=10-")]).await;
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
    beyond.expect_error(416, "common/range-not-satisfiable");
    for ignored in ["bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
        assert_eq!(get(&[("range", ignored)]).await.status, 200, "{ignored}");
    }
    for (name, value, status) in
        [("if-range", etag, 206), ("if-range", modified, 206), ("if-range", "\"another\"", 200)]
    {
        assert_eq!(get(&[("range", "bytes=0-1"), (name, value)]).await.status, status, "{value}");
    }
    for (name, value, status) in [
        ("if-none-match", etag, 304),
        ("if-none-match", "\"another\"", 200),
        ("if-modified-since", modified, 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ] {
        let answer = get(&[(name, value)]).await;
        assert_eq!((answer.status, answer.header("etag")), (status, Some(etag)), "{name}: {value}");
        assert_eq!(answer.text.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn an_uploaded_page_cannot_act_in_the_servers_name() {
    let (backend, _, secret) = started().await;
    for content_type in ["text/html", "image/svg+xml", "application/xhtml+xml", "application/javascript"] {
        let body = json!({"filename": "evil\".html", "contentType": content_type});
        let key = backend.uploaded(&secret, &body, b"<script>alert(1)</script>").await;
        let got = backend.at(Method::GET, &key).send().await;
        assert!(
            got.header("content-disposition").is_some_and(|value| value.starts_with("attachment; ")),
            "{content_type}"
        );
        assert!(
            got.header("content-security-policy").is_some_and(|value| value.starts_with("sandbox")),
            "{content_type}"
        );
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object() {
    let (backend, dev, secret) = started().await;
    let call = async |path: &str, body: Value| {
        backend.post(&format!("/v1/files/multipart/{path}"), &body).key(&secret).send().await
    };
    let init = json!({"filename": "film.mp4", "contentType": "video/mp4", "fileSize": 12, "visibility": "public"});
    let begun = call("init", init).await.expect(200);
    let named = |more: Value| {
        let mut body = json!({"key": begun["key"], "uploadId": begun["uploadId"]});
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let mut etags = Vec::new();
    for (number, bytes) in [(1, "abcd"), (2, "efgh"), (3, "ijkl"), (7, "not used")] {
        let part = call("presigned-url", named(json!({"partNumber": number}))).await.expect(200);
        assert_eq!(part["partNumber"], number);
        // The first try is replaced by the second.
        backend.put(&part["url"].text(), "torn").await.expect(200);
        etags.push(backend.put(&part["url"].text(), bytes).await.header("etag").expect("a tag").to_owned());
    }
    let key = begun["key"].text();
    backend.at(Method::GET, &key).send().await.expect_error(404, "file/not-found");
    for (bad, code) in [
        (json!([]), "file/invalid-parts-array"),
        (json!("x"), "file/invalid-parts-array"),
        (json!([{"partNumber": 1, "etag": "wrong"}]), "file/invalid-parts-array"),
        (json!([{"partNumber": 4, "etag": etags[0]}]), "file/invalid-parts-array"),
        (json!([{"partNumber": 0, "etag": etags[0]}]), "file/invalid-part-number-range"),
    ] {
        call("complete", named(json!({"parts": bad}))).await.expect_error(400, code);
    }
    for number in [json!(0), json!(10_001), json!("x"), json!(1.5), Value::Null] {
        let refused = call("presigned-url", named(json!({"partNumber": number}))).await;
        refused.expect_error(400, "file/invalid-part-number-range");
    }
    let parts: Vec<Value> = (0..3).rev().map(|i| json!({"partNumber": i + 1, "etag": etags[i]})).collect();
    for _ in 0..2 {
        let complete = call("complete", named(json!({"parts": parts}))).await.expect(200);
        assert_eq!((&complete["key"], &complete["location"]), (&begun["key"], &begun["key"]));
    }
    let got = backend.at(Method::GET, &key).send().await;
    assert_eq!((got.text.as_str(), got.header("content-type")), ("abcdefghijkl", Some("video/mp4")));
    let across = backend.at(Method::GET, &key).header("range", "bytes=3-8").send().await;
    assert_eq!((across.status, across.text.as_str()), (206, "defghi"));
    until("parts that are not used are gone", async || backend.objects_on_disk(&dev.id) == (3, 12)).await;
    call("presigned-url", named(json!({"partNumber": 1}))).await.expect_error(404, "file/not-found");
    call("abort", named(json!({}))).await.expect_error(404, "file/not-found");
    let body = json!({"s3Key": key, "originalName": "film.mp4", "mimeType": "video/mp4", "size": 12});
    let file = backend.post("/v1/files", &body).key(&secret).send().await.expect(201);
    assert_eq!((&file["size"], &file["visibility"]), (&json!(12), &json!("public")));
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let (backend, dev, secret) = started().await;
    let init = json!({"filename": "film.mp4", "contentType": "video/mp4", "fileSize": 12});
    let begun = backend.post("/v1/files/multipart/init", &init).key(&secret).send().await.expect(200);
    let mut named = json!({"key": begun["key"], "uploadId": begun["uploadId"], "partNumber": 1});
    let part = backend.post("/v1/files/multipart/presigned-url", &named).key(&secret).send().await.expect(200);
    backend.put(&part["url"].text(), "bytes").await.expect(200);
    named["uploadId"] = "another".into();
    let refused = backend.post("/v1/files/multipart/abort", &named).key(&secret).send().await;
    refused.expect_error(404, "file/not-found");
    named["uploadId"] = begun["uploadId"].clone();
    let aborted = backend.post("/v1/files/multipart/abort", &named).key(&secret).send().await.expect(200);
    assert_eq!((&aborted["data"], &aborted["success"]), (&json!({"success": true, "key": begun["key"]}), &json!(true)));
    until("its part is gone", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
    backend.put(&part["url"].text(), "bytes").await.expect_error(404, "file/not-found");
    for (body, code) in [
        (json!({"filename": "a", "contentType": "a/b"}), "common/invalid-parameters"),
        (json!({"filename": "a", "contentType": "a/b", "fileSize": 0}), "file/file-too-small"),
        (json!({"filename": "a", "contentType": "a/b", "fileSize": -1}), "file/size-negative"),
    ] {
        backend.post("/v1/files/multipart/init", &body).key(&secret).send().await.expect_error(400, code);
    }
}

#[tokio::test]
async fn no_key_of_another_environment_reaches_a_file() {
    let (backend, dev, secret) = started().await;
    let staging = backend.environment("staging").await;
    let theirs = backend.secret_key(&staging, "server", &[]).await;
    let file = backend.file(&secret, "word.txt", &json!({}), b"marker").await;
    let path = format!("/v1/files/{}", file["id"].text());
    for key in [&staging.key, &theirs] {
        for (method, rest) in
            [(Method::GET, ""), (Method::PATCH, ""), (Method::DELETE, ""), (Method::POST, "/download-url")]
        {
            let answer = backend.request(method, &format!("{path}{rest}")).key(key).header("x-environment", "dev");
            let answer = answer.json(&json!({})).send().await;
            assert!(matches!(answer.status, 401 | 404), "{}", answer.text);
        }
        assert_eq!(backend.get("/v1/files").key(key).send().await.expect(200)["pagination"]["total"], 0);
        let answer = backend.at(Method::GET, &file["s3Key"].text()).key(key).send().await;
        answer.expect_error(403, "file/access-denied");
    }
    let mut body = json!({"s3Key": file["s3Key"], "originalName": "a", "mimeType": "a/b", "size": 1});
    backend.post("/v1/files", &body).key(&theirs).send().await.expect_error(400, "file/invalid-path");
    body["s3Key"] = file["s3Key"].text().replace(&dev.id, &staging.id).into();
    backend.post("/v1/files", &body).key(&theirs).send().await.expect_error(400, "file/invalid-path");
    // A URL that one environment signed is nothing to another.
    let url = backend.presigned(&theirs, &png("a.png")).await["url"].text();
    backend.put(&url.replace(&staging.id, &dev.id), "bytes").await.expect_error(403, "file/access-denied");
    // And what goes with an environment goes with its objects.
    backend.operator(Method::DELETE, &format!("/environments/{}", staging.id)).send().await.expect(202);
    backend.until_gone(&staging.id).await;
    backend.put(&url, "bytes").await.expect_error(404, "data/environment-not-found");
}

#[tokio::test]
async fn the_operator_reaches_files_through_the_management_plane() {
    let (backend, dev, _) = started().await;
    let files = |rest: &str| format!("/environments/{}/v1/files{rest}", dev.id);
    let address = backend.operator(Method::POST, &files("/presigned-url")).json(&png("a.png")).send().await.expect(200);
    backend.put(&address["url"].text(), "bytes").await.expect(200);
    let body = json!({"s3Key": address["key"], "originalName": "a.png", "mimeType": "image/png", "size": 5});
    let file = backend.operator(Method::POST, &files("")).json(&body).send().await.expect(201);
    let list = backend.operator(Method::GET, &files("")).send().await.expect(200);
    assert_eq!(list["items"][0]["id"], file["id"]);
    let path = files(&format!("/{}", file["id"].text()));
    backend.operator(Method::DELETE, &path).send().await.expect(200);
    backend.operator(Method::GET, &path).send().await.expect_error(404, "file/not-found");
}

#[tokio::test]
async fn usage_counts_files_and_their_bytes() {
    let (backend, dev, secret) = started().await;
    let usage = async |files: u64, bytes: u64| {
        until(&format!("{files} files of {bytes} bytes"), async || {
            let path = format!("/environments/{}", dev.id);
            let usage = backend.operator(Method::GET, &path).send().await.expect(200)["usage"].clone();
            (&usage["files"], &usage["bytes"]) == (&json!(files), &json!(bytes))
        })
        .await;
    };
    let file = backend.file(&secret, "a.txt", &json!({}), b"12345").await;
    usage(1, 5).await;
    let address = backend.presigned(&secret, &png("b.png")).await;
    usage(1, 5).await;
    backend.put(&address["url"].text(), "123").await.expect(200);
    usage(2, 8).await;
    backend.put(&address["url"].text(), "1234567").await.expect(200);
    usage(2, 12).await;
    backend.delete(&format!("/v1/files/{}", file["id"].text())).key(&secret).send().await.expect(200);
    usage(1, 7).await;
    let backend = backend.killed_and_restarted().await;
    let usage = backend.until_status(&dev.id, "active").await["usage"].clone();
    assert!(usage["files"].is_u64());
    until("it is counted again", async || {
        let path = format!("/environments/{}", dev.id);
        let usage = backend.operator(Method::GET, &path).send().await.expect(200)["usage"].clone();
        (&usage["files"], &usage["bytes"]) == (&json!(1), &json!(7))
    })
    .await;
}

#[tokio::test]
async fn urls_begin_with_what_is_configured_and_keys_may_be_paths() {
    let config = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(config.path(), "key-style = \"path\"\n").expect("written");
    let arguments = ["--config", config.path().to_str().expect("text"), "--public-url", "https://files.example/api/"];
    let backend = Backend::start_with(&arguments, &[]).await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let address = backend.presigned(&secret, &png("a.png")).await;
    let path = address["key"].text();
    assert!(path.starts_with("/v1/objects/env_"), "{path}");
    let url = address["url"].text();
    assert!(url.starts_with(&format!("https://files.example/api{path}?")), "{url}");
    let here = url.replacen("https://files.example/api", &backend.url, 1);
    backend.put(&here, "bytes").await.expect(200);
    let body =
        json!({"s3Key": path, "originalName": "a.png", "mimeType": "image/png", "size": 5, "visibility": "public"});
    let file = backend.post("/v1/files", &body).key(&secret).send().await.expect(201);
    assert_eq!((&file["s3Key"], file["url"].text()), (&json!(path), format!("https://files.example/api{path}")));
}

#[tokio::test]
async fn a_page_from_anywhere_may_send_and_read_objects() {
    let (backend, _, secret) = started().await;
    let url = backend.presigned(&secret, &png("a.png")).await["url"].text();
    let preflight = backend
        .at(Method::OPTIONS, &url)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization,content-type,x-amz-acl")
        .send()
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert!(preflight.header("access-control-allow-methods").is_some_and(|methods| methods.contains("PUT")));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("*, Authorization"));
    let refused =
        backend.at(Method::PUT, &format!("{url}0")).header("origin", "https://app.example").body("x").send().await;
    assert_eq!(refused.header(header::ACCESS_CONTROL_ALLOW_ORIGIN.as_str()), Some("*"), "the page reads why");
    refused.expect_error(403, "file/access-denied");
}

#[tokio::test]
async fn followers_are_told_of_files() {
    let (backend, dev, secret) = started().await;
    let mut events = Events::open(backend.operator(Method::GET, "/events")).await;
    let file = backend.file(&secret, "a.txt", &json!({}), b"bytes").await;
    let told = events.find(|event| event.name == "file").await.data;
    assert_eq!((&told["environmentId"], &told["id"]), (&json!(dev.id), &file["id"]));
    backend.delete(&format!("/v1/files/{}", file["id"].text())).key(&secret).send().await.expect(200);
    assert_eq!(events.find(|event| event.name == "file.deleted").await.data["id"], file["id"]);
}
