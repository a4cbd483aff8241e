//! What a client types to a shell, put together to commands.

use std::collections::VecDeque;

use opsdrill_session::is_complete;

use super::line_editor::{Act, LineEditor};

/// What a client types to a shell, line by line.
pub(super) struct Typing {
    /// The terminal, if there is one.
    editor: Option<LineEditor>,
    /// What has come and is not complete.
    text: String,
    bytes: Vec<u8>,
    next: VecDeque<Next>,
    closed: bool,
}

pub(super) enum Next {
    Echo(String),
    Prompt { goes_on: bool },
    Line(String),
}

impl Typing {
    pub(super) fn new(terminal: bool) -> Self {
        Self {
            editor: terminal.then(LineEditor::default),
            text: String::new(),
            bytes: Vec::new(),
            next: VecDeque::new(),
            closed: false,
        }
    }

    pub(super) fn typed(&mut self, bytes: &[u8]) {
        let Some(editor) = &mut self.editor else {
            self.bytes.extend(bytes);
            while let Some(end) = self.bytes.iter().position(|it| *it == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                self.line(String::from_utf8_lossy(&line[..end]).into_owned(), false);
            }
            return;
        };
        for act in editor.typed(bytes) {
            match act {
                Act::Echo(text) => self.next.push_back(Next::Echo(text)),
                Act::Line(line) => self.line(line, true),
                Act::Break => {
                    self.text.clear();
                    self.next.push_back(Next::Prompt { goes_on: false });
                }
                Act::End => self.next.push_back(Next::Line("exit".to_owned())),
            }
        }
    }

    /// A line is complete; a command may still go on.
    fn line(&mut self, line: String, prompts: bool) {
        self.text.push_str(&line);
        if self.text.trim().is_empty() {
            self.text.clear();
            if prompts {
                self.next.push_back(Next::Prompt { goes_on: false });
            }
        } else if is_complete(&self.text) {
            self.next.push_back(Next::Line(std::mem::take(&mut self.text)));
        } else {
            self.text.push('\n');
            if prompts {
                self.next.push_back(Next::Prompt { goes_on: true });
            }
        }
    }

    /// Nothing more comes: what there is runs, and the shell ends.
    pub(super) fn closed(&mut self) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let rest = std::mem::take(&mut self.bytes);
        self.text.push_str(&String::from_utf8_lossy(&rest));
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.next.push_back(Next::Line(text));
        }
        self.next.push_back(Next::Line("exit".to_owned()));
    }

    pub(super) fn next(&mut self) -> Option<Next> {
        self.next.pop_front()
    }
}
