//! Server-sent events, read with tolerance: comments, unknown fields and every kind of line end.

use std::collections::VecDeque;

/// One event of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What the stream calls it; mostly nothing.
    pub name: String,
    pub data: String,
}

/// Turns bytes into events, however they are cut into pieces.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    after_return: bool,
    begun: bool,
    open: Event,
    whole: VecDeque<Event>,
}

impl Decoder {
    pub fn push(&mut self, mut bytes: &[u8]) {
        while let Some(position) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, rest) = bytes.split_at(position);
            self.line.extend_from_slice(line);
            let newline = rest.first() == Some(&b'\n');
            // The second half of `\r\n` ends no line of its own.
            if !(newline && self.after_return && self.line.is_empty()) {
                self.end_line();
            }
            self.after_return = !newline;
            bytes = rest.get(1..).unwrap_or_default();
        }
        if !bytes.is_empty() {
            self.after_return = false;
            self.line.extend_from_slice(bytes);
        }
    }

    /// The next whole event.
    pub fn next(&mut self) -> Option<Event> {
        self.whole.pop_front()
    }

    /// Ends the last event, which not every server does.
    pub fn finish(&mut self) {
        self.end_line();
        self.end_event();
    }

    /// How many bytes wait for the end of their event.
    pub fn held(&self) -> usize {
        self.line.len() + self.open.data.len()
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let mut text = String::from_utf8_lossy(&line);
        if !std::mem::replace(&mut self.begun, true)
            && let Some(rest) = text.strip_prefix('\u{feff}')
        {
            text = rest.to_owned().into();
        }
        if text.is_empty() {
            return self.end_event();
        }
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.open.name),
            "data" => {
                if !self.open.data.is_empty() {
                    self.open.data.push('\n');
                }
                self.open.data.push_str(value);
            }
            _ => {}
        }
    }

    fn end_event(&mut self) {
        let event = std::mem::take(&mut self.open);
        if !event.data.trim().is_empty() {
            self.whole.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut decoder = Decoder::default();
        for piece in pieces {
            decoder.push(piece);
        }
        decoder.finish();
        std::iter::from_fn(|| decoder.next())
            .map(|event| (event.name, event.data))
            .collect()
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        for text in [
            "data: a\n\ndata: b\n\n",
            "data: a\r\n\r\ndata: b\r\n\r\n",
            "data: a\r\rdata: b\r\r",
        ] {
            assert_eq!(
                decoded(&[text.as_bytes()]),
                [event("", "a"), event("", "b")],
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_event_may_come_byte_by_byte() {
        let text = "event: x\r\ndata: {\"é\":\r\ndata:1}\r\n\r\n".as_bytes();
        let pieces: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(decoded(&pieces), [event("x", "{\"é\":\n1}")]);
    }

    #[test]
    fn comments_unknown_fields_and_blank_data_are_passed_over() {
        let text = b"\xEF\xBB\xBF: hello\n\nretry: 5\nid: 7\nnonsense\ndata:\n\ndata: a\n\n";
        assert_eq!(decoded(&[text]), [event("", "a")]);
    }

    #[test]
    fn the_last_event_needs_no_blank_line() {
        assert_eq!(
            decoded(&[b"data: a\n\ndata: b"]),
            [event("", "a"), event("", "b")]
        );
    }
}
