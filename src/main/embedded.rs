//! A server in this process, and who else may hold the data directory.

use std::{io, net::SocketAddr, time::Duration};

use bkend_console::{
    cli::{Failure, Settings},
    client::{Client, Target, local},
    platform::{Config, Platform},
    server::{self, Listen, Options, Server, StartError, limits::Limits},
    store::directory::OpenError,
};
use tokio::time::{Instant, sleep};

/// How long a lock may be held by somebody who does not say where to find them: a command that is
/// about to end, or a server that is about to listen.
const PATIENCE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(50);

/// How long the end waits for environments that are being created or deleted. What is left then is
/// finished by the next start.
const JOBS: Duration = Duration::from_mins(1);

/// Who holds the data directory.
pub enum Holder {
    /// This process, from now on.
    Here(Platform),
    /// A server that answered.
    Server(Client),
}

/// Takes the data directory, or finds the server that has it.
pub async fn hold(config: impl Fn() -> Config) -> Result<Holder, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let held = match Platform::open(config()).await {
            Ok(platform) => return Ok(Holder::Here(platform)),
            Err(held @ OpenError::Held { .. }) => held,
            Err(OpenError::Store(error)) => return Err(Failure::Failed(error.to_string())),
        };
        // The files may be half a moment old: of a server that died, or that is not there yet.
        if let Ok(Some(target)) = local::target(&config().directory) {
            let client = Client::new(target).map_err(|error| Failure::Failed(error.to_string()))?;
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

/// Takes the data directory for a server that stays. One that has it already is a refusal.
pub async fn hold_alone(settings: &Settings, config: impl Fn() -> Config) -> Result<Platform, Failure> {
    match hold(config).await? {
        Holder::Here(platform) => Ok(platform),
        Holder::Server(client) => {
            let pid = local::announcement(&settings.data_dir).ok().flatten().map(|server| server.pid);
            let pid = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
            Err(Failure::Refused {
                code: "cli/data-directory-held",
                message: format!(
                    "{} is in use by {pid}, which listens on {}: stop it, or use another --data-dir",
                    settings.data_dir.display(),
                    client.url()
                ),
            })
        }
    }
}
