//! Connections: accepted one by one up to a bound, served, and brought to an end.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
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
};

use super::{
    Listen, StartError,
    connections::{Answer, Connections, Usage, Used},
    device::PeerAddress,
    limits::Limits,
    peer::Peer,
    router::Api,
    stopped,
};

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

/// Accepts and serves until `stopping`, then drains.
pub async fn run(socket: Socket, api: Api, limits: Limits, stopping: watch::Receiver<bool>) {
    let mut connections = Connections::new(limits.connections);
    let mut stop = pin!(stopped(stopping.clone()));
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            () = connections.ended() => continue,
            accepted = socket.accept() => accepted,
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) if concerns_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        // One more than may be open is in hand here, because only who has come can be made room for.
        tokio::select! {
            () = &mut stop => break,
            () = connections.room() => {}
        }
        let (api, stopping) = (api.clone(), stopping.clone());
        match accepted {
            Accepted::Tcp(stream, address) => {
                let address = Some(PeerAddress(address));
                connections.open(|usage| serve(stream, address, usage, api, limits, stopping));
            }
            #[cfg(unix)]
            Accepted::Unix(stream) => connections.open(|usage| serve(stream, None, usage, api, limits, stopping)),
        }
    }
    drop(socket);
    connections.drain(limits.shutdown).await;
}

async fn serve<S>(
    stream: S,
    address: Option<PeerAddress>,
    usage: Arc<Usage>,
    api: Api,
    limits: Limits,
    stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_patience);
    // What is past these, or has a URI of more than 65,534 bytes, hyper answers itself, and gives no way to add a body.
    // The buffer alone would let a longer head pass when it arrives in one piece.
    http.max_header_size(limits.head).max_buf_size(limits.head);
    let peer = TokioIo::new(Peer::new(stream, Arc::clone(&usage), limits.write_patience));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (api, used) = (api.clone(), Used::by_a_request(&usage));
        let mut request = request.map(Body::new);
        if let Some(address) = address {
            request.extensions_mut().insert(address);
        }
        async move { Ok::<_, Infallible>(api.answer(request).await.map(|body| Answer { body, used })) }
    });
    let mut connection = pin!(http.serve_connection(peer, service));
    let asked_to_end = async {
        tokio::select! {
            () = stopped(stopping) => {}
            () = usage.asked_to_end() => {}
        }
    };
    let ended = tokio::select! {
        biased;
        // A request that has arrived is answered first.
        ended = connection.as_mut() => ended,
        () = asked_to_end => {
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
