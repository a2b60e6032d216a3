//! The server as its callers see it: the real router on a port, a real database, a real MCP client.

mod arguments;
mod http;
mod idempotency;
mod identity;
mod observed;
mod outage;
mod process;
mod running;
mod schemas;
mod tools;
