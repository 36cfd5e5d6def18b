//! Users and their sign-in: what apps call, and what an operator does for them.
//!
//! | File | Idea |
//! |---|---|
//! | [`refusal`] | why a call about accounts is refused |
//! | `realm` | what is remembered of an environment's users, so that a token costs no read |
//! | `identify`, `verified` | whose token a request carries |
//! | `hashing` | passwords, hashed a few at a time |
//! | `sign_in` | signing up and in |
//! | `refresh` | the next pair of tokens; what a replay means |
//! | `sessions` | where a user is signed in, and the end of that |
//! | `presence` | users who signed in or out, on their way to followers |
//! | `passwords` | changing one; setting one with a one-time token |
//! | `users` | users, as admins manage them and as others see them |
//! | `administration` | what an operator does for them; the rules of sign-in |

mod administration;
mod hashing;
mod identify;
mod passwords;
mod presence;
mod realm;
mod refresh;
pub mod refusal;
mod sessions;
mod sign_in;
mod users;
mod verified;

pub use refusal::Refusal;
pub use sign_in::{Device, SignIn, SignUp};
pub use users::UsersQuery;
pub(in crate::platform) use users::themselves;

pub use crate::{
    domain::account::UserOrder,
    store::accounts::{UserQuery, UserSearch},
};

pub(super) use hashing::Hasher;
pub(super) use presence::Presence;
pub(super) use realm::Realms;
