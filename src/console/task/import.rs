//! An export read, and what its plan says brought into an environment.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Error, Meter};
use crate::{
    client::{
        Client,
        import::{Choices, Folder, Importer, Plan, Wanted, report},
    },
    domain::{EnvironmentId, api::Environment},
};

/// A plan that somebody agreed to.
#[derive(Debug)]
pub struct Agreed {
    pub environment: EnvironmentId,
    pub plan: Box<Plan>,
    pub choices: Choices,
}

/// The first reading: nothing is written.
pub async fn survey(
    client: &Client,
    project: &str,
    environment: &Environment,
    wanted: &Wanted,
    meter: &Meter,
    stop: &CancellationToken,
) -> Result<Box<Plan>, Error> {
    let directory = wanted.directory.clone();
    let pages = tokio::task::spawn_blocking(move || Folder::read(&directory).map(|folder| folder.pages()));
    if let Ok(Ok(pages)) = pages.await {
        meter.expect(pages);
    }
    Ok(Box::new(importer(client, meter, stop).plan(project, environment, wanted).await?))
}

/// The second one, which sends.
pub async fn import(
    client: &Client,
    agreed: &Agreed,
    meter: &Meter,
    stop: &CancellationToken,
) -> Result<String, Error> {
    meter.expect(agreed.plan.amount());
    let importer = importer(client, meter, stop);
    let outcome = importer.carry_out(&agreed.environment, &agreed.plan, agreed.choices).await?;
    Ok(report::summary(&outcome))
}

fn importer(client: &Client, meter: &Meter, stop: &CancellationToken) -> Importer {
    let meter = meter.clone();
    let watch = Arc::new(move |step: &crate::client::import::Step<'_>| meter.add(step.more()));
    Importer { client: client.clone(), stopping: stop.clone(), watch }
}
