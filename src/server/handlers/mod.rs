//! One file a resource. A handler reads the request, calls the platform, and names the status; every
//! rule it seems to lack is the platform's.

pub mod activity;
pub mod administration;
pub mod auth;
pub mod avatars;
pub mod design;
pub mod environments;
pub mod events;
pub mod files;
pub mod health;
pub mod imports;
pub mod keys;
pub mod metrics;
pub mod objects;
pub mod projects;
pub mod records;
pub mod row_sets;
pub mod tables;
pub mod users;

use axum::{
    Json,
    http::HeaderName,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{domain::api::EVENT_ID_HEADER, platform::Listed};

/// A page of a management list, with the event to resume from.
#[derive(Debug)]
pub struct Listing<T>(Listed<T>);

impl<T: Serialize> IntoResponse for Listing<T> {
    fn into_response(self) -> Response {
        let Listed { page, event_id } = self.0;
        ([(HeaderName::from_static(EVENT_ID_HEADER), event_id.to_string())], Json(page)).into_response()
    }
}
