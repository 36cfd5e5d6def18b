//! What has not been read of a request when its answer is ready.
//!
//! A connection goes on only from the end of a request. The HTTP layer gives up on one whose body
//! has not arrived yet, and closes it without having said so: a client that sends its next request
//! at that moment loses it. So a short rest is read before the answer goes out, and a longer one is
//! answered with `Connection: close`.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

/// Less than this is cheaper to read than a new connection is to make.
const SHORT: usize = 64 * 1024;
/// For a rest that is on its way already.
const PATIENCE: Duration = Duration::from_millis(250);

/// Ends every request before its answer.
pub async fn settle<F: Future<Output = Response>>(request: Request, next: impl FnOnce(Request) -> F) -> Response {
    let (request, remainder) = Remainder::watch(request);
    let mut response = next(request).await;
    if let Some(remainder) = remainder {
        remainder.settle(&mut response).await;
    }
    response
}

/// Where the body of a request leaves what nobody has read of it.
#[derive(Debug)]
struct Remainder(Arc<Mutex<Rest>>);

#[derive(Debug)]
enum Rest {
    Nothing,
    Unread(Body),
    /// The client waits to be asked for it (`Expect: 100-continue`), and has not been.
    Unasked,
}

impl Remainder {
    /// Watches the body of a request that has one.
    fn watch(request: Request) -> (Request, Option<Self>) {
        if request.body().is_end_stream() {
            return (request, None);
        }
        let asked = !request.headers().contains_key(header::EXPECT);
        let rest = Arc::new(Mutex::new(Rest::Nothing));
        let remainder = Self(Arc::clone(&rest));
        let request = request.map(|body| Body::new(Watched { body, asked, ended: false, rest }));
        (request, Some(remainder))
    }

    /// Reads the rest, or announces the end of the connection.
    async fn settle(self, response: &mut Response) {
        let finished = match put(&self.0, Rest::Nothing) {
            Rest::Nothing => true,
            Rest::Unread(body) => timeout(PATIENCE, discard(body)).await.unwrap_or(false),
            Rest::Unasked => false,
        };
        if !finished {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

async fn discard(mut body: Body) -> bool {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > SHORT {
            return false;
        }
    }
    true
}

fn put(rest: &Mutex<Rest>, value: Rest) -> Rest {
    mem::replace(&mut rest.lock().unwrap_or_else(PoisonError::into_inner), value)
}

/// A body that leaves its rest behind when it is dropped.
struct Watched {
    body: Body,
    asked: bool,
    ended: bool,
    rest: Arc<Mutex<Rest>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.asked = true;
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.ended = !matches!(frame, Some(Ok(_))) || self.body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended {
            let left = if self.asked { Rest::Unread(mem::take(&mut self.body)) } else { Rest::Unasked };
            put(&self.rest, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// What the answer to a request says of the connection when `read` frames of its body are read.
    async fn connection(chunks: &[usize], expect: bool, read: usize) -> Option<HeaderValue> {
        let chunks: Vec<_> = chunks.iter().map(|&length| Ok::<_, Error>(vec![b'x'; length])).collect();
        let mut request = Request::new(Body::from_stream(stream::iter(chunks)));
        if expect {
            request.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        }
        let (request, remainder) = Remainder::watch(request);
        let mut body = request.into_body();
        for _ in 0..read {
            body.frame().await;
        }
        drop(body);
        let mut response = Response::default();
        remainder.expect("there is a body").settle(&mut response).await;
        response.headers_mut().remove(header::CONNECTION)
    }

    #[tokio::test]
    async fn a_short_rest_is_read_and_a_long_one_ends_the_connection() {
        assert_eq!(connection(&[SHORT], false, 0).await, None);
        assert_eq!(connection(&[SHORT, 1], false, 0).await, Some(HeaderValue::from_static("close")));
        assert_eq!(connection(&[SHORT, 1], false, 1).await, None);
    }

    #[tokio::test]
    async fn a_body_that_was_read_to_its_end_leaves_nothing() {
        assert_eq!(connection(&[SHORT, SHORT], false, 3).await, None);
        assert_eq!(connection(&[SHORT], true, 2).await, None);
    }

    #[tokio::test]
    async fn a_client_that_was_not_asked_for_its_body_is_not_asked_for_it_to_be_thrown_away() {
        assert_eq!(connection(&[1], true, 0).await, Some(HeaderValue::from_static("close")));
    }

    #[test]
    fn a_request_without_a_body_is_not_watched() {
        assert!(Remainder::watch(Request::new(Body::empty())).1.is_none());
    }
}
