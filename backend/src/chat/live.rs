//! A turn as it happens: what was told of it so far, and who listens.
//!
//! Whoever asked for a turn holds it: when the last of them leaves, the turn is stopped. Others only watch.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};

use super::event::TurnEvent;

/// Where a turn tells its events. Never waits: a turn's own limits bound what it can say, and a listener that reads
/// slowly must not hold up the storing of what was done.
#[derive(Debug, Clone)]
pub(crate) struct Outbox(Arc<Live>);

/// Where a listener reads them. When the last one is dropped that does not only watch, the turn stops.
#[derive(Debug)]
pub struct Inbox {
    events: mpsc::UnboundedReceiver<TurnEvent>,
    _hold: Option<Hold>,
}

#[derive(Debug)]
struct Live {
    audience: Mutex<Audience>,
    held: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Audience {
    /// What a listener who comes late has to know, and no more.
    told: Vec<TurnEvent>,
    listeners: Vec<mpsc::UnboundedSender<TurnEvent>>,
    holders: usize,
    over: bool,
}

/// Makes both ends.
pub(crate) fn channel() -> (Outbox, Inbox) {
    let (sender, events) = mpsc::unbounded_channel();
    let live = Arc::new(Live {
        audience: Mutex::new(Audience {
            listeners: vec![sender],
            holders: 1,
            ..Audience::default()
        }),
        held: watch::Sender::new(true),
    });
    let hold = Some(Hold(Arc::clone(&live)));
    let inbox = Inbox {
        events,
        _hold: hold,
    };
    (Outbox(live), inbox)
}

impl Live {
    fn audience(&self) -> MutexGuard<'_, Audience> {
        // A panic elsewhere cannot leave the lists half changed.
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more listener, who hears first what was told so far. `None` when the turn is over, or about to stop because
    /// everybody has left.
    fn listen(self: &Arc<Self>, holds: bool) -> Option<Inbox> {
        let mut audience = self.audience();
        if audience.over || !*self.held.borrow() {
            return None;
        }
        let (sender, events) = mpsc::unbounded_channel();
        for event in &audience.told {
            // The other end is right here.
            let _ = sender.send(event.clone());
        }
        audience.listeners.push(sender);
        audience.holders += usize::from(holds);
        let hold = holds.then(|| Hold(Arc::clone(self)));
        Some(Inbox {
            events,
            _hold: hold,
        })
    }
}

impl Outbox {
    /// Tells whoever listens; nobody may be left.
    pub fn send(&self, event: TurnEvent) {
        let mut audience = self.0.audience();
        audience
            .listeners
            .retain(|listener| listener.send(event.clone()).is_ok());
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
        audience.listeners.clear();
    }
}

impl Inbox {
    /// The next event; `None` after the last one.
    pub async fn recv(&mut self) -> Option<TurnEvent> {
        self.events.recv().await
    }
}

/// Somebody who asked for the turn and still listens.
#[derive(Debug)]
struct Hold(Arc<Live>);

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
    /// Words that are whole replace their pieces, a round that has ended replaces its beginning.
    fn remember(&mut self, event: TurnEvent) {
        match &event {
            TurnEvent::Text { id, delta } => {
                if let Some(TurnEvent::Text {
                    id: last,
                    delta: words,
                }) = self.told.last_mut()
                    && last == id
                {
                    words.push_str(delta);
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
pub(crate) struct LiveTurns(Arc<Mutex<HashMap<i64, Outbox>>>);

impl LiveTurns {
    /// Makes a turn known until the entry is dropped, which also ends the stream of everybody who listens.
    pub fn enter(&self, turn: i64, out: &Outbox) -> Entry {
        self.turns().insert(turn, out.clone());
        Entry {
            turns: self.clone(),
            turn,
            out: out.clone(),
        }
    }

    /// One more listener of a turn that this process works on.
    pub fn join(&self, turn: i64, holds: bool) -> Option<Inbox> {
        let out = self.turns().get(&turn).cloned();
        out.and_then(|out| out.0.listen(holds))
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<i64, Outbox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that this process works on.
#[derive(Debug)]
pub(crate) struct Entry {
    turns: LiveTurns,
    turn: i64,
    out: Outbox,
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
