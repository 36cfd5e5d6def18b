use std::time::Duration;

use super::{DEADLINE, Impact, Reply};
use crate::{
    client::{self, Client, Error},
    domain::{
        EnvironmentId,
        api::{Environment, Project},
    },
};

/// A proof plants and removes markers in every other environment.
const VERIFY_DEADLINE: Duration = Duration::from_mins(2);

#[derive(Clone, Debug)]
pub enum EnvironmentCall {
    Delete {
        confirm: String,
    },
    Retry,
    /// Proves from outside that nothing of the environment is within reach of the others.
    Verify {
        project: Project,
        environment: Box<Environment>,
        others: Vec<Environment>,
    },
}

impl EnvironmentCall {
    /// Verifying changes something, because its markers are written for a moment.
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Retry | Self::Verify { .. } => Impact::Changes,
            Self::Delete { .. } => Impact::Destroys,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Delete { confirm } => format!("deleting {confirm}"),
            Self::Retry => "asking for another try".into(),
            Self::Verify { environment, .. } => format!("verifying the isolation of {}", environment.name),
        }
    }

    pub(super) const fn deadline(&self) -> Duration {
        match self {
            Self::Verify { .. } => VERIFY_DEADLINE,
            Self::Delete { .. } | Self::Retry => DEADLINE,
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Delete { confirm } => {
                Reply::Environment(Box::new(client.delete_environment(id, Some(confirm)).await?))
            }
            Self::Retry => Reply::Environment(Box::new(client.retry_environment(id).await?)),
            Self::Verify { project, environment, others } => {
                Reply::Proofs(client::verify(client, project, environment, others).await?)
            }
        })
    }
}
