//! Reading the event stream as a browser would.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use serde_json::Value;

use super::{Call, PATIENCE};

/// One event as it came over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: u64,
    pub name: String,
    pub data: Value,
}

pub struct Events {
    bytes: BoxStream<'static, Bytes>,
    unread: String,
}

impl Events {
    pub async fn open(call: Call) -> Self {
        let response = call.stream().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { bytes: whole(response.bytes_stream()), unread: String::new() }
    }

    /// The next event; comments are passed over. `None` when the stream ends.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("an event in time")
    }

    /// The next event that fits.
    pub async fn find(&mut self, fits: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if fits(&event) {
                return event;
            }
        }
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.unread.find("\n\n") {
                let event = parse(&self.unread[..end]);
                self.unread.drain(..end + 2);
                if event.is_some() {
                    return event;
                }
            }
            let bytes = self.bytes.next().await?;
            self.unread.push_str(std::str::from_utf8(&bytes).expect("events are sent whole"));
        }
    }
}

fn whole(bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static) -> BoxStream<'static, Bytes> {
    bytes.filter_map(async |chunk| chunk.ok()).boxed()
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = field("data")?;
    Some(Event {
        id: field("id").expect("every event has an id").parse().expect("a number"),
        name: field("event").expect("every event has a name").to_owned(),
        data: serde_json::from_str(data).expect("data is JSON"),
    })
}
