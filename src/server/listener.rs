//! Connections: accepted one by one up to a bound, served, and brought to an end.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};

#[cfg(unix)]
use std::path::PathBuf;

use axum::body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::{Listen, StartError, device::PeerAddress, limits::Limits, peer::Peer, router::Api, stopped};

/// How long to leave the kernel alone when it has no descriptor left for a connection.
const EXHAUSTED: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub enum Socket {
    Tcp(TcpListener, SocketAddr),
    /// Owns its file: it is removed when the server stops.
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
}

enum Accepted {
    Tcp(TcpStream, IpAddr),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    pub async fn bind(listen: &Listen) -> Result<Self, StartError> {
        match listen {
            Listen::Tcp(address) => {
                Self::tcp(*address).await.map_err(|source| StartError::Bind { place: address.to_string(), source })
            }
            #[cfg(unix)]
            Listen::Unix(path) => UnixListener::bind(path)
                .map(|listener| Self::Unix(listener, path.clone()))
                .map_err(|source| StartError::Bind { place: path.display().to_string(), source }),
        }
    }

    async fn tcp(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self::Tcp(listener, address))
    }

    pub const fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, address) => Some(*address),
            #[cfg(unix)]
            Self::Unix(..) => None,
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener, _) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small and complete: waiting to fill a segment only delays them.
                stream.set_nodelay(true)?;
                Ok(Accepted::Tcp(stream, peer.ip()))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => listener.accept().await.map(|(stream, _)| Accepted::Unix(stream)),
        }
    }
}

#[cfg(unix)]
impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Accepts and serves until `stopping`, then drains. Owns every connection's task.
pub async fn run(socket: Socket, api: Api, limits: Limits, stopping: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut stop = pin!(stopped(stopping.clone()));
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = socket.accept(), if connections.len() < limits.connections => accepted,
        };
        let (api, stopping) = (api.clone(), stopping.clone());
        match accepted {
            Ok(Accepted::Tcp(stream, address)) => {
                let address = Some(PeerAddress(address));
                drop(connections.spawn(serve(stream, address, api, limits, stopping)));
            }
            #[cfg(unix)]
            Ok(Accepted::Unix(stream)) => drop(connections.spawn(serve(stream, None, api, limits, stopping))),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
    drop(socket);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.shutdown, drained).await.is_err() {
        tracing::warn!(connections = connections.len(), "cutting off connections that did not end in time");
        connections.shutdown().await;
    }
}

async fn serve<S>(stream: S, address: Option<PeerAddress>, api: Api, limits: Limits, stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_patience);
    // The buffer alone would let a longer head pass when it arrives in one piece.
    http.max_header_size(limits.head).max_buf_size(limits.head);
    let peer = TokioIo::new(Peer::new(stream, limits.write_patience));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let api = api.clone();
        let mut request = request.map(Body::new);
        if let Some(address) = address {
            request.extensions_mut().insert(address);
        }
        async move { Ok::<_, Infallible>(api.answer(request).await) }
    });
    let mut connection = pin!(http.serve_connection(peer, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Errors of accept(2) that say nothing about the next connection.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput | NotConnected)
}
