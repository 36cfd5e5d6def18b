//! `bkend demo`: everything over a sample that is gone on exit.

use bkend_console::{
    cli::{Failure, Settings, launch::Demo, settings::LISTEN},
    client::Client,
    console::Options,
    domain::Clock,
};

use crate::{
    console,
    demo_folder::DemoFolder,
    embedded::{Embedded, apps, hold_alone, not_started},
    sample, sample_files, sample_traffic, serve,
    signals::Signals,
};

pub async fn run(demo: Demo, settings: Settings) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let folder =
        DemoFolder::create().map_err(|error| Failure::Failed(format!("a temporary folder cannot be made: {error}")))?;
    let embedded = tokio::select! {
        embedded = start(&demo, &folder, &settings) => embedded?,
        () = signals.next() => return Err(Failure::Interrupted),
    };
    if demo.headless {
        return serve::until_signalled(embedded, signals).await;
    }
    let options = console::options(&settings, demo.lines)?;
    // What `env use` chose is of the real data.
    let Settings { project, environment, .. } = settings;
    // Nothing of the sample is there the next time.
    let options = Options { clock: Clock::Fixed(sample::NOW), project, environment, session_file: None, ..options };
    console::over(embedded, options).await.map(drop)
}

async fn start(demo: &Demo, folder: &DemoFolder, settings: &Settings) -> Result<Embedded, Failure> {
    let directory = folder.path().join("data");
    sample::make(&directory, demo.environments, demo.rows).await?;
    let platform = hold_alone(|| sample::running(&directory, demo.provision_time)).await?;
    sample_traffic::count(&platform)?;
    let started = match demo.listen {
        Some(address) => Embedded::on_tcp(platform, address, Vec::new(), apps(settings)).await,
        None => Embedded::on_tcp_or_free_port(platform, settings.listen, apps(settings)).await,
    };
    let embedded = started.map_err(|error| not_started(&error))?;
    let client = Client::new(embedded.target(LISTEN))?;
    sample_files::write(&client, folder.path()).await?;
    Ok(embedded)
}
