//! The HTTP server: both planes over the platform, on TCP or a Unix socket.
//!
//! | File | Idea |
//! |---|---|
//! | [`router`] | the table of contents: which path is which handler behind which credential |
//! | [`handlers`] | one file a resource, a few lines a call |
//! | [`credentials`], [`device`], [`host`], [`cors`], [`rate_limit`] | who is asking, with what, by which name, from which page, how often |
//! | [`path`], [`query`], [`precondition`], [`body`] | what is asked for, checked on the way in |
//! | [`range`], [`validators`], [`disposition`] | which bytes of an object, and how a browser takes them |
//! | [`transfer`] | bytes of a file on their way in |
//! | [`public_url`] | the address that URLs begin with |
//! | [`envelope`], [`error`], `refusal`, `file_refusal` | what is answered |
//! | [`openapi`] | the management plane's description of itself |
//! | [`probe`] | the first request of a new environment |
//! | [`listener`], [`connections`], [`peer`], [`remainder`], [`limits`] | connections: how many, how long, and how they end |

pub mod body;
pub mod connections;
pub mod cors;
pub mod credentials;
pub mod device;
pub mod disposition;
pub mod envelope;
pub mod error;
mod file_refusal;
pub mod handlers;
pub mod host;
pub mod limits;
pub mod listener;
pub mod openapi;
pub mod path;
pub mod peer;
pub mod precondition;
pub mod probe;
pub mod public_url;
pub mod query;
pub mod range;
pub mod rate_limit;
mod refusal;
pub mod remainder;
pub mod router;
pub mod transfer;
pub mod validators;

use std::{
    io,
    net::SocketAddr,
    num::NonZeroU32,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::FromRef;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    domain::envelope::Envelope,
    platform::{self, Platform},
};
use host::Hosts;
use limits::Limits;
use listener::Socket;
use public_url::{Addresses, Public};
use rate_limit::RateLimit;

/// Where to listen.
#[derive(Clone, Debug)]
pub enum Listen {
    /// Port 0 picks a free one.
    Tcp(SocketAddr),
    /// A socket file, for a process that nobody else should find. Its folder decides who may connect.
    #[cfg(unix)]
    Unix(PathBuf),
}

#[derive(Clone, Debug)]
pub struct Options {
    pub listen: Listen,
    /// Names beside the loopback ones that the management plane answers to.
    pub allowed_hosts: Vec<String>,
    /// Whether others may find this server through the data directory. Only a TCP address is announced.
    pub announce: bool,
    pub apps: AppSettings,
    pub limits: Limits,
}

/// What is settled of the data plane, as apps meet it.
#[derive(Clone, Debug, Default)]
pub struct AppSettings {
    pub public: Public,
    pub envelope: Envelope,
    /// Requests of a key in a minute; as many as it likes if absent.
    pub rate_limit: Option<NonZeroU32>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {place}: {source}")]
    Bind { place: String, source: io::Error },
    #[error(transparent)]
    Announce(#[from] platform::Error),
}

/// What every handler can reach.
#[derive(Debug)]
pub struct Context {
    pub platform: Platform,
    pub hosts: Hosts,
    pub addresses: Addresses,
    pub envelope: Envelope,
    pub rate_limit: Option<RateLimit>,
    pub limits: Limits,
    /// A permit for each event stream that may be open.
    pub event_streams: Arc<Semaphore>,
    /// Requests that an app's key admitted.
    pub app_requests: Arc<AtomicU64>,
    /// A permit for each large body that may be in memory.
    pub large_bodies: Semaphore,
    /// True once the server has begun to stop.
    pub stopping: watch::Receiver<bool>,
}

pub type App = Arc<Context>;

impl FromRef<App> for Platform {
    fn from_ref(app: &App) -> Self {
        app.platform.clone()
    }
}

/// A server that runs. [`Server::shutdown`] ends it and waits for that; dropping it only begins it.
#[derive(Debug)]
pub struct Server {
    address: Option<SocketAddr>,
    platform: Platform,
    announced: bool,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    meter: Meter,
}

/// Reads who uses a server, for whoever decides whether it may end.
#[derive(Clone, Debug)]
pub struct Meter {
    event_streams: Arc<Semaphore>,
    most_event_streams: usize,
    app_requests: Arc<AtomicU64>,
}

impl Meter {
    /// Requests of apps since the start.
    pub fn app_requests(&self) -> u64 {
        self.app_requests.load(Ordering::Relaxed)
    }

    /// Those who follow the events now.
    pub fn event_streams(&self) -> usize {
        self.most_event_streams.saturating_sub(self.event_streams.available_permits())
    }
}

/// Listens, and starts the platform's jobs with a probe through the router.
pub async fn start(platform: Platform, options: Options) -> Result<Server, StartError> {
    let socket = Socket::bind(&options.listen).await?;
    let address = socket.tcp_address();
    let (stop, stopping) = watch::channel(false);
    let event_streams = Arc::new(Semaphore::new(options.limits.event_streams));
    let app_requests = Arc::default();
    let app = Arc::new(Context {
        platform: platform.clone(),
        hosts: Hosts::new(address.map(|address| address.ip()), &options.allowed_hosts),
        envelope: options.apps.envelope,
        rate_limit: options.apps.rate_limit.map(RateLimit::new),
        addresses: Addresses { public: options.apps.public, listening: address },
        limits: options.limits,
        event_streams: Arc::clone(&event_streams),
        app_requests: Arc::clone(&app_requests),
        large_bodies: Semaphore::new(options.limits.large_bodies),
        stopping: stopping.clone(),
    });
    let api = router::Api::new(app);
    platform.start_jobs(probe::through(api.clone()));
    let accepting = tokio::spawn(listener::run(socket, api, options.limits, stopping));
    let meter = Meter { event_streams, most_event_streams: options.limits.event_streams, app_requests };
    let announced = options.announce && address.is_some();
    let server = Server { address, platform, announced, stop, accepting, meter };
    if server.announced {
        server.platform.announce(server.url().as_deref())?;
    }
    Ok(server)
}

impl Server {
    /// The TCP address, with the port that was picked.
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// The base URL; absent on a Unix socket.
    pub fn url(&self) -> Option<String> {
        self.address.map(|address| format!("http://{address}"))
    }

    /// Takes no more connections, ends event streams, lets requests under way finish within
    /// [`Limits::shutdown`], and cuts off the rest. The platform stays open.
    pub async fn shutdown(self) {
        if self.announced {
            self.platform.withdraw();
        }
        self.stop.send_replace(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "the server did not stop cleanly");
        }
    }
}

/// Resolves once the server has begun to stop.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
