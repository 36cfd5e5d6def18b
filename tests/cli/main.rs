//! The command line as scripts and people use it: the real binary, over its real backend.

#![expect(clippy::panic, reason = "a test says what it found by panicking")]

mod bkend;
mod environments;
mod exit_codes;
mod files;
#[path = "../harness/mod.rs"]
mod harness;
mod output;
mod servers;
mod tables_and_keys;
mod terminal;
mod users;
