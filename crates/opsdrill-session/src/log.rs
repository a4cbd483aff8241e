//! The input log: the save file, the transcript, the undo, the evidence and the crash recovery, all in one.
//!
//! One JSON line for each input with its simulated time and actor. Each carries the hash of the one before it, so an
//! edited log is noticed; each is handed to the sink, out of this process, before its effect is shown.

use std::fmt;

use opsdrill_engine::SimTime;
use serde::{Deserialize, Serialize};

use crate::api_call::ApiCall;
use crate::brought::BroughtFile;
use crate::exec_call::ExecCall;

/// The version of the log's format.
pub const LOG_VERSION: u32 = 1;

/// The longest line of a log, in bytes.
const LINE_MAX: usize = 16 << 20;

/// The first line: what the session is a function of, beside its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the log's format.
    pub log_version: u32,
    /// Version of the program.
    pub program: String,
    /// Scenario.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
    /// Language of the texts.
    pub language: Language,
    /// Whether each command costs a fixed simulated time.
    pub step: bool,
    /// Whether the session was begun at a person's terminal.
    #[serde(default, skip_serializing_if = "is_false")]
    pub terminal: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The language of texts for trainees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A line typed at the prompt (or several, when they make one command).
    Line(String),
    /// Ctrl-C while a command ran.
    Interrupt,
    /// What came out of the editor that a command opened; `None` if it was left without saving.
    Edited(Option<String>),
    /// A command waits and nobody can know for how long: time has come this far. Written again and again, so that a
    /// session that dies meanwhile goes on from here.
    Waiting,
    /// A command that has waited is over.
    Ended,
    /// A request over the network.
    Api(Box<ApiCall>),
    /// Files of the workspace that were changed outside.
    Files(Vec<BroughtFile>),
    /// A command in a container, run over the network.
    Exec(Box<ExecCall>),
    /// A line typed in a shell that such a command opened.
    Typed {
        /// The command.
        id: u64,
        /// The line.
        text: String,
    },
    /// Ctrl-C while such a command ran.
    Break(u64),
    /// The client of such a shell has gone.
    HangUp(u64),
}

impl Input {
    /// Whether it came over the network.
    pub fn is_visit(&self) -> bool {
        matches!(
            self,
            Self::Api(_) | Self::Exec(_) | Self::Typed { .. } | Self::Break(_) | Self::HangUp(_)
        )
    }

    /// The input in a few words, such as `patch Deployment shop/web`; a line is what was typed.
    pub fn summary(&self) -> String {
        match self {
            Self::Line(line) | Self::Typed { text: line, .. } => line.clone(),
            Self::Api(call) => call.summary(),
            Self::Exec(call) => call.summary(),
            Self::Files(files) => {
                let paths: Vec<&str> = files.iter().map(|it| it.path.as_str()).collect();
                format!("edit {}", paths.join(" "))
            }
            Self::Interrupt | Self::Break(_) => "^C".to_owned(),
            Self::Edited(_) | Self::Waiting | Self::Ended | Self::HangUp(_) => String::new(),
        }
    }
}

/// An input with its time and its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Simulated time, milliseconds.
    pub time: SimTime,
    /// Who: `trainee`, later `instructor`.
    pub actor: String,
    /// What.
    pub input: Input,
    /// Hash over the line before this one and this record.
    pub hash: String,
}

/// Why a log cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the session's log: {}", self.line, self.problem)
    }
}

/// Where the lines of a log are kept.
pub trait LogSink {
    /// Keeps a line (without its line break): whatever becomes of this process after it returns, the line is there.
    ///
    /// # Errors
    /// Why it cannot be kept, such as a full disk.
    fn append(&mut self, line: &str) -> Result<(), String>;
}

/// A sink that keeps nothing: for replays and tests.
#[derive(Debug, Default)]
pub struct Forget;

impl LogSink for Forget {
    fn append(&mut self, _line: &str) -> Result<(), String> {
        Ok(())
    }
}

/// A log in memory, chained.
#[derive(Clone, Debug)]
pub struct Log {
    header: Header,
    records: Vec<Record>,
    last: String,
}

impl Log {
    /// A new log.
    pub fn new(header: Header) -> Self {
        let last = hash("", &json(&header));
        Self { header, records: Vec::new(), last }
    }

    /// What the session is a function of.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The records, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The hash over everything so far.
    pub fn hash(&self) -> &str {
        &self.last
    }

    /// The header as a line.
    pub fn header_line(&self) -> String {
        json(&self.header)
    }

    /// The whole log as a file holds it.
    pub fn text(&self) -> String {
        let records = self.records.iter().map(json);
        std::iter::once(self.header_line()).chain(records).map(|line| line + "\n").collect()
    }

    /// Adds an input and answers its line.
    pub fn push(&mut self, time: SimTime, actor: &str, input: Input) -> String {
        let body = json(&(time, actor, &input));
        self.last = hash(&self.last, &body);
        let record = Record { time, actor: actor.to_owned(), input, hash: self.last.clone() };
        let line = json(&record);
        self.records.push(record);
        line
    }

    /// Reads a log. A last line that was cut (the machine went down while it was written) is left out, and said.
    ///
    /// # Errors
    /// The first line that is not what was written.
    pub fn read(text: &str) -> Result<(Self, bool), LogError> {
        let wrong = |line: usize, problem: &str| LogError { line, problem: problem.to_owned() };
        let mut lines = text.split_inclusive('\n').enumerate();
        let (_, first) = lines.next().ok_or_else(|| wrong(1, "the log is empty"))?;
        let header: Header = serde_json::from_str(first)
            .map_err(|_| wrong(1, "this is not the log of a session"))?;
        if header.log_version != LOG_VERSION {
            return Err(wrong(
                1,
                &format!(
                    "version {} is not known; this program reads {LOG_VERSION}",
                    header.log_version
                ),
            ));
        }
        let mut log = Self::new(header);
        for (number, line) in lines {
            let cut = !line.ends_with('\n');
            if line.len() > LINE_MAX {
                return Err(wrong(number + 1, "the line is too long"));
            }
            let record: Record = match serde_json::from_str(line) {
                Ok(record) => record,
                Err(_) if cut => {
                    log.end_cut_off_command();
                    return Ok((log, true));
                }
                Err(_) => {
                    return Err(wrong(
                        number + 1,
                        "it cannot be read; the log was edited or damaged",
                    ));
                }
            };
            log.push(record.time, &record.actor, record.input);
            if log.last != record.hash {
                return Err(wrong(number + 1, "its hash does not fit; the log was edited"));
            }
        }
        log.end_cut_off_command();
        Ok((log, false))
    }

    /// A command that waited when the session died was interrupted at the last time that is known.
    fn end_cut_off_command(&mut self) {
        let line = self.records.iter().rposition(|it| matches!(it.input, Input::Line(_)));
        let during = &self.records[line.unwrap_or_default()..];
        let place = |wanted: fn(&Input) -> bool| during.iter().rposition(|it| wanted(&it.input));
        let waited = place(|it| *it == Input::Waiting);
        let ended = place(|it| matches!(it, Input::Interrupt | Input::Ended));
        if let Some(last) = during.last().filter(|_| waited > ended) {
            let (time, actor) = (last.time, last.actor.clone());
            self.push(time, &actor, Input::Interrupt);
            self.push(time, &actor, Input::Ended);
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}

fn hash(before: &str, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(body.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> String {
        let header = Header {
            log_version: LOG_VERSION,
            program: "0".into(),
            scenario: "x".into(),
            seed: 1,
            language: Language::En,
            step: true,
            terminal: false,
        };
        let mut log = Log::new(header);
        let lines = [
            log.header_line(),
            log.push(SimTime(5), "trainee", Input::Line("kubectl get pods".into())),
            log.push(SimTime(9), "trainee", Input::Interrupt),
        ];
        lines.map(|it| it + "\n").concat()
    }

    #[test]
    fn what_was_written_is_read() {
        let (log, cut) = Log::read(&written()).unwrap();
        assert!(!cut);
        assert_eq!(log.records().len(), 2);
        assert_eq!(log.records()[1].input, Input::Interrupt);
    }

    #[test]
    fn a_cut_last_line_is_left_out() {
        let text = written();
        let (log, cut) = Log::read(&text[..text.len() - 7]).unwrap();
        assert!(cut);
        assert_eq!(log.records().len(), 1);
    }

    #[test]
    fn a_wait_that_was_cut_off_ends_at_the_last_known_time() {
        let mut log = Log::read(&written()).unwrap().0;
        let line = |log: &mut Log, time, input| log.push(SimTime(time), "trainee", input);
        line(&mut log, 20, Input::Line("sleep 1h".into()));
        line(&mut log, 20, Input::Waiting);
        line(&mut log, 1_020, Input::Waiting);
        let cut_off = Log::read(&log.text()).unwrap().0;
        let [.., interrupted, last] = cut_off.records() else { panic!("{cut_off:?}") };
        assert_eq!((interrupted.time, &interrupted.input), (SimTime(1_020), &Input::Interrupt));
        assert_eq!((last.time, &last.input), (SimTime(1_020), &Input::Ended));
        // What has ended stays as it is.
        line(&mut log, 2_000, Input::Ended);
        assert_eq!(Log::read(&log.text()).unwrap().0.records(), log.records());
    }

    #[test]
    fn an_edited_log_is_refused_with_its_line() {
        let error = Log::read(&written().replace("get pods", "get nodes")).unwrap_err();
        assert_eq!(error.line, 2);
        let removed: String = written()
            .lines()
            .enumerate()
            .filter(|it| it.0 != 1)
            .map(|it| it.1.to_owned() + "\n")
            .collect();
        assert_eq!(Log::read(&removed).unwrap_err().line, 2);
    }
}
