//! The words that stand before the one being typed: which verb, which flags, what else.

use crate::kubectl::command::{Command, Row as _};
use crate::kubectl::flags::Flag;
use crate::kubectl::kubeconfig::Kubeconfig;
use crate::kubectl::shared_flags;
use crate::kubectl::verbs::VERBS;

/// What was typed so far. Words that make no sense are passed over: the line is not finished.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The verb, or its part.
    pub(super) command: Option<Command>,
    /// Words that are no flags, after the command.
    pub(super) words: Vec<String>,
    /// The flag whose value comes next.
    pub(super) open_flag: Option<Flag>,
    /// Whether `--` has ended the flags.
    pub(super) after_dash: bool,
    given: Vec<(&'static str, String)>,
}

impl Typed {
    pub(super) fn read(before: &[String]) -> Self {
        let mut line = Self::default();
        for word in before {
            line.take(word);
        }
        line
    }

    fn take(&mut self, word: &str) {
        if self.after_dash {
            return;
        }
        if let Some(flag) = self.open_flag.take() {
            self.given.push((flag.name, word.to_owned()));
        } else if word == "--" {
            self.after_dash = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            if let Some(flag) = self.flag(name) {
                self.give(flag, value);
            }
        } else if word.len() > 1 && word.starts_with('-') {
            self.take_letters(&word[1..]);
        } else {
            self.take_word(word);
        }
    }

    /// One-letter flags in a row; the last may have its value attached.
    fn take_letters(&mut self, mut letters: &str) {
        while let Some(letter) = letters.chars().next() {
            let after = &letters[letter.len_utf8()..];
            let Some(flag) = self.flags().find(|it| it.short == Some(letter)) else { return };
            if flag.alone().is_none() {
                let value = Some(after.trim_start_matches('=')).filter(|it| !it.is_empty());
                return self.give(flag, value);
            }
            self.give(flag, None);
            letters = after;
        }
    }

    fn take_word(&mut self, word: &str) {
        let known = match self.command {
            None => VERBS,
            Some(command) if self.words.is_empty() => command.children,
            Some(_) => &[],
        };
        match known.iter().find(|it| it.answers_to(word)) {
            Some(command) => self.command = Some(*command),
            None if self.command.is_some() => self.words.push(word.to_owned()),
            None => {}
        }
    }

    fn give(&mut self, flag: Flag, value: Option<&str>) {
        match value.or(flag.alone()) {
            Some(value) => self.given.push((flag.name, value.to_owned())),
            None => self.open_flag = Some(flag),
        }
    }

    /// The flags that the command takes.
    pub(super) fn flags(&self) -> impl Iterator<Item = Flag> {
        let flags = match self.command {
            Some(command) => command.all_flags(),
            None => shared_flags::GLOBAL.to_vec(),
        };
        flags.into_iter()
    }

    /// A flag by its long name.
    pub(super) fn flag(&self, name: &str) -> Option<Flag> {
        self.flags().find(|it| it.name == name)
    }

    fn value(&self, flag: &str) -> Option<&str> {
        self.given.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| value.as_str())
    }

    /// The namespace to look into; empty for all.
    pub(super) fn namespace(&self, config: &Kubeconfig) -> String {
        if self.value("all-namespaces") == Some("true") {
            return String::new();
        }
        let context = self.value("context").and_then(|it| config.context(it));
        let own = || context.map(|it| it.namespace.as_str()).filter(|it| !it.is_empty());
        self.value("namespace").or_else(own).unwrap_or(config.namespace()).to_owned()
    }
}
