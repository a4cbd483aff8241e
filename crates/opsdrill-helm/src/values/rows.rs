//! The letters of a `--set` argument, read one after another.

/// Letters, and where the next one is.
pub(super) struct Letters {
    letters: Vec<char>,
    place: usize,
}

/// Letters up to a mark, and the mark; `None` at the end of all.
pub(super) type Run = (String, Option<char>);

impl Letters {
    pub(super) fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), place: 0 }
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.letters.get(self.place).copied();
        self.place += usize::from(letter.is_some());
        letter
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.letters.get(self.place).copied()
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> String {
        self.letters[self.place..].iter().collect()
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.place = (self.place + count).min(self.letters.len());
    }

    /// Up to one of the marks; a backslash before a letter takes its meaning away.
    pub(super) fn until(&mut self, marks: &str, escapes: bool) -> Run {
        let mut run = String::new();
        while let Some(letter) = self.next() {
            if marks.contains(letter) {
                return (run, Some(letter));
            }
            if letter != '\\' || !escapes {
                run.push(letter);
            } else if let Some(letter) = self.next() {
                run.push(letter);
            }
        }
        (run, None)
    }
}
