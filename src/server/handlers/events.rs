//! What changes, as it changes: server-sent events (WHATWG HTML, section 9.2).

use std::convert::Infallible;

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};

use crate::server::{App, error::Problem, query::Parameters, stopped};

const LAST_EVENT_ID: &str = "last-event-id";

/// Watch everything that changes. A stream resumed from an `X-Event-Id` or from the last `id:` seen
/// misses nothing; `event: reset` says that what lay between is no longer known.
#[utoipa::path(get, path = "/management/v1/events", tag = "events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "Resume behind this event."),
        ("lastEventId" = Option<String>, Query, description = "The same, for clients that cannot set headers."),
    ),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn stream(
    State(app): State<App>,
    headers: HeaderMap,
    query: Parameters,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let from = resume_point(&headers, &query)?;
    let permit = app.event_streams.clone().try_acquire_owned().map_err(|_| {
        Problem::overloaded("Too many event streams are open: close one, or read the resources from time to time")
    })?;
    let subscription = app.platform.subscribe(from);
    let events = stream::unfold((subscription, permit), async |(mut subscription, permit)| {
        let (id, event) = subscription.next().await?;
        let frame = Event::default().id(id.to_string()).event(event.name()).data(event.data());
        Some((Ok(frame), (subscription, permit)))
    });
    // A first byte tells a client that it is connected, long before anything happens.
    let greeting = stream::iter([Ok(Event::default().comment("connected"))]);
    let events = greeting.chain(events).take_until(stopped(app.stopping.clone()));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(app.limits.event_silence)))
}

fn resume_point(headers: &HeaderMap, query: &Parameters) -> Result<Option<u64>, Problem> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default());
    let Some(text) = header.or_else(|| query.get("lastEventId")).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| Problem::invalid("An event's id is a decimal number: resume from the last one seen"))
}
