//! The terminal console: one loop, one owner of the state.
//!
//! Whatever happens comes in as a [`message::Message`], [`update::update`] changes the state and
//! returns [`effect::Effect`]s, [`view::view`] draws. Read it from `message` and `effect`.

pub mod catalog;
pub mod colour;
pub mod command;
pub mod connection;
pub mod effect;
pub mod fit;
pub mod key;
pub mod layout;
pub mod lock;
pub mod message;
pub mod modal;
pub mod motion;
pub mod page;
pub mod remote;
pub mod shell;
pub mod shell_commands;
pub mod spinner;
pub mod state;
pub mod stream;
pub mod target;
pub mod theme;
pub mod toast;
pub mod update;
pub mod view;
pub mod widget;
pub mod zone;
