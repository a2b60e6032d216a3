//! The broadcast of a turn's events: a publisher, its subscriptions, and what a late subscriber has to hear first.
//!
//! Whoever asked for a turn holds it: when the last of them leaves, the turn is stopped. Others only watch.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};

use super::event::TurnEvent;

/// Where a turn publishes its events. Never waits: a turn's own limits bound what it can say, and a subscriber that
/// reads slowly must not hold up the storing of what was done.
#[derive(Debug, Clone)]
pub(crate) struct Publisher(Arc<Broadcast>);

/// Where a subscriber reads them. When the last one is dropped that does not only watch, the turn stops.
#[derive(Debug)]
pub struct Subscription {
    events: mpsc::UnboundedReceiver<TurnEvent>,
    _hold: Option<Hold>,
}

#[derive(Debug)]
struct Broadcast {
    audience: Mutex<Audience>,
    held: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Audience {
    /// What a subscriber who comes late has to know, and no more.
    told: Vec<TurnEvent>,
    subscribers: Vec<mpsc::UnboundedSender<TurnEvent>>,
    holders: usize,
    over: bool,
}

impl Publisher {
    /// A broadcast with the subscription of the one who asked for the turn.
    pub fn new() -> (Self, Subscription) {
        let broadcast = Arc::new(Broadcast {
            audience: Mutex::default(),
            held: watch::Sender::new(true),
        });
        let subscription = broadcast.add(&mut broadcast.audience(), true);
        (Self(broadcast), subscription)
    }

    /// One more subscriber, who hears first what was told so far. `None` when the turn is over, or about to stop because
    /// everybody has left.
    fn subscribe(&self, holds: bool) -> Option<Subscription> {
        let mut audience = self.0.audience();
        let open = !audience.over && *self.0.held.borrow();
        open.then(|| self.0.add(&mut audience, holds))
    }

    /// Tells whoever listens; nobody may be left.
    pub fn send(&self, event: TurnEvent) {
        let mut audience = self.0.audience();
        if audience.heard(&event) {
            return;
        }
        audience
            .subscribers
            .retain(|subscriber| subscriber.send(event.clone()).is_ok());
        audience.remember(event);
    }

    /// Resolves when everybody who asked for the turn has left.
    pub async fn closed(&self) {
        let mut held = self.0.held.subscribe();
        // It cannot fail while this is borrowed.
        let _ = held.wait_for(|held| !held).await;
    }

    /// Ends the stream of everybody who listens.
    pub fn close(&self) {
        let mut audience = self.0.audience();
        audience.over = true;
        audience.subscribers.clear();
    }
}

impl Subscription {
    /// The next event; `None` after the last one.
    pub async fn recv(&mut self) -> Option<TurnEvent> {
        self.events.recv().await
    }
}

impl Broadcast {
    fn audience(&self) -> MutexGuard<'_, Audience> {
        // A panic elsewhere cannot leave the lists half changed.
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(self: &Arc<Self>, audience: &mut Audience, holds: bool) -> Subscription {
        let (sender, events) = mpsc::unbounded_channel();
        for event in &audience.told {
            // The other end is right here.
            let _ = sender.send(event.clone());
        }
        audience.subscribers.push(sender);
        audience.holders += usize::from(holds);
        Subscription {
            events,
            _hold: holds.then(|| Hold(Arc::clone(self))),
        }
    }
}

/// Somebody who asked for the turn and still listens.
#[derive(Debug)]
struct Hold(Arc<Broadcast>);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut audience = self.0.audience();
        audience.holders -= 1;
        if audience.holders == 0 {
            // For good: whoever comes now finds a turn that stops, and takes it up when it has.
            self.0.held.send_replace(false);
        }
    }
}

impl Audience {
    /// Whether this beginning was told before: a turn that is taken up begins anew for those who heard it from its rows.
    fn heard(&self, event: &TurnEvent) -> bool {
        let mut told = self.told.iter();
        match event {
            TurnEvent::Created(_) => told.any(|told| matches!(told, TurnEvent::Created(_))),
            TurnEvent::Asked(question) => told
                .any(|told| matches!(told, TurnEvent::Asked(before) if before.id == question.id)),
            _ => false,
        }
    }

    /// Words that are whole replace their pieces, a round that has ended replaces its beginning.
    fn remember(&mut self, event: TurnEvent) {
        match &event {
            TurnEvent::Text { id, delta } => {
                if let Some(TurnEvent::Text {
                    id: last,
                    delta: text,
                }) = self.told.last_mut()
                    && last == id
                {
                    text.push_str(delta);
                    return;
                }
            }
            TurnEvent::Said(message) => {
                let id = message.id;
                self.told
                    .retain(|told| !matches!(told, TurnEvent::Text { id: of, .. } if *of == id));
            }
            TurnEvent::RoundEnded(ended) => {
                let id = ended.id;
                self.told.retain(|told| {
                    !matches!(told, TurnEvent::CallStarted { round, .. } | TurnEvent::CallEnded { round, .. }
                        if round.id == id)
                });
            }
            TurnEvent::Answering => {
                self.told.retain(|told| !matches!(told, TurnEvent::Waiting));
            }
            _ => {}
        }
        self.told.push(event);
    }
}

/// The turns that this process works on.
#[derive(Debug, Default, Clone)]
pub(crate) struct RunningTurns(Arc<Mutex<HashMap<i64, Publisher>>>);

impl RunningTurns {
    /// Makes a turn known until the entry is dropped, which also ends the stream of everybody who listens.
    pub fn enter(&self, turn: i64, out: &Publisher) -> Entry {
        self.turns().insert(turn, out.clone());
        Entry {
            turns: self.clone(),
            turn,
            out: out.clone(),
        }
    }

    /// One more subscriber of a turn that this process works on.
    pub fn join(&self, turn: i64, holds: bool) -> Option<Subscription> {
        let out = self.turns().get(&turn).cloned();
        out.and_then(|out| out.subscribe(holds))
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<i64, Publisher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that this process works on.
#[derive(Debug)]
pub(crate) struct Entry {
    turns: RunningTurns,
    turn: i64,
    out: Publisher,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.out.close();
        let mut turns = self.turns.turns();
        if turns
            .get(&self.turn)
            .is_some_and(|out| Arc::ptr_eq(&out.0, &self.out.0))
        {
            turns.remove(&self.turn);
        }
    }
}
