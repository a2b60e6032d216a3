//! Turns: a question and the work on its answer, whoever does it.
//!
//! A runner renews its lease on a turn every few seconds ([`renew`]); after [`LEASE`] without a renewal the turn counts
//! as dead, and another runner may claim it. One turn at a time has its conversation ([`take`]), the others wait in the
//! order in which they were opened.

mod budget;
mod lease;
mod open;
mod turn;

pub use self::{
    budget::{Limits, Spent, Usage, charge, usage},
    lease::{Abandoned, Ending, Taken, abandoned, claim, end, mark_dead, renew, take},
    open::{NewTurn, Opened, Place, open},
    turn::{LEASE, Runner, State, Turn, answers, get, running},
};
