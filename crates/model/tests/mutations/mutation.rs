//! What goes wrong with an answer on its way: in its fields, in its events, in its bytes.

use serde_json::{Value, json};

use crate::{random::Random, recorded::Recorded};

/// Fields that hold what is said, or hold what holds it. Whoever loses one of these cannot know what it said.
const ESSENTIAL: [&str; 18] = [
    "choices",
    "delta",
    "message",
    "content",
    "refusal",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "error",
    "type",
    "response",
    "output",
    "item",
    "text",
    "encrypted_content",
    "summary",
    "incomplete_details",
];

/// An answer as it is sent.
pub struct Sent {
    /// Its bytes, in the pieces in which they arrive.
    pub pieces: Vec<Vec<u8>>,
    /// The connection breaks after them.
    pub cut: bool,
    /// Everything that it says can still be known.
    pub readable: bool,
}

/// Sends an answer as it was recorded, every byte by itself.
pub fn plain(recorded: &Recorded) -> Sent {
    let lines = recorded
        .events
        .iter()
        .map(|event| format!("data: {event}\n\n"));
    let bytes = match recorded.events.as_slice() {
        [whole] if recorded.whole => whole.to_string(),
        _ => lines.chain(["data: [DONE]\n\n".to_owned()]).collect(),
    };
    Sent {
        pieces: bytes.bytes().map(|byte| vec![byte]).collect(),
        cut: false,
        readable: true,
    }
}

/// Sends an answer in a way that no other number does.
pub fn mutated(recorded: &Recorded, random: &mut Random) -> Sent {
    let mut events = recorded.events.clone();
    let mut readable = true;
    // Its end is said in two ways, and one is enough.
    let (mut reason, mut marked) = (true, true);
    for _ in 0..random.below(4) {
        let place = random.below(events.len());
        if random.once_in(6) && !recorded.whole {
            readable &= !carries(&events[place]);
            let again = events[place].clone();
            events.insert(place, again);
        } else {
            let kept = change(&mut events[place], random);
            readable &= kept.is_some();
            reason &= kept != Some("finish_reason");
        }
    }
    let mut texts: Vec<String> = events.iter().map(Value::to_string).collect();
    if random.once_in(5) {
        let place = random.below(texts.len());
        let (text, kept) = with_a_field_twice(&texts[place], random);
        texts[place] = text;
        readable &= kept;
    }
    let mut bytes = if recorded.whole {
        texts.concat().into_bytes()
    } else {
        marked = !random.once_in(4);
        stream(&texts, marked, random)
    };
    readable &= reason || marked;
    let cut = random.once_in(12);
    if cut || random.once_in(12) {
        readable = false;
        bytes.truncate(random.below(bytes.len()));
    }
    if random.once_in(12) && !bytes.is_empty() {
        readable = false;
        let place = random.below(bytes.len());
        bytes[place] = u8::try_from(random.below(256)).unwrap();
    }
    Sent {
        pieces: split(&bytes, random),
        cut,
        readable,
    }
}

/// Whether an event says something by itself.
fn carries(event: &Value) -> bool {
    let text = event.to_string();
    let empty = text
        .replace("\"content\":\"\"", "")
        .replace("\"delta\":{}", "");
    ["\"content\":\"", "\"arguments\":\"", "\"delta\":\""]
        .iter()
        .any(|field| empty.contains(field))
}

/// Changes one field, or leaves it out. Names it where everything that is said can still be known.
fn change(event: &mut Value, random: &mut Random) -> Option<&'static str> {
    let mut holder = event;
    let mut path: Vec<String> = Vec::new();
    loop {
        let keys: Vec<String> = match &*holder {
            Value::Object(fields) => fields.keys().cloned().collect(),
            Value::Array(list) => (0..list.len()).map(|place| place.to_string()).collect(),
            _ => return None,
        };
        if keys.is_empty() {
            return None;
        }
        let key = random.pick(&keys).clone();
        let next = match &mut *holder {
            Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
            holder => holder.get_mut(&key).unwrap(),
        };
        path.push(key.clone());
        let inside = matches!(next, Value::Object(_) | Value::Array(_)) && !random.once_in(5);
        if inside && next != &json!({}) && next != &json!([]) {
            holder = match &mut *holder {
                Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
                holder => holder.get_mut(&key).unwrap(),
            };
            continue;
        }
        let odd = odd(next, random);
        let is_count = path.last().is_some_and(|key| key == "index")
            && path.iter().any(|key| key == "tool_calls");
        let other_index = is_count
            && odd
                .as_ref()
                .is_some_and(|odd| odd.to_string().contains(char::is_numeric));
        match (&mut *holder, odd) {
            (Value::Object(fields), None) => drop(fields.remove(&key)),
            (_, odd) => {
                let next = match &mut *holder {
                    Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
                    holder => holder.get_mut(&key).unwrap(),
                };
                *next = odd.unwrap_or_default();
            }
        }
        let within = |names: &[&str]| path.iter().any(|key| names.contains(&key.as_str()));
        let in_list = key.parse::<usize>().is_ok() && !within(&["usage"]);
        let kept = !ESSENTIAL.contains(&key.as_str()) && !in_list && !other_index;
        let of_the_end = ["finish_reason", "status"].contains(&key.as_str());
        return kept.then_some(if of_the_end {
            "finish_reason"
        } else {
            "another"
        });
    }
}

/// Something else in the place of a value; `None` for nothing at all.
fn odd(value: &Value, random: &mut Random) -> Option<Value> {
    Some(match random.below(11) {
        0 | 1 => return None,
        2 => Value::Null,
        3 => json!(true),
        4 => json!(0),
        5 => json!(-7.5),
        6 => json!(""),
        7 => json!([]),
        8 => json!({}),
        9 => json!({"": [null, {"x": [1, "2"]}]}),
        _ => match value {
            Value::String(text) => json!(text.parse::<f64>().unwrap_or(1e300)),
            Value::Number(number) => json!(number.to_string()),
            other => json!([other]),
        },
    })
}

/// An object that says one of its fields twice, first in another way. The last one counts, as nearly everywhere.
fn with_a_field_twice(text: &str, random: &mut Random) -> (String, bool) {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        return (text.to_owned(), true);
    };
    let keys: Vec<&String> = fields.keys().collect();
    let key = *random.pick(&keys);
    let odd = odd(&fields[key], random).unwrap_or_default();
    (format!("{{\"{key}\":{odd},{}", &text[1..]), true)
}

/// The events as lines of a stream.
fn stream(events: &[String], marked: bool, random: &mut Random) -> Vec<u8> {
    let line_end = *random.pick(&["\n", "\n", "\r\n", "\r"]);
    // Some leave out the blank lines between events.
    let event_end = line_end.repeat(if random.once_in(12) { 1 } else { 2 });
    let mut text = String::new();
    for event in events
        .iter()
        .map(String::as_str)
        .chain(marked.then_some("[DONE]"))
    {
        if random.once_in(8) {
            let between = [
                ": keep-alive",
                "event: ping",
                "id: 7",
                "retry: 100",
                "data:",
                "data: null",
                "data: []",
            ];
            text.extend([*random.pick(&between), &event_end]);
        }
        let space = if random.once_in(8) { "" } else { " " };
        text.extend(["data:", space, event, &event_end]);
    }
    text.into_bytes()
}

fn split(bytes: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    // Many small pieces take long to read.
    let longest = match random.below(20) {
        0 => 1,
        1 => 7,
        2..=6 => 100,
        _ => 2_000,
    };
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at((1 + random.below(longest)).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = more;
    }
    pieces
}
