//! Whether the process lives, and whether it takes requests.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::server::{App, error::Problem};

/// Answers for as long as the process does anything at all.
pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Answers with an error once the server has begun to stop.
pub async fn readyz(State(app): State<App>) -> Result<Json<Value>, Problem> {
    if *app.stopping.borrow() {
        return Err(Problem::overloaded("The server is stopping: send the request to the one that follows it"));
    }
    Ok(Json(json!({"status": "ready"})))
}
