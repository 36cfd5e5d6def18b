//! The library behind `bkend`: see ARCHITECTURE.md for the map.

pub mod cli;
pub mod client;
pub mod console;
pub mod domain;
pub mod platform;
pub mod server;
pub mod store;
