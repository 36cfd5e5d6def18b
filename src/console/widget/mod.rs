//! What pages and modals are drawn with.

pub mod field;
pub mod highlight;
pub mod pen;
pub mod spark;
pub mod text_area;

pub use field::Field;
pub use pen::Pen;
pub use text_area::TextArea;
