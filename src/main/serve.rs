//! `bkend serve`: the backend alone.

use bkend_console::cli::{Failure, Settings, launch::Serve, output};

use crate::{
    embedded::{Embedded, apps, config, hold_alone, not_started},
    signals::Signals,
};

pub async fn run(serve: Serve, settings: Settings) -> Result<(), Failure> {
    let signals = Signals::catch()?;
    let platform = hold_alone(|| config(&settings)).await?;
    let address = serve.listen.unwrap_or(settings.listen);
    let embedded = match Embedded::on_tcp(platform.clone(), address, serve.allowed_host, apps(&settings)).await {
        Ok(embedded) => embedded,
        Err(error) => {
            platform.close().await;
            return Err(not_started(&error));
        }
    };
    drop(platform);
    embedded.caught_up().await;
    until_signalled(embedded, signals).await
}

/// Says where it listens, and serves until it is told to end.
pub async fn until_signalled(embedded: Embedded, mut signals: Signals) -> Result<(), Failure> {
    let url = embedded.address().map(|address| format!("http://{address}")).unwrap_or_default();
    let announced = output::print(&format!("listening on {url}"));
    if announced.is_ok() {
        tracing::info!(url, "serving");
        signals.next().await;
        tracing::info!("ending: requests under way are answered first");
    }
    tokio::select! {
        () = embedded.stop() => announced,
        // Somebody is in a hurry. What is not written yet was not acknowledged either.
        () = signals.next() => Err(Failure::Interrupted),
    }
}
