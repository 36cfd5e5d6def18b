//! Isolation proved from outside: over HTTP, with real keys, as an app would try it.
//!
//! A marker (a table, a row, a user, a pair of keys) is planted in the environment and in each other
//! active one; then every key and token of one side is tried on every door of the other
//! side. A marker must
//! answer to its own keys, or an attempt that fails would prove nothing. Whatever was planted is
//! removed, also when something fails on the way; the keys end by themselves a few minutes later
//! even if this process is killed.
//!
//! | File | Idea |
//! |---|---|
//! | `marker` | what is planted and removed |
//! | `attempt` | one key on one door, and how the answer is judged |

mod attempt;
mod marker;
#[cfg(test)]
mod tests;

use std::fmt;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use self::{
    attempt::{Attempt, Outcome},
    marker::Marker,
};
use super::{Client, Error};
use crate::domain::{
    Status,
    api::{Environment, Project},
    id::{Entropy, hex},
    key::PROOF,
};

/// What is isolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Schema,
    Rows,
    Users,
    Files,
    Keys,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Schema, Self::Rows, Self::Users, Self::Files, Self::Keys];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Rows => "rows",
            Self::Users => "users",
            Self::Files => "files",
            Self::Keys => "keys",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What was found for one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub kind: Kind,
    pub passed: bool,
    /// A sentence: what was tried, or what got through.
    pub detail: String,
}

/// Attempts under way at a time: enough to hide a remote server's distance, too few to burden it.
const AT_ONCE: usize = 8;

/// Tries to reach what `environment` holds from each of `others`, and the other way round.
///
/// Others that are not active have no keys that work; the proofs say which were left out.
///
/// # Errors
/// When the server cannot be asked, or answers in a way that proves nothing either way.
pub async fn verify(
    client: &Client,
    project: &Project,
    environment: &Environment,
    others: &[Environment],
) -> Result<Vec<Proof>, Error> {
    if environment.status != Status::Active {
        return Err(Error::Refused {
            status: 409,
            code: "environment/not-active".to_owned(),
            message: format!(
                "{} is {}: isolation can be verified once it is active",
                environment.name, environment.status
            ),
            details: Vec::new(),
        });
    }
    let others: Vec<_> = others.iter().filter(|other| other.id != environment.id).collect();
    let (active, inactive): (Vec<_>, Vec<_>) = others.into_iter().partition(|other| other.status == Status::Active);

    // One name in every environment: the same table, other rows.
    let shared = format!("{PROOF}{}", &hex(&Entropy::system().bytes())[..16]);
    let mut findings = Findings::default();
    let mut marker = Marker::new(client, environment, &shared);
    let result = async {
        marker.plant().await?;
        try_all(client, &attempt::own(&marker), &mut findings).await?;
        for other in &active {
            let mut foreign = Marker::new(client, other, &shared);
            let result = async {
                foreign.plant().await?;
                try_all(client, &attempt::own(&foreign), &mut findings).await?;
                try_all(client, &attempt::foreign(project, &marker, &foreign), &mut findings).await?;
                try_all(client, &attempt::foreign(project, &foreign, &marker), &mut findings).await?;
                // Whatever was tried to change it, the marker is still what it was.
                try_all(client, &attempt::own(&foreign), &mut findings).await?;
                try_all(client, &attempt::own(&marker), &mut findings).await
            }
            .await;
            result.and(foreign.remove().await)?;
        }
        Ok(())
    }
    .await;
    result.and(marker.remove().await)?;
    Ok(findings.into_proofs(&active, &inactive))
}

async fn try_all(client: &Client, attempts: &[Attempt<'_>], findings: &mut Findings) -> Result<(), Error> {
    // Collected, not mapped in the stream: its closure would have to hold for every lifetime, and a
    // caller that spawns this could not prove that it does.
    let runs: Vec<_> = attempts
        .iter()
        .map(|attempt| async move { attempt.run(client).await.map(|outcome| (attempt.kind(), outcome)) })
        .collect();
    let mut outcomes = stream::iter(runs).buffer_unordered(AT_ONCE);
    while let Some((kind, outcome)) = outcomes.try_next().await? {
        findings.add(kind, outcome);
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Findings {
    schema: Finding,
    rows: Finding,
    users: Finding,
    files: Finding,
    keys: Finding,
}

#[derive(Debug, Default)]
struct Finding {
    attempts: usize,
    /// The first of those that went wrong, and how many did.
    failure: Option<String>,
    failures: usize,
}

impl Findings {
    fn of(&mut self, kind: Kind) -> &mut Finding {
        match kind {
            Kind::Schema => &mut self.schema,
            Kind::Rows => &mut self.rows,
            Kind::Users => &mut self.users,
            Kind::Files => &mut self.files,
            Kind::Keys => &mut self.keys,
        }
    }

    fn add(&mut self, kind: Kind, outcome: Outcome) {
        let finding = self.of(kind);
        finding.attempts += 1;
        if let Outcome::Wrong(sentence) = outcome {
            finding.failures += 1;
            finding.failure.get_or_insert(sentence);
        }
    }

    fn into_proofs(mut self, active: &[&Environment], inactive: &[&Environment]) -> Vec<Proof> {
        let against = match active {
            [] => "there is no other active environment to try from".to_owned(),
            active => format!("tried from {} and back", names(active)),
        };
        let left_out: Vec<_> =
            inactive.iter().map(|environment| format!("{} ({})", environment.name, environment.status)).collect();
        let left_out = if left_out.is_empty() { String::new() } else { format!("; left out: {}", left_out.join(", ")) };
        let prove = |kind: Kind| {
            let finding = self.of(kind);
            let attempts = finding.attempts;
            let detail = match &finding.failure {
                None => format!("out of reach, {attempts} attempts; {against}{left_out}"),
                Some(failure) => {
                    format!("{failure}; {} of {attempts} attempts went wrong; {against}{left_out}", finding.failures)
                }
            };
            Proof { kind, passed: finding.failure.is_none(), detail }
        };
        Kind::ALL.map(prove).into()
    }
}

fn names(environments: &[&Environment]) -> String {
    let names: Vec<_> = environments.iter().map(|environment| environment.name.as_str()).collect();
    names.join(", ")
}
