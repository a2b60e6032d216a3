//! Log events as JSON, one object a line. The lines are those of tracing-subscriber's own JSON format, which costs half as
//! much again: it writes through a serializer piece by piece, and parses what it wrote of the span.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes time, level, the event's fields, target, and the innermost span with its fields.
pub(crate) struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str(r#"{"timestamp":""#)?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, r#"","level":"{}""#, event.metadata().level())?;
        let mut fields = Fields {
            writer: writer.by_ref(),
            outcome: Ok(()),
            target: None,
        };
        event.record(&mut fields);
        let Fields {
            outcome, target, ..
        } = fields;
        outcome?;
        writer.write_str(r#","target":"#)?;
        let target = target.as_deref().unwrap_or(event.metadata().target());
        write_string(&mut writer, target)?;
        if let Some(span) = context.parent_span() {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            // An object, to which the span's name is added.
            let fields = fields.map_or("{", |fields| fields.as_str().trim_end_matches('}'));
            let fields = if fields.is_empty() { "{" } else { fields };
            let comma = if fields == "{" { "" } else { "," };
            write!(
                writer,
                r#","span":{fields}{comma}"name":"{}"}}"#,
                span.name()
            )?;
        }
        writer.write_str("}\n")
    }
}

struct Fields<'a> {
    writer: Writer<'a>,
    outcome: fmt::Result,
    /// Of an event that came through the `log` crate.
    target: Option<String>,
}

impl Fields<'_> {
    fn add(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if field.name().starts_with("log.") {
            return;
        }
        self.outcome = self.outcome.and_then(|()| {
            write!(self.writer, r#","{}":"#, field.name())?;
            write(&mut self.writer)
        });
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, |writer| write_string(writer, &format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.target = Some(value.to_owned());
        }
        self.add(field, |writer| write_string(writer, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        self.add(field, |writer| {
            write!(writer, "{}", serde_json::json!(value))
        });
    }
}

fn write_string(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    let is_plain = |byte| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        writer.write_char('"')?;
        writer.write_str(text)?;
        return writer.write_char('"');
    }
    let text = serde_json::to_string(text).map_err(|_| fmt::Error)?;
    writer.write_str(&text)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn without_time(&self) -> Vec<Value> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let lines = text.lines().map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap();
                let time = line.as_object_mut().unwrap().remove("timestamp");
                assert!(time.unwrap().as_str().unwrap().ends_with('Z'));
                line
            });
            lines.collect()
        }
    }

    #[test]
    fn lines_are_those_of_the_librarys_json_format() {
        let (ours, theirs) = (Lines::default(), Lines::default());
        let (to_ours, to_theirs) = (ours.clone(), theirs.clone());
        let our_layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine)
            .with_writer(move || to_ours.clone());
        let their_layer = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(move || to_theirs.clone());
        let subscriber = tracing_subscriber::registry()
            .with(our_layer)
            .with(their_layer);
        tracing::subscriber::with_default(subscriber, || {
            let odd = "quote \" backslash \\ line\nbreak \u{1b}[31m nul \0 ünïcödé 🦀 \u{2028}";
            let failure = io::Error::other("it said \"no\"");
            tracing::info!("no fields, no span");
            tracing::warn!(
                text = odd,
                user.id = Some("u"),
                none = None::<&str>,
                "{odd}"
            );
            tracing::error!(error = %failure, debug = ?failure, yes = true, wide = u128::MAX);
            tracing::debug!(
                error = &failure as &(dyn std::error::Error + 'static),
                low = i64::MIN,
                high = u64::MAX
            );
            tracing::info!(whole = 2.0, nan = f64::NAN, far = f64::INFINITY, "floats");
            let outer = tracing::info_span!(
                "request",
                request_id = "r\"1\"",
                late = tracing::field::Empty
            );
            let _outer = outer.enter();
            tracing::info!("in a span");
            outer.record("late", 7);
            tracing::info!("in a span with a late field");
            tracing::info_span!("bare").in_scope(|| tracing::info!(target: "elsewhere", "nested"));
        });
        assert_eq!(ours.without_time(), theirs.without_time());
        assert_eq!(ours.without_time().len(), 8);
    }
}
