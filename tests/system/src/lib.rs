//! What the tests of the real cluster are made of: namespaces that go away, releases, databases, people, load. The
//! scenarios are in `tests/cluster`.

pub mod browser;
pub mod cluster;
pub mod database;
pub mod diagnosis;
pub mod events;
pub mod forward;
pub mod load;
pub mod neon;
pub mod node_ports;
pub mod person;
pub mod pods;
pub mod programs;
pub mod release;
pub mod runner;
pub mod settings;
pub mod site;
pub mod waiting;
