//! What Kubernetes' objects say, by its own types: for `cargo xtask` and for the tests on a cluster.

pub mod pods;
