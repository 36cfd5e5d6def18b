//! Users and their sign-in: what apps call, and what an operator does for them.
//!
//! | File | Idea |
//! |---|---|
//! | [`refusal`] | why a call about accounts is refused |
//! | `realm` | what is remembered of an environment's users, so that a token costs no read |
//! | `identify` | whose token a request carries |
//! | `hashing` | passwords, hashed a few at a time |
//! | `sign_in` | signing up and in |
//! | `refresh` | the next pair of tokens; what a replay means |
//! | `sessions` | where a user is signed in, and the end of that |
//! | `passwords` | changing one, setting one for somebody, inviting |
//! | `policy` | the rules of an environment |

mod hashing;
mod identify;
mod realm;
mod refresh;
pub mod refusal;
mod sign_in;

pub use refusal::Refusal;
pub use sign_in::{Device, SignIn, SignUp};

pub(super) use hashing::Hasher;
pub(super) use realm::Realms;
