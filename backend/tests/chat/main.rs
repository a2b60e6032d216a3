//! Talking to the backend over a real socket, with a real PostgreSQL, the real MCP server and the offline model.

mod bad_days;
mod bad_input;
mod conversations;
mod interruptions;
mod oracle;
mod rest;
mod retry;
mod stream;
mod world;
