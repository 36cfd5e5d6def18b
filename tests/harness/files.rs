//! Files as apps upload them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Backend, Call, Text};

impl Backend {
    /// A call to a URL that the server handed out.
    pub fn at(&self, method: Method, url: &str) -> Call {
        self.request(method, url.strip_prefix(&self.url).expect("a URL of this server"))
    }

    /// Asks for an address.
    pub async fn presigned(&self, key: &str, body: &Value) -> Value {
        self.post("/v1/files/presigned-url", body).key(key).send().await.expect(200)
    }

    pub async fn put(&self, url: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        self.at(Method::PUT, url).body(bytes).send().await
    }

    /// An address with these bytes at it, as the mobile apps leave one; answers its key.
    pub async fn uploaded(&self, key: &str, body: &Value, bytes: &'static [u8]) -> String {
        let address = self.presigned(key, body).await;
        self.put(&address["url"].text(), bytes).await.expect(200);
        address["key"].text()
    }

    /// A registered file of these bytes; `more` goes into the registration.
    pub async fn file(&self, key: &str, name: &str, more: &Value, bytes: &'static [u8]) -> Value {
        let mut body = json!({"originalName": name, "mimeType": "text/plain", "size": bytes.len()});
        let s3_key = self.uploaded(key, &json!({"filename": name, "contentType": "text/plain"}), bytes).await;
        body["s3Key"] = s3_key.into();
        for (field, value) in more.as_object().expect("an object") {
            body[field] = value.clone();
        }
        self.post("/v1/files", &body).key(key).send().await.expect(201)
    }

    /// How many bytes of files lie in an environment's folder, and in how many files.
    pub fn objects_on_disk(&self, environment: &str) -> (usize, u64) {
        let folder = self.data_dir().join("environments").join(environment).join("objects");
        // The first file makes the folder.
        let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
        // One that goes while it is looked at is not there.
        let sizes = entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len());
        sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size))
    }
}
