//! Answers of providers with something wrong in them: whatever can still be known of what the model said arrives, and for
//! the rest there is one error that says why. `MUTATIONS` and `MUTATION_SEED` choose how many of which are tried.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

mod mutation;
mod random;
mod recorded;
mod server;

use std::{env, time::Duration};

use futures_util::StreamExt;
use model::{
    ModelError, ModelMessage, ModelSettings, Part, Provider, StepLimits, StepOutput, Wire,
};
use serde_json::Value;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    mutation::{Sent, mutated, plain},
    random::Random,
    recorded::Recorded,
    server::Server,
};

/// How many are asked at once; most of the time they wait.
const AT_ONCE: usize = 32;

/// What became of an answer.
#[derive(Debug, Default)]
struct Tally {
    said: usize,
    said_in_part: usize,
    refused: usize,
    broken: Vec<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is chosen from outside"
)]
fn number(name: &str, default: u64) -> u64 {
    let text = env::var(name).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_odd_in_an_answer_its_words_and_calls_arrive_or_one_sentence_says_why_not() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (seed, count) = (number("MUTATION_SEED", 12), number("MUTATIONS", 500));
    let mut workers = JoinSet::new();
    for first in 0..AT_ONCE as u64 {
        workers.spawn(async move {
            let worker = Worker::start().await;
            let recorded = recorded::all();
            let mut tally = Tally::default();
            for case in (first..count).step_by(AT_ONCE) {
                worker.try_case(&recorded, seed, case, &mut tally).await;
            }
            tally
        });
    }
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        let tally = tally.unwrap();
        all.said += tally.said;
        all.said_in_part += tally.said_in_part;
        all.refused += tally.refused;
        all.broken.extend(tally.broken);
    }
    println!(
        "{count} mutated answers with seed {seed}: {} whole, {} in part, {} refused with a sentence, {} wrong",
        all.said,
        all.said_in_part,
        all.refused,
        all.broken.len()
    );
    let some: Vec<&String> = all.broken.iter().take(5).collect();
    assert!(some.is_empty(), "{some:#?}");
}

#[tokio::test]
async fn an_answer_may_come_byte_by_byte() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let worker = Worker::start().await;
    for recorded in recorded::all() {
        let sent = plain(&recorded);
        worker.server.answer(&sent);
        let (output, ended) = worker.ask(recorded.wire).await;
        let wrong = judge(
            &recorded,
            &sent,
            &output,
            ended.as_ref().err(),
            &mut Tally::default(),
        );
        assert_eq!(wrong, None);
    }
}

struct Worker {
    server: Server,
    chat: Provider,
    responses: Provider,
}

impl Worker {
    async fn start() -> Self {
        let (server, url) = Server::start().await;
        let limits = StepLimits {
            first_byte: Duration::from_mins(2),
            idle: Duration::from_mins(2),
            ..StepLimits::default()
        };
        let provider = |wire| {
            let settings = ModelSettings {
                wire: Some(wire),
                ..ModelSettings::new(url.clone(), "m-1")
            };
            Provider::new(settings, limits).unwrap()
        };
        Self {
            chat: provider(Wire::Chat),
            responses: provider(Wire::Responses),
            server,
        }
    }

    async fn try_case(&self, all: &[Recorded], seed: u64, case: u64, tally: &mut Tally) {
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(case));
        let recorded = random.pick(all);
        let sent = mutated(recorded, &mut random);
        self.server.answer(&sent);
        let asked = timeout(Duration::from_mins(5), self.ask(recorded.wire)).await;
        let wrong = match asked {
            Err(_) => Some("it hangs".to_owned()),
            Ok((output, ended)) => judge(recorded, &sent, &output, ended.as_ref().err(), tally),
        };
        if let Some(wrong) = wrong {
            let bytes = sent.pieces.concat();
            let bytes = String::from_utf8_lossy(&bytes).into_owned();
            tally
                .broken
                .push(format!("case {case} of seed {seed}: {wrong}\n{bytes}"));
        }
    }

    async fn ask(&self, wire: Wire) -> (StepOutput, Result<(), ModelError>) {
        let provider = match wire {
            Wire::Chat => &self.chat,
            Wire::Responses => &self.responses,
        };
        let question = [ModelMessage::User("Hello.".to_owned())];
        let mut output = StepOutput::default();
        let mut parts = match provider.open(&question, &[]).await {
            Ok(parts) => parts,
            Err(error) => return (output, Err(error.kind)),
        };
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => {
                    let is_end = matches!(part, Part::Done(_));
                    output.push(part);
                    if is_end {
                        return (output, Ok(()));
                    }
                }
                Err(error) => return (output, Err(error)),
            }
        }
        (output, Err(ModelError::Cut))
    }
}

/// What is wrong with what was understood, if something is.
fn judge(
    recorded: &Recorded,
    sent: &Sent,
    output: &StepOutput,
    error: Option<&ModelError>,
    tally: &mut Tally,
) -> Option<String> {
    let calls: Vec<(&str, Value)> = output
        .calls
        .iter()
        .map(|call| {
            let arguments = serde_json::from_str(&call.arguments);
            (call.name.as_str(), arguments.unwrap_or_default())
        })
        .collect();
    let ids: Vec<&String> = output.calls.iter().map(|call| &call.id).collect();
    if ids
        .iter()
        .enumerate()
        .any(|(place, id)| id.is_empty() || ids[..place].contains(id))
    {
        return Some(format!("ids {ids:?}"));
    }
    if output.calls.iter().any(|call| call.name.is_empty()) {
        return Some("a call without a name".to_owned());
    }
    if error.is_none() && output.text == recorded.words && calls == recorded.calls {
        tally.said += 1;
        return None;
    }
    if sent.readable {
        return Some(format!(
            "understood as {:?}, {calls:?}, {error:?}",
            output.text
        ));
    }
    match error {
        Some(_) => tally.refused += 1,
        None => tally.said_in_part += 1,
    }
    None
}
