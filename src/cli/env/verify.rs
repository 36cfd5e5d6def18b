//! `bkend env verify`.

use serde::Serialize;

use super::super::{Failure, Session, columns::Heading, output::Cell};
use crate::{
    client::{self, verify::Proof},
    domain::api::{Environment, Project},
};

/// What `--json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    environment: &'a str,
    environment_id: &'a str,
    passed: bool,
    proofs: &'a [Proof],
}

pub async fn run(session: &Session, project: &Project, environment: &Environment) -> Result<(), Failure> {
    session.announce(project, Some(environment.name.as_str()));
    let others = session.client.environments(&project.id).await?.items;
    let proofs = client::verify(&session.client, project, environment, &others).await?;
    let passed = proofs.iter().all(|proof| proof.passed);
    let report = Report {
        environment: environment.name.as_str(),
        environment_id: environment.id.as_str(),
        passed,
        proofs: &proofs,
    };
    session.output().result(&report, || {
        let line = |proof: &Proof| {
            let verdict = if proof.passed { Cell::good("isolated") } else { Cell::bad("NOT ISOLATED") };
            vec![proof.kind.as_str().into(), verdict, proof.detail.as_str().into()]
        };
        session.output().table(
            &[Heading::new("KIND"), Heading::new("RESULT"), Heading::new("HOW").cut(20)],
            proofs.iter().map(line).collect(),
        )
    })?;
    if passed {
        Ok(())
    } else {
        Err(Failure::Failed(format!("{} can be reached from another environment", environment.name)))
    }
}
