//! An OpenAI-compatible chat server that needs no model: it turns everyday English todo sentences
//! into tool calls by rule and answers in plain sentences from the tools' results.
//!
//! It keeps nothing between requests; each answer follows from the messages in the request and the
//! tools offered with it. Tests of other crates drive it through [`router`] with a
//! [`Settings`], and steer it with the [`Script`] in there or with switches in the model's name
//! (`offline+slow`, `offline+fail-429`; the list is in this crate's README).

mod answers;
mod clauses;
mod command;
mod due;
mod error;
mod faults;
mod history;
mod http;
mod matching;
mod patterns;
mod planner;
mod reference;
mod reply;
mod results;
mod script;
mod sentences;
mod target;
mod text;
mod titles;
mod wire;

pub use faults::Fault;
pub use http::router;
pub use reply::Reply;
pub use script::{Script, Scripted, Settings};
