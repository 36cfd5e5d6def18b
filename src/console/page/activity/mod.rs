//! The Activity page: who did what.

pub mod words;
