//! A load generator that costs little itself: prepared HTTP/1.1 requests over kept-alive
//! connections, and answers read only as far as needed to find their end.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Result;

/// A request as bytes.
#[derive(Clone)]
pub struct Request(Arc<[u8]>);

impl Request {
    pub fn new(method: &str, path: &str, key: &str, body: &str) -> Self {
        let key = if key.is_empty() { String::new() } else { format!("X-API-Key: {key}\r\n") };
        Self::with(method, path, &key, body)
    }

    /// As an app sends it for somebody who is signed in.
    pub fn of_user(method: &str, path: &str, key: &str, token: &str, body: &str) -> Self {
        Self::with(method, path, &format!("X-API-Key: {key}\r\nAuthorization: Bearer {token}\r\n"), body)
    }

    fn with(method: &str, path: &str, credentials: &str, body: &str) -> Self {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{credentials}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self(text.into_bytes().into())
    }
}

pub struct Load {
    pub requests: usize,
    pub latencies: Vec<Duration>,
    pub took: Duration,
}

/// Keeps `connections` busy for `round`; request `n` is made by `request(n)`.
pub async fn run(
    address: SocketAddr,
    connections: usize,
    round: Duration,
    request: &impl Fn(usize) -> Request,
) -> Result<Load> {
    let began = Instant::now();
    let counter = AtomicUsize::new(0);
    let mut workers: FuturesUnordered<_> = (0..connections)
        .map(|_| async {
            let mut connection = Connection::open(address).await?;
            let mut latencies = Vec::new();
            while began.elapsed() < round {
                let sent = Instant::now();
                connection.exchange(&request(counter.fetch_add(1, Ordering::Relaxed))).await?;
                latencies.push(sent.elapsed());
            }
            Result::Ok(latencies)
        })
        .collect();
    let mut latencies = Vec::new();
    while let Some(worker) = workers.next().await {
        latencies.extend(worker?);
    }
    Ok(Load { requests: latencies.len(), latencies, took: began.elapsed() })
}

/// Makes `count` records and returns their ids, in the order of the requests.
pub async fn fill(
    address: SocketAddr,
    count: usize,
    connections: usize,
    request: impl Fn(usize) -> Request,
) -> Result<Vec<String>> {
    let next = AtomicUsize::new(0);
    let mut workers: FuturesUnordered<_> = (0..connections)
        .map(|_| async {
            let mut connection = Connection::open(address).await?;
            let mut ids = Vec::new();
            loop {
                let row = next.fetch_add(1, Ordering::Relaxed);
                if row >= count {
                    return Result::Ok(ids);
                }
                let body = connection.exchange(&request(row)).await?;
                let answer: serde_json::Value = serde_json::from_slice(body)?;
                ids.push((row, answer["id"].as_str().ok_or("a record without an id")?.to_owned()));
            }
        })
        .collect();
    let mut ids = Vec::new();
    while let Some(worker) = workers.next().await {
        ids.extend(worker?);
    }
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024] })
    }

    /// Sends one request and returns the body of its answer, which must be a success.
    async fn exchange(&mut self, request: &Request) -> Result<&[u8]> {
        self.stream.write_all(&request.0).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            filled += read;
            if let Some((start, end)) = extent(&self.buffer[..filled])?
                && filled >= end
            {
                if !self.buffer.starts_with(b"HTTP/1.1 20") {
                    return Err(String::from_utf8_lossy(&self.buffer[..end]).into_owned().into());
                }
                return Ok(&self.buffer[start..end]);
            }
        }
    }
}

/// Where the body of an answer starts and ends, once its head is complete.
fn extent(answer: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let length = text
        .split("\r\n")
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|l| l.trim().parse::<usize>()))
        .ok_or("an answer without a length")??;
    Ok(Some((head + 4, head + 4 + length)))
}
