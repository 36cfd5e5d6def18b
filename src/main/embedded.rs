//! A server in this process, and who else may hold the data directory.

use std::{io, net::SocketAddr, time::Duration};

use bkend_console::{
    cli::{Failure, Settings},
    client::{Client, Target, local},
    platform::{Config, OpenError, Platform},
    server::{self, AppSettings, Listen, Meter, Options, Server, StartError, limits::Limits, public_url::Public},
};
use tokio::time::{Instant, sleep};

use crate::{descriptors, private_folder::PrivateFolder};

/// How long a lock may be held by somebody who does not say where to find them: a command that is
/// about to end, or a server that is about to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// The name of the socket in its folder.
const SOCKET: &str = "socket";

const PAUSE: Duration = Duration::from_millis(50);

/// How long a new server waits for the environments it finds unfinished.
const CATCHING_UP: Duration = Duration::from_secs(1);

/// How long the end waits for environments that are being created or deleted. What is left then is
/// finished by the next start.
const JOBS: Duration = Duration::from_mins(1);

/// Who holds the data directory.
#[derive(Debug)]
pub enum Holder {
    /// This process, from now on.
    Here(Platform),
    /// A server that answered.
    Server(Client),
}

/// A platform as it is configured.
pub fn config(settings: &Settings) -> Config {
    let config = Config::new(&settings.data_dir);
    let max_file_size = settings.max_file_size.unwrap_or(config.max_file_size);
    Config { max_file_size, ..config }
}

/// The data plane, as it is configured.
pub fn apps(settings: &Settings) -> AppSettings {
    AppSettings {
        public: Public { url: settings.public_url.clone(), key_style: settings.key_style },
        envelope: settings.envelope,
        rate_limit: settings.rate_limit,
    }
}

/// Takes the data directory, or finds the server that has it.
pub async fn hold(config: impl Fn() -> Config) -> Result<Holder, Failure> {
    descriptors::allow_all();
    let directory = &config().directory;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let held = match Platform::open(config()).await {
            Ok(platform) => return Ok(Holder::Here(platform)),
            Err(held @ OpenError::Held { .. }) => held,
            Err(OpenError::Store(error)) => {
                return Err(Failure::Failed(format!(
                    "the data directory {} cannot be used ({error}): mend it, or choose another with --data-dir",
                    directory.display()
                )));
            }
        };
        // The files may be a moment old: of a server that died, or is not there yet.
        if let Ok(Some(target)) = local::target(directory) {
            let client = Client::new(target)?;
            if client.health().await.is_ok() {
                return Ok(Holder::Server(client));
            }
        }
        if Instant::now() >= deadline {
            return Err(Failure::Unavailable(held.to_string()));
        }
        sleep(PAUSE).await;
    }
}

/// Takes the data directory for a server that stays; one that has it already is a refusal.
pub async fn hold_alone(config: impl Fn() -> Config) -> Result<Platform, Failure> {
    match hold(&config).await? {
        Holder::Here(platform) => Ok(platform),
        Holder::Server(client) => {
            let directory = &config().directory;
            let holder = local::announcement(directory).ok().flatten();
            let process = holder.map_or_else(|| "another process".to_owned(), |held| format!("process {}", held.pid));
            Err(Failure::Refused {
                code: "cli/data-directory-held",
                message: format!(
                    "{} is in use by {process}, which listens on {}: stop it, or use another --data-dir",
                    directory.display(),
                    client.url()
                ),
            })
        }
    }
}

/// A server in this process. It ends with [`Embedded::stop`].
#[derive(Debug)]
pub struct Embedded {
    server: Server,
    platform: Platform,
    /// Holds the socket of a server that nobody else should find.
    folder: Option<PrivateFolder>,
}

impl Embedded {
    /// Listens for apps and other commands.
    pub async fn on_tcp(
        platform: Platform,
        address: SocketAddr,
        allowed_hosts: Vec<String>,
        apps: AppSettings,
    ) -> Result<Self, StartError> {
        let listen = Listen::Tcp(address);
        let options = Options { listen, allowed_hosts, announce: true, apps, limits: Limits::default() };
        let server = server::start(platform.clone(), options).await?;
        Ok(Self { server, platform, folder: None })
    }

    /// The same, on a free port if this one is taken.
    pub async fn on_tcp_or_free_port(
        platform: Platform,
        address: SocketAddr,
        apps: AppSettings,
    ) -> Result<Self, StartError> {
        match Self::on_tcp(platform.clone(), address, Vec::new(), apps.clone()).await {
            Err(StartError::Bind { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
                Self::on_tcp(platform, SocketAddr::new(address.ip(), 0), Vec::new(), apps).await
            }
            other => other,
        }
    }

    /// Waits for what was begun before: the first environment of a new directory, or what an
    /// earlier process did not finish. Too long a work is left to go on behind the requests.
    pub async fn caught_up(&self) {
        let _ = self.platform.settled(CATCHING_UP).await;
    }

    /// Listens on a socket that nobody else can reach, for one command.
    pub async fn unseen(platform: Platform, apps: AppSettings) -> Result<Self, Failure> {
        let folder = PrivateFolder::create()
            .map_err(|error| Failure::Failed(format!("a temporary folder cannot be made: {error}")))?;
        let options = Options {
            listen: Listen::Unix(folder.path().join(SOCKET)),
            allowed_hosts: Vec::new(),
            announce: false,
            apps,
            limits: Limits::default(),
        };
        let server = server::start(platform.clone(), options).await.map_err(|error| not_started(&error))?;
        Ok(Self { server, platform, folder: Some(folder) })
    }

    /// The address, with the port that was picked.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.address()
    }

    pub fn meter(&self) -> Meter {
        self.server.meter()
    }

    /// As its operator reaches it. On a socket, `instead` is the address that it answers for.
    pub fn target(&self, instead: SocketAddr) -> Target {
        let address = self.server.address().unwrap_or(instead);
        let socket = self.folder.as_ref().map(|folder| folder.path().join(SOCKET));
        Target { url: format!("http://{address}"), token: self.platform.operator_token().clone(), socket }
    }

    /// Answers what is under way, and lets go of the data directory.
    pub async fn stop(self) {
        self.server.shutdown().await;
        self.platform.close().await;
    }

    /// The same after the end of every creation and deletion: the command that began them was the
    /// only one who could have watched.
    pub async fn finish(self) {
        if let Err(left) = self.platform.settled(JOBS).await {
            tracing::warn!(left, "environments are still being created or deleted; the next command goes on with them");
        }
        self.stop().await;
    }
}

pub fn not_started(error: &StartError) -> Failure {
    match error {
        StartError::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
            Failure::Refused { code: "cli/address-in-use", message: format!("{error}: choose another with --listen") }
        }
        _ => Failure::Failed(error.to_string()),
    }
}
