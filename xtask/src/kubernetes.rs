//! A cluster, through the programs that its user has: docker, minikube, kubectl and helm.

pub mod certificate;
pub mod helm;
pub mod images;
pub mod kubectl;
pub mod minikube;
pub mod objects;
pub mod tools;
pub mod trouble;
