//! The text format of server-sent events, as the HTML standard defines it
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), for a stream that arrives
//! in pieces cut anywhere.

/// The longest line or event that is kept. The largest resource, a table of 500 columns, is far
/// below it; a stream that never ends a line must not fill the memory.
const LONGEST: usize = 8 << 20;

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub name: String,
    pub data: String,
    /// The last `id:` seen so far.
    pub id: Option<String>,
}

/// The stream holds a line or an event that is longer than anything a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

#[derive(Debug, Default)]
pub struct Parser {
    /// The line under way.
    line: Vec<u8>,
    /// A carriage return ended the last line: a line feed right after belongs to it.
    after_return: bool,
    /// Whether a first line was seen, which alone may begin with a byte order mark.
    begun: bool,
    name: String,
    data: String,
    id: Option<String>,
}

impl Parser {
    /// Takes the next piece of the stream and hands back the events that it completes.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Frame>, TooLong> {
        let mut frames = Vec::new();
        let mut rest = piece;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.keep(&rest[..end])?;
            let ended_by_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            if ended_by_return {
                self.after_return = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            frames.extend(self.end_line());
            if self.data.len() > LONGEST {
                return Err(TooLong);
            }
        }
        self.keep(rest)?;
        Ok(frames)
    }

    /// The last `id:` seen, which may have come without an event.
    pub fn last_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > LONGEST {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Option<Frame> {
        let bytes = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        let line = if self.begun { &line } else { line.strip_prefix('\u{feff}').unwrap_or(&line) };
        self.begun = true;
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // An empty field name is a comment, which keeps the connection warm. `retry` would let
            // a server set this client's pace, which is bounded on its own.
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Frame> {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        Some(Frame { name: if name.is_empty() { "message".into() } else { name }, data, id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &[u8]) -> Vec<Frame> {
        Parser::default().push(text).expect("short")
    }

    fn frame(name: &str, data: &str, id: Option<&str>) -> Frame {
        Frame { name: name.into(), data: data.into(), id: id.map(Into::into) }
    }

    #[test]
    fn an_event_has_a_name_data_and_an_id() {
        assert_eq!(parse(b"id: 7\nevent: table\ndata: {}\n\n"), [frame("table", "{}", Some("7"))]);
    }

    #[test]
    fn lines_of_data_are_joined_and_only_one_space_is_dropped() {
        assert_eq!(parse(b"data:a\ndata:  b\ndata\n\n"), [frame("message", "a\n b\n", None)]);
    }

    #[test]
    fn comments_and_events_without_data_say_nothing() {
        assert_eq!(parse(b": warm\n\nevent: table\n\nid: 3\n\n"), []);
    }

    #[test]
    fn an_id_stays_until_the_next_one() {
        let frames = parse(b"id: 1\ndata: a\n\ndata: b\n\n");
        assert_eq!(frames[1].id.as_deref(), Some("1"));
    }

    #[test]
    fn every_line_ending_ends_a_line_once() {
        let expected = [frame("message", "a\nb", None)];
        for text in ["data: a\ndata: b\n\n", "data: a\r\ndata: b\r\n\r\n", "data: a\rdata: b\r\r"] {
            assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn an_event_that_is_not_finished_is_not_told() {
        assert_eq!(parse(b"data: a\n"), []);
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; 1 << 20];
        let result = (0..9).try_for_each(|_| parser.push(&piece).map(drop));
        assert_eq!(result, Err(TooLong));
    }

    /// Text in which line ends, colons and fields are frequent enough to matter.
    fn streams() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"data: ".to_vec()),
            Just(b"event:".to_vec()),
            Just(b"id: ".to_vec()),
            Just("\u{feff}".into()),
            Just("äöü".into()),
            prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_stream_is_cut(
            stream in streams(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            let mut parser = Parser::default();
            let mut frames = Vec::new();
            let mut start = 0;
            for end in cuts.into_iter().chain([stream.len()]) {
                frames.extend(parser.push(&stream[start..end]).expect("short"));
                start = end;
            }
            prop_assert_eq!(frames, parse(&stream));
        }
    }
}
