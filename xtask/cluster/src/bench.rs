//! `cargo xtask bench images` and `bench cluster`.

pub mod cluster;
pub mod images;
pub mod report;
