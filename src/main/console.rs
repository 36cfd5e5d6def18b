//! The console, and the backend it brings if there is none.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use bkend_console::{
    cli::{Failure, Settings, config::Color, launch::Lines, settings::LISTEN},
    client::Client,
    console::{self, BackendUsage, Config, Exit, Form, Options},
    domain::Clock,
};
use sha2::{Digest as _, Sha256};

use crate::{
    backend::elsewhere,
    background,
    embedded::{Embedded, Holder, apps, config, hold, not_started},
};

pub async fn run(settings: Settings, lines: Lines) -> Result<(), Failure> {
    if let Some(client) = elsewhere(&settings)? {
        return show(client, options(&settings, lines)?).await.map(drop);
    }
    let platform = match hold(|| config(&settings)).await? {
        Holder::Server(client) => return show(client, options(&settings, lines)?).await.map(drop),
        Holder::Here(platform) => platform,
    };
    let options = options(&settings, lines)?;
    let started = Embedded::on_tcp_or_free_port(platform, settings.listen, apps(&settings)).await;
    let embedded = started.map_err(|error| not_started(&error))?;
    let Some(address) = embedded.address() else { return Err(Failure::Failed("the backend has no address".into())) };
    let meter = embedded.meter();
    let usage = move || BackendUsage {
        app_requests: meter.app_requests(),
        // One of them is this console's own.
        other_consoles: meter.event_streams().saturating_sub(1),
    };
    let data_dir = settings.data_dir.clone();
    let wanted = settings.listen;
    let instead_of = (wanted.port() != 0 && wanted.port() != address.port()).then(|| wanted.to_string());
    let inside = console::Embedded { data_dir, address: address.to_string(), instead_of, usage: Arc::new(usage) };
    match over(embedded, Options { embedded: Some(inside), ..options }).await? {
        Exit::KeepBackend => background::serve(address, &settings).await,
        Exit::Quit | Exit::Terminated => Ok(()),
    }
}

/// Shows a backend of this process, and ends it.
pub async fn over(embedded: Embedded, options: Options) -> Result<Exit, Failure> {
    let exit = match Client::new(embedded.target(LISTEN)) {
        Ok(client) => show(client, options).await,
        Err(error) => Err(error.into()),
    };
    embedded.stop().await;
    exit
}

async fn show(client: Client, options: Options) -> Result<Exit, Failure> {
    console::run(client, options).await.map_err(|error| Failure::Failed(error.to_string()))
}

/// What is set and chosen, over a server elsewhere.
pub fn options(settings: &Settings, lines: Lines) -> Result<Options, Failure> {
    let choice = settings.context().choice(&settings.backend())?;
    let (project, environment) = choice.map(|choice| (choice.project, choice.environment.to_string())).unzip();
    let (config, mistakes) = Config::load(&settings.config_file);
    let of_chosen_project = settings.project.is_none() || settings.project == project;
    Ok(Options {
        clock: Clock::System,
        environment: settings.environment.clone().or(environment.filter(|_| of_chosen_project)),
        project: settings.project.clone().or(project),
        embedded: None,
        color: match settings.color {
            Color::Auto => console::ColorChoice::Auto,
            Color::Always => console::ColorChoice::Always,
            Color::Never => console::ColorChoice::Never,
        },
        config,
        mistakes,
        asked: settings.environment.is_some() || settings.project.is_some(),
        // A script gives the same whatever was open on a screen before.
        session_file: session_file(settings).filter(|_| !lines.plain || io::stdin().is_terminal()),
        form: match lines {
            Lines { plain: false, .. } => Form::Screen,
            Lines { follow: false, .. } => Form::Lines,
            Lines { .. } => Form::Log,
        },
    })
}

/// One for each data directory and server, beside the configuration.
fn session_file(settings: &Settings) -> Option<PathBuf> {
    let digest = Sha256::digest(settings.backend().as_bytes());
    let name = u64::from_be_bytes(*digest.first_chunk()?);
    Some(settings.config_file.parent()?.join("console").join(format!("{name:016x}.json")))
}
