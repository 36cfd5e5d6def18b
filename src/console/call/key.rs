use super::{Impact, Reply};
use crate::{
    client::{Client, Error},
    domain::{
        EnvironmentId, KeyId,
        api::{CreateKey, RotateKey},
    },
};

#[derive(Clone, Debug)]
pub enum KeyCall {
    List,
    Create(CreateKey),
    Delete(KeyId),
    /// A new key takes the place of that one.
    Rotate {
        id: KeyId,
        name: String,
        body: RotateKey,
    },
}

impl KeyCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::List => Impact::Reads,
            Self::Create(_) | Self::Rotate { .. } => Impact::Changes,
            Self::Delete(_) => Impact::Destroys,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::List => "reading the keys".into(),
            Self::Create(create) => format!("creating the key {}", create.name),
            Self::Delete(_) => "deleting the key".into(),
            Self::Rotate { name, .. } => format!("rotating the key {name}"),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::List => Reply::Keys(client.keys(id).await?),
            Self::Create(body) => Reply::Key(Box::new(client.create_key(id, body).await?)),
            Self::Rotate { id: key, body, .. } => Reply::Key(Box::new(client.rotate_key(id, key, *body).await?)),
            Self::Delete(key) => Reply::Key(Box::new(client.delete_key(id, key).await?)),
        })
    }
}
