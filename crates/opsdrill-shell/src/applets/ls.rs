//! `ls`, in the layout of GNU coreutils or, in busybox' containers, of busybox.

pub(super) mod layout;

use super::{Reply, Surroundings};
use crate::shell::{Request, unix_ms};
use crate::workspace::Details;
use crate::{FileError, ToolResult, Workspace};
use layout::{columns, long, quoted};

/// The most entries of one call, folders below folders included.
const ENTRIES_MAX: usize = 20_000;

/// What the flags ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Flags {
    /// `-a`.
    all: bool,
    /// `-A`.
    almost_all: bool,
    /// `-l`.
    long: bool,
    /// `-n`: numbers instead of names of owners.
    numeric: bool,
    /// `-1`.
    one: bool,
    /// `-C`.
    columns: bool,
    /// `-d`.
    directory: bool,
    /// `-h`.
    human: bool,
    /// `-R`.
    recursive: bool,
    /// `-r`.
    reverse: bool,
    /// `-t`.
    by_time: bool,
    /// `-S`.
    by_size: bool,
    /// `-F`.
    classify: bool,
    /// `-p`.
    slash: bool,
}

/// An entry with the name under which it is shown.
struct Shown {
    name: String,
    details: Details,
}

/// One call.
struct Listing<'a> {
    flags: Flags,
    workspace: &'a Workspace,
    cwd: &'a str,
    style: Style<'a>,
    left: usize,
    out: String,
    err: String,
    status: i32,
}

/// How lines are laid out.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag, or a fact about the machine")]
struct Style<'a> {
    busybox: bool,
    to_terminal: bool,
    owner: &'a str,
    owner_id: u32,
    numeric: bool,
    human: bool,
    now_ms: i64,
}

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let (flags, mut operands) = match read(&request.argv[1..]) {
        Ok(read) => read,
        Err(complaint) => return complaint.into(),
    };
    if operands.is_empty() {
        operands.push(".".to_owned());
    }
    let container = around.machine.container.as_ref();
    let busybox = container.is_some_and(|it| it.shell.is_busybox());
    let style = Style {
        busybox,
        to_terminal: around.to_terminal && around.machine.columns,
        owner: if container.is_some() { "root" } else { &around.machine.user },
        owner_id: if container.is_some() { 0 } else { 1000 },
        numeric: flags.numeric,
        human: flags.human,
        now_ms: unix_ms(around.host),
    };
    let mut listing = Listing {
        flags,
        workspace: around.workspace,
        cwd: &request.cwd,
        style,
        left: ENTRIES_MAX,
        out: String::new(),
        err: String::new(),
        status: 0,
    };
    listing.operands(operands);
    let Listing { out, err, status, .. } = listing;
    ToolResult { stdout: out.into_bytes(), stderr: err.into_bytes(), status }.into()
}

fn read(words: &[String]) -> Result<(Flags, Vec<String>), ToolResult> {
    let (mut flags, mut operands) = (Flags::default(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            operands.extend(words.by_ref().cloned());
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            match long {
                "all" => flags.all = true,
                "almost-all" => flags.almost_all = true,
                "directory" => flags.directory = true,
                "human-readable" => flags.human = true,
                "recursive" => flags.recursive = true,
                "reverse" => flags.reverse = true,
                "classify" => flags.classify = true,
                "color" | "color=auto" | "color=never" | "color=always" => {}
                _ => return Err(refused(word)),
            }
            continue;
        }
        let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            operands.push(word.clone());
            continue;
        };
        for letter in letters.chars() {
            match letter {
                'a' => flags.all = true,
                'A' => flags.almost_all = true,
                'l' => flags.long = true,
                'n' => (flags.long, flags.numeric) = (true, true),
                '1' => flags.one = true,
                'C' => flags.columns = true,
                'd' => flags.directory = true,
                'h' => flags.human = true,
                'R' => flags.recursive = true,
                'r' => flags.reverse = true,
                't' => flags.by_time = true,
                'S' => flags.by_size = true,
                'F' => flags.classify = true,
                'p' => flags.slash = true,
                _ => return Err(refused(&format!("-{letter}"))),
            }
        }
    }
    Ok((flags, operands))
}

fn refused(flag: &str) -> ToolResult {
    ToolResult::fail(format!("opsdrill: not simulated: ls {flag}\n"), 126)
}

impl Listing<'_> {
    fn operands(&mut self, operands: Vec<String>) {
        let several = operands.len() > 1 || self.flags.recursive;
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for name in operands {
            match self.look(&name) {
                Ok(details) if details.letter == 'd' && !self.flags.directory => {
                    folders.push(Shown { name, details });
                }
                Ok(details) => files.push(Shown { name, details }),
                Err(error) => self.complain(&name, error),
            }
        }
        self.sort(&mut files);
        self.sort(&mut folders);
        if !files.is_empty() {
            self.show(&files, false);
        }
        for folder in folders {
            self.folder(&folder.name, several);
        }
    }

    /// An operand: a link to a folder is followed unless lines are long.
    fn look(&self, name: &str) -> Result<Details, FileError> {
        let path = Workspace::resolve(self.cwd, name);
        let details = self.workspace.details(&path)?;
        if details.letter == 'l' && !self.flags.long {
            let real = self.workspace.real_path(&path)?;
            return self.workspace.details(&real).or(Ok(details));
        }
        Ok(details)
    }

    fn folder(&mut self, name: &str, titled: bool) {
        let path = Workspace::resolve(self.cwd, name);
        let listed = match self.workspace.list(&path) {
            Ok(listed) => listed,
            Err(error) => return self.complain(name, error),
        };
        if titled {
            let gap = if self.out.is_empty() { "" } else { "\n" };
            self.out += &format!("{gap}{name}:\n");
        }
        let hidden = self.flags.all || self.flags.almost_all;
        let mut shown = Vec::new();
        for entry in listed.into_iter().filter(|it| hidden || !it.name.starts_with('.')) {
            let full = format!("{}/{}", path.trim_end_matches('/'), entry.name);
            if let Ok(details) = self.workspace.details(&full) {
                shown.push(Shown { name: entry.name, details });
            }
        }
        self.sort(&mut shown);
        if self.flags.all {
            let own = [(".", path.clone()), ("..", format!("{path}/.."))];
            let own = own.into_iter().filter_map(|(name, path)| {
                let details = self.workspace.details(&path).ok()?;
                Some(Shown { name: name.to_owned(), details })
            });
            let place = if self.flags.reverse { shown.len() } else { 0 };
            shown.splice(place..place, own.collect::<Vec<_>>());
        }
        self.show(&shown, true);
        self.left = self.left.saturating_sub(shown.len());
        if self.flags.recursive && self.left > 0 {
            let inner = shown.iter().filter(|it| it.details.letter == 'd');
            let inner: Vec<String> = inner
                .filter(|it| it.name != "." && it.name != "..")
                .map(|it| format!("{}/{}", name.trim_end_matches('/'), it.name))
                .collect();
            for name in inner {
                self.folder(&name, true);
            }
        }
    }

    fn sort(&self, shown: &mut [Shown]) {
        shown.sort_by(|a, b| a.name.cmp(&b.name));
        if self.flags.by_time {
            shown.sort_by_key(|it| std::cmp::Reverse(it.details.modified_ms));
        } else if self.flags.by_size {
            shown.sort_by_key(|it| std::cmp::Reverse(it.details.size));
        }
        if self.flags.reverse {
            shown.reverse();
        }
    }

    fn show(&mut self, shown: &[Shown], in_folder: bool) {
        let names: Vec<String> = shown.iter().map(|it| self.name(it)).collect();
        let flags = self.flags;
        if flags.long {
            self.out += &long(shown, &names, self.style, in_folder);
        } else if flags.columns || (self.style.to_terminal && !flags.one) {
            self.out += &columns(&names);
        } else {
            self.out.extend(names.iter().flat_map(|it| [it.as_str(), "\n"]));
        }
    }

    /// The name with its mark, quoted where a terminal needs it.
    fn name(&self, shown: &Shown) -> String {
        let quoted = self.style.to_terminal && !self.style.busybox;
        let mut name = if quoted { self::quoted(&shown.name) } else { shown.name.clone() };
        let Details { letter, mode, target, .. } = &shown.details;
        match letter {
            'd' if self.flags.classify || self.flags.slash => name.push('/'),
            'l' if self.flags.classify && !self.flags.long => name.push('@'),
            '-' if self.flags.classify && mode & 0o111 != 0 => name.push('*'),
            _ => {}
        }
        if let Some(target) = target.as_ref().filter(|_| self.flags.long) {
            name += &format!(" -> {target}");
        }
        name
    }

    fn complain(&mut self, name: &str, error: FileError) {
        if self.style.busybox {
            self.err += &format!("ls: {name}: {error}\n");
            self.status = 1;
        } else {
            self.err += &format!("ls: cannot access '{name}': {error}\n");
            self.status = 2;
        }
    }
}
