//! The line discipline of a pretend terminal: what is typed is echoed, edited and handed over line by line.

/// The most bytes of a line.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// The most lines that are remembered.
const HISTORY_MAX: usize = 500;

/// What follows from what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// This is shown.
    Echo(String),
    /// A line is complete.
    Line(String),
    /// Ctrl-C.
    Break,
    /// Ctrl-D on an empty line.
    End,
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub(super) struct LineEditor {
    line: String,
    /// Bytes of a character or of an escape sequence that is not complete.
    pending: Vec<u8>,
    history: Vec<String>,
    /// Which line of the history is shown.
    shown: Option<usize>,
}

impl LineEditor {
    /// Takes typed bytes.
    pub(super) fn typed(&mut self, bytes: &[u8]) -> Vec<Act> {
        let mut acts = Vec::new();
        for byte in bytes {
            self.byte(*byte, &mut acts);
        }
        acts
    }

    fn byte(&mut self, byte: u8, acts: &mut Vec<Act>) {
        if self.pending.first() == Some(&0x1b) {
            self.escape(byte, acts);
            return;
        }
        match byte {
            0x1b => self.pending = vec![byte],
            b'\r' | b'\n' => {
                acts.push(Act::Echo("\r\n".to_owned()));
                let line = std::mem::take(&mut self.line);
                self.shown = None;
                if !line.trim().is_empty() && self.history.last() != Some(&line) {
                    self.history.push(line.clone());
                    let excess = self.history.len().saturating_sub(HISTORY_MAX);
                    self.history.drain(..excess);
                }
                acts.push(Act::Line(line));
            }
            0x03 => {
                self.line.clear();
                acts.push(Act::Echo("^C\r\n".to_owned()));
                acts.push(Act::Break);
            }
            0x04 if self.line.is_empty() => acts.push(Act::End),
            0x08 | 0x7f => {
                let erased = self.line.pop().map(|_| Act::Echo("\u{8} \u{8}".to_owned()));
                acts.extend(erased);
            }
            0x15 => self.replace("", acts),
            0x17 => {
                let kept = self.line.trim_end_matches(' ').rfind(' ').map_or(0, |it| it + 1);
                let kept = self.line[..kept].to_owned();
                self.replace(&kept, acts);
            }
            0x20..=0xff => self.text(byte, acts),
            _ => {}
        }
    }

    fn text(&mut self, byte: u8, acts: &mut Vec<Act>) {
        self.pending.push(byte);
        match std::str::from_utf8(&self.pending) {
            Ok(text) => {
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push_str(text);
                    acts.push(Act::Echo(text.to_owned()));
                }
                self.pending.clear();
            }
            Err(error) if error.error_len().is_some() => self.pending.clear(),
            Err(_) => {}
        }
    }

    /// Up and down go through the history; other sequences mean nothing here.
    fn escape(&mut self, byte: u8, acts: &mut Vec<Act>) {
        self.pending.push(byte);
        let is_begun = self.pending.len() == 2 && matches!(byte, b'[' | b'O');
        if is_begun || !(0x40..=0x7e).contains(&byte) && self.pending.len() < 8 {
            return;
        }
        let sequence = std::mem::take(&mut self.pending);
        let shown = self.shown.unwrap_or(self.history.len());
        let wanted = match sequence.last() {
            Some(b'A') => shown.checked_sub(1),
            Some(b'B') => Some(shown + 1).filter(|it| *it <= self.history.len()),
            _ => None,
        };
        let Some(wanted) = wanted else { return };
        self.shown = Some(wanted);
        let line = self.history.get(wanted).cloned().unwrap_or_default();
        self.replace(&line, acts);
    }

    fn replace(&mut self, line: &str, acts: &mut Vec<Act>) {
        let erased = "\u{8} \u{8}".repeat(self.line.chars().count());
        acts.push(Act::Echo(erased + line));
        line.clone_into(&mut self.line);
    }
}

/// Text as a terminal wants it: each line begins at the left.
pub(super) fn for_terminal(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut before = 0;
    for byte in bytes {
        if *byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        before = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(acts: Vec<Act>) -> Vec<String> {
        let line = |it| if let Act::Line(line) = it { Some(line) } else { None };
        acts.into_iter().filter_map(line).collect()
    }

    #[test]
    fn a_line_is_edited_before_it_is_handed_over() {
        let mut editor = LineEditor::default();
        assert_eq!(lines(editor.typed(b"lx\x7fs /et\xc3\xa9\x08c\r")), ["ls /etc"]);
        assert_eq!(lines(editor.typed(b"echo one two\x17three\r")), ["echo one three"]);
        assert_eq!(lines(editor.typed(b"\x1b[A\x1b[A\x1b[B\r")), ["echo one three"]);
        assert_eq!(lines(editor.typed(b"\x1b[A\x1b[A\r")), ["ls /etc"]);
        assert_eq!(lines(editor.typed(b"nonsense\x15id\r")), ["id"]);
    }

    #[test]
    fn what_is_typed_is_shown() {
        let mut editor = LineEditor::default();
        assert_eq!(
            editor.typed("é\x03".as_bytes()),
            [Act::Echo("é".into()), Act::Echo("^C\r\n".into()), Act::Break]
        );
        assert_eq!(editor.typed(b"\x04"), [Act::End]);
        assert_eq!(for_terminal(b"a\nb\r\n"), b"a\r\nb\r\n");
    }
}
