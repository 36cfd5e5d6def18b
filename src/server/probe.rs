//! Proves a new environment from the outside, as far as that is possible from within: the requests
//! take the way of an app's through the real router, with the environment's real key.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::{credentials::Internal, router::Api};
use crate::{domain::ApiKey, platform::Probe};

/// A new environment has this table, writable with its first key, until it has been probed.
const TABLE: &str = "/v1/data/_bkend_probe";

/// Far beyond what two requests take, short enough to fail while somebody still watches.
const DEADLINE: Duration = Duration::from_secs(10);

/// A probe that goes through `api`.
pub fn through(api: Api) -> Probe {
    Arc::new(move |_, key| {
        let caller = Caller { api: api.clone(), key };
        Box::pin(async move {
            let late = |_| Err(format!("the environment did not answer within {} s", DEADLINE.as_secs()));
            tokio::time::timeout(DEADLINE, caller.round_trip()).await.unwrap_or_else(late)
        })
    })
}

struct Caller {
    api: Api,
    key: ApiKey,
}

impl Caller {
    /// Creates a record and gets it back. It goes with its table.
    async fn round_trip(self) -> Result<(), String> {
        let created = self.call(Method::POST, TABLE, Some(json!({"probe": true})), StatusCode::CREATED).await?;
        let id = created["id"].as_str().ok_or("the record that was created has no id")?;
        let found = self.call(Method::GET, &format!("{TABLE}/{id}"), None, StatusCode::OK).await?;
        if found["probe"] == json!(true) {
            Ok(())
        } else {
            Err("the record did not come back as it was written".into())
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        expected: StatusCode,
    ) -> Result<Value, String> {
        let what = format!("{method} {path}");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-api-key", self.key.expose())
            .header(header::CONTENT_TYPE, "application/json")
            .extension(Internal)
            .body(body.map_or_else(Body::empty, |json| Body::from(json.to_string())))
            .map_err(|error| format!("{what}: {error}"))?;
        // A header that is marked as sensitive is not printed by anything that prints requests.
        if let Some(key) = request.headers_mut().get_mut("x-api-key") {
            key.set_sensitive(true);
        }
        let response = self.api.clone().answer(request).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 64 * 1024).await.map_err(|error| format!("{what}: {error}"))?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status == expected {
            Ok(answer)
        } else {
            Err(format!("{what} answered {status}: {}", answer["message"].as_str().unwrap_or("without a message")))
        }
    }
}
