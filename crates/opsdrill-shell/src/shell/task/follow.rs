//! `tail` in a container, of files that grow while it runs.

use tokio::sync::oneshot;

use super::super::requests::Answer;
use crate::{ToolResult, Workspace};

/// How often it looks, in milliseconds; the real one does the same where the kernel does not tell it.
const LOOK_MS: u64 = 1000;

/// A `tail -f`.
pub(super) struct Follow {
    files: Vec<Followed>,
    pub(super) answer: Option<oneshot::Sender<Answer>>,
    pub(super) begun_ms: u64,
    /// The file whose lines were printed last, where there are several.
    last: usize,
}

struct Followed {
    path: String,
    name: String,
    seen: usize,
}

/// Whence the first lines are printed.
#[derive(Clone, Copy)]
enum From {
    Last(usize),
    Line(usize),
    LastBytes(usize),
}

struct Call {
    from: From,
    follows: bool,
    /// `-F`: a file may come later.
    retries: bool,
    names: Vec<String>,
}

impl Follow {
    /// The first output, and what is to be followed, if anything is.
    pub(super) fn begin(
        words: &[String],
        cwd: &str,
        stdin: Option<Vec<u8>>,
        files: &Workspace,
    ) -> Result<(ToolResult, Option<Self>), ToolResult> {
        let call = parse(words)?;
        if call.names.is_empty() {
            let stdin = stdin.unwrap_or_default();
            return Ok((ToolResult::ok(part(&stdin, call.from)), None));
        }
        let mut first = ToolResult::default();
        let mut followed = Vec::new();
        let several = call.names.len() > 1;
        for name in &call.names {
            let path = Workspace::resolve(cwd, name);
            match files.read(&path) {
                Ok(contents) => {
                    if several {
                        let gap = if first.stdout.is_empty() { "" } else { "\n" };
                        first.stdout.extend(format!("{gap}==> {name} <==\n").into_bytes());
                    }
                    first.stdout.extend(part(&contents, call.from));
                    let seen = contents.len();
                    followed.push(Followed { path, name: name.clone(), seen });
                }
                Err(error) => {
                    let text = format!("tail: cannot open '{name}' for reading: {error}\n");
                    first.stderr.extend(text.into_bytes());
                    first.status = 1;
                    if call.retries {
                        followed.push(Followed { path, name: name.clone(), seen: 0 });
                    }
                }
            }
        }
        if !call.follows || followed.is_empty() {
            return Ok((first, None));
        }
        let last = followed.len() - 1;
        Ok((first, Some(Self { files: followed, answer: None, begun_ms: 0, last })))
    }

    /// What was added since the last look.
    pub(super) fn grown(&mut self, workspace: &Workspace) -> Vec<u8> {
        let several = self.files.len() > 1;
        let mut new = Vec::new();
        for (place, file) in self.files.iter_mut().enumerate().filter(|(_, it)| it.is_file()) {
            let Ok(contents) = workspace.read(&file.path) else { continue };
            if contents.len() < file.seen {
                // It was cut off and begun anew.
                file.seen = 0;
            }
            if contents.len() == file.seen {
                continue;
            }
            if several && self.last != place {
                new.extend(format!("\n==> {} <==\n", file.name).into_bytes());
            }
            self.last = place;
            new.extend_from_slice(&contents[file.seen..]);
            file.seen = contents.len();
        }
        new
    }

    /// When it looks next; never where nothing can grow.
    pub(super) fn next_look(&self, now_ms: u64) -> Option<u64> {
        let looks = self.files.iter().any(Followed::is_file);
        looks.then(|| now_ms + LOOK_MS - now_ms.saturating_sub(self.begun_ms) % LOOK_MS)
    }
}

impl Followed {
    fn is_file(&self) -> bool {
        !self.path.starts_with("/dev/")
    }
}

/// Whether what a `tail` in a script prints goes through a pipe or into a file.
pub(super) fn goes_elsewhere(script: &str) -> bool {
    script.lines().filter_map(|line| Some(&line[line.find("tail ")?..])).any(|rest| {
        let command = rest.replace("||", ";").replace("2>/dev/null", "").replace("2>&1", "");
        let command = command.split([';', '&']).next().unwrap_or_default();
        command.contains(['|', '>'])
    })
}

fn part(contents: &[u8], from: From) -> Vec<u8> {
    let lines: Vec<&[u8]> = contents.split_inclusive(|it| *it == b'\n').collect();
    match from {
        From::Last(count) => lines[lines.len().saturating_sub(count)..].concat(),
        From::Line(number) => lines[number.saturating_sub(1).min(lines.len())..].concat(),
        From::LastBytes(count) => contents[contents.len().saturating_sub(count)..].to_vec(),
    }
}

fn parse(words: &[String]) -> Result<Call, ToolResult> {
    let mut call = Call { from: From::Last(10), follows: false, retries: false, names: Vec::new() };
    let mut rest = words.iter();
    let bad = |word: &str| ToolResult::fail(format!("opsdrill: not simulated: tail {word}\n"), 126);
    while let Some(word) = rest.next() {
        let Some(flags) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            call.names.push(word.clone());
            continue;
        };
        if let Some(long) = flags.strip_prefix('-') {
            match long.split_once('=').unwrap_or((long, "")) {
                ("follow", kind) => (call.follows, call.retries) = (true, kind == "name"),
                ("retry", _) => call.retries = true,
                ("lines", value) => call.from = count(value).ok_or_else(|| bad(word))?,
                ("quiet" | "silent", _) => {}
                _ => return Err(bad(word)),
            }
            continue;
        }
        if flags.bytes().all(|it| it.is_ascii_digit()) {
            call.from = count(flags).ok_or_else(|| bad(word))?;
            continue;
        }
        let mut letters = flags.chars();
        while let Some(letter) = letters.next() {
            match letter {
                'f' => call.follows = true,
                'F' => (call.follows, call.retries) = (true, true),
                'q' => {}
                'n' | 'c' | 's' => {
                    let attached = letters.as_str().to_owned();
                    let value =
                        if attached.is_empty() { rest.next().cloned() } else { Some(attached) };
                    let value = value.ok_or_else(|| bad(word))?;
                    call.from = match (letter, count(&value).ok_or_else(|| bad(word))?) {
                        ('s', _) => call.from,
                        ('c', From::Last(count)) => From::LastBytes(count),
                        ('c', _) => return Err(bad(word)),
                        (_, from) => from,
                    };
                    break;
                }
                _ => return Err(bad(word)),
            }
        }
    }
    Ok(call)
}

fn count(text: &str) -> Option<From> {
    match text.strip_prefix('+') {
        Some(number) => number.parse().ok().map(From::Line),
        None => text.trim_start_matches('-').parse().ok().map(From::Last),
    }
}
