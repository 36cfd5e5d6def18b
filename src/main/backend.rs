//! The server that a command asks: one elsewhere, the one that holds the data directory, or one in
//! this process that ends with the command.

use bkend_console::{
    cli::{Failure, Session, Settings},
    client::{self, Client, Target},
};

use tokio_util::sync::CancellationToken;

use crate::embedded::{Embedded, Holder, apps, config, hold};

pub struct Backend {
    pub session: Session,
    embedded: Option<Embedded>,
}

impl Backend {
    pub async fn find(settings: Settings) -> Result<Self, Failure> {
        if let Some(client) = elsewhere(&settings)? {
            return Ok(Self { session: session(client, settings, true), embedded: None });
        }
        match hold(|| config(&settings)).await? {
            Holder::Server(client) => Ok(Self { session: session(client, settings, true), embedded: None }),
            Holder::Here(platform) => {
                let embedded = Embedded::unseen(platform, apps(&settings)).await?;
                embedded.caught_up().await;
                // Where the console or `bkend serve` would listen: the socket answers for it.
                let target = embedded.target(settings.listen);
                let client = Client::new(target)?;
                Ok(Self { session: session(client, settings, false), embedded: Some(embedded) })
            }
        }
    }

    /// Ends a server of this process once its jobs are done.
    pub async fn finish(self) {
        let Self { session, embedded } = self;
        // Its idle connections would hold the server's end up.
        drop(session);
        if let Some(embedded) = embedded {
            embedded.finish().await;
        }
    }
}

fn session(client: Client, settings: Settings, listening: bool) -> Session {
    Session { client, settings, listening, stopping: CancellationToken::new() }
}

/// The server at `--url`, with the token of the environment. Never with the local directory's: it
/// would be sent to whoever answers there.
pub fn elsewhere(settings: &Settings) -> Result<Option<Client>, Failure> {
    let Some(url) = &settings.url else { return Ok(None) };
    let token = std::env::var("BKEND_TOKEN").unwrap_or_default();
    if token.is_empty() {
        return Err(Failure::Unavailable(format!(
            "{url} needs its operator's token: set BKEND_TOKEN to what operator.token in its data directory holds"
        )));
    }
    let target = Target { url: url.clone(), token: token.into(), socket: None };
    Client::new(target).map(Some).map_err(|error| match error {
        client::Error::Malformed { reason, .. } => Failure::Usage(format!("--url {url}: {reason}")),
        other => other.into(),
    })
}
