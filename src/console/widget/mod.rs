//! What pages and modals are drawn with.

pub mod field;
pub mod pen;

pub use field::Field;
pub use pen::Pen;
