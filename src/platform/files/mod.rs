//! Files: addresses that are handed out, bytes that arrive at them, and what clients register.
//!
//! | File | Idea |
//! |---|---|
//! | [`refusal`] | what is not done, and why |
//! | [`signature`] | URLs that carry their own credential |
//! | [`avatar`] | pictures of users |
//! | [`upload`] | an address for bytes, and the bytes |
//! | [`multipart`] | uploads in parts |
//! | [`registration`] | registered files: listed, changed, deleted, handed out |
//! | [`object`] | bytes on their way out |
//! | `tidying` | what nobody finished, and what a crash left |

pub mod avatar;
pub mod multipart;
pub mod object;
pub mod refusal;
pub mod registration;
pub mod signature;
mod tidying;
pub mod upload;

use std::path::PathBuf;

use super::{Access, Error, Platform, accounts::themselves};
use crate::{
    domain::{
        EnvironmentId,
        file::{OwnerType, is_known},
        permission::{Group, Requester},
    },
    store::{self, objects, pool::Lease},
};

pub use object::OpenObject;
pub use refusal::Refusal;
pub use registration::FileList;
pub use signature::Link;
pub use upload::Put;

pub use crate::{domain::file::FileOrder, store::files::FileQuery};

/// A file that nobody says a limit for.
pub const MAX_FILE_SIZE: u64 = 100 << 20;

/// What the environment's secret is for.
const PURPOSE: &str = "files";

impl Access {
    /// What concerns one user is theirs and an admin's.
    pub fn check_themselves(&self, user: &str) -> Result<(), Error> {
        Ok(themselves(self, user)?)
    }

    /// Everything but reading what is public needs a caller with a name.
    ///
    /// # Errors
    /// [`Refusal::LoginNeeded`]
    pub fn check_login(&self) -> Result<&Requester, Error> {
        if is_known(self.requester()) { Ok(self.requester()) } else { Err(Refusal::LoginNeeded.into()) }
    }
}

impl Platform {
    pub(super) fn objects_folder(&self, environment: &EnvironmentId) -> PathBuf {
        self.0.directory.objects_folder(environment)
    }

    /// The secret that URLs of this environment are signed with.
    async fn signing_secret(&self, file: &Lease) -> Result<Vec<u8>, Error> {
        if let Some(secret) = file.read(|reader| reader.secret(PURPOSE)).await? {
            return Ok(secret);
        }
        let fresh = self.0.entropy.bytes();
        Ok(file.write(move |transaction| transaction.secret_or(PURPOSE, &fresh)).await?)
    }

    /// Removes files that no row names any more, behind the answer.
    fn discard(&self, environment: &EnvironmentId, files: Vec<String>) {
        if files.is_empty() {
            return;
        }
        let folder = self.objects_folder(environment);
        self.0.jobs.spawn_blocking(move || {
            if store::failpoint::reach("objects.replaced").is_ok() {
                objects::remove(&folder, &files);
            }
        });
    }
}

/// Whose a new file is.
fn owner(requester: &Requester) -> (String, OwnerType) {
    let kind = match (requester.id.is_empty(), requester.group) {
        (true, Group::Admin) => OwnerType::Service,
        (true, _) => OwnerType::Public,
        (false, _) => OwnerType::User,
    };
    (requester.id.clone(), kind)
}
