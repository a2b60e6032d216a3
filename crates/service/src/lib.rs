//! What every HTTP process of this product needs, and nothing that knows about tasks or chat:
//! problem responses, request log and metrics, health, graceful shutdown, and token checks.

pub mod assertion;
pub mod auth;
pub mod bearer;
pub mod command;
mod connections;
pub mod health;
pub mod json;
mod log_format;
mod log_writer;
pub mod middleware;
pub mod peers;
pub mod principal;
pub mod problem;
pub mod shutdown;
pub mod telemetry;
