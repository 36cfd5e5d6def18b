//! What an answer of the data plane is wrapped in.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Envelope {
    /// `{"success":true,"data":P,<own keys of P>}`: for clients that unwrap and for those that do not.
    #[default]
    Dual,
    /// `P` alone.
    Bare,
    /// `{"success":true,"data":P}`.
    Wrapped,
}
