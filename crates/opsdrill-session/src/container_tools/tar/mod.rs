//! `tar`: packs and unpacks the container's files. `kubectl cp` is this at the other end.

mod archive;

use archive::{ArchiveError, Content, Member};
use opsdrill_shell::{ToolCall, ToolResult, Workspace};

/// The deepest folder that is packed.
const DEPTH_MAX: usize = 32;

/// What is asked of `tar`.
#[derive(Default)]
struct Words<'a> {
    mode: char,
    archive: Option<&'a str>,
    folder: Option<&'a str>,
    verbose: bool,
    operands: Vec<&'a str>,
}

/// Runs `tar`.
pub(crate) fn run(call: ToolCall<'_>, busybox: bool) -> ToolResult {
    let words = match words(&call.argv[1..]) {
        Ok(words) => words,
        Err(refusal) => return refusal,
    };
    let cwd = words.folder.map_or(call.cwd.to_owned(), |it| Workspace::resolve(call.cwd, it));
    let tar = Tar { files: call.files, cwd, busybox, stdin: call.stdin.unwrap_or_default() };
    match words.mode {
        'c' => tar.pack(&words, call.cwd),
        'x' | 't' => tar.unpack(&words, call.cwd),
        _ => ToolResult::fail(
            "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.\n",
            2,
        ),
    }
}

/// Reads the command line: the first word may be letters without a dash.
fn words(arguments: &[String]) -> Result<Words<'_>, ToolResult> {
    let mut words = Words { mode: ' ', ..Words::default() };
    let mut rest = arguments.iter().map(String::as_str);
    let mut first = true;
    while let Some(word) = rest.next() {
        let letters = match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() && !letters.starts_with('-') => letters,
            None if first => word,
            Some("-") => {
                words.operands.extend(rest);
                break;
            }
            Some(long) if long.starts_with('-') => return Err(not_simulated(word)),
            _ => {
                words.operands.push(word);
                continue;
            }
        };
        first = false;
        for letter in letters.chars() {
            match letter {
                'c' | 'x' | 't' => words.mode = letter,
                'f' => words.archive = rest.next(),
                'C' => words.folder = rest.next(),
                'v' => words.verbose = true,
                // When and whose files are: all of them are root's, and of now.
                'm' | 'p' | 'o' => {}
                _ => return Err(not_simulated(&format!("-{letter}"))),
            }
        }
    }
    Ok(words)
}

fn not_simulated(option: &str) -> ToolResult {
    ToolResult::fail(format!("opsdrill: not simulated: tar {option} in containers\n"), 126)
}

struct Tar<'a> {
    files: &'a mut Workspace,
    /// Where members' names begin.
    cwd: String,
    busybox: bool,
    stdin: &'a [u8],
}

impl Tar<'_> {
    fn pack(self, words: &Words<'_>, cwd: &str) -> ToolResult {
        let mut members = Vec::new();
        let mut said = String::new();
        let mut failed = false;
        for operand in &words.operands {
            if operand.starts_with('/') && !said.contains("emoving leading") {
                said += if self.busybox {
                    "tar: removing leading '/' from member names\n"
                } else {
                    "tar: Removing leading `/' from member names\n"
                };
            }
            let path = Workspace::resolve(&self.cwd, operand);
            let name = operand.trim_start_matches('/').trim_end_matches('/');
            if !self.files.exists(&path) {
                failed = true;
                let cannot = if self.busybox { "" } else { "Cannot stat: " };
                said += &format!("tar: {operand}: {cannot}No such file or directory\n");
                continue;
            }
            self.add(&path, name, DEPTH_MAX, &mut members);
        }
        if failed {
            said += if self.busybox {
                "tar: error exit delayed from previous errors\n"
            } else {
                "tar: Exiting with failure status due to previous errors\n"
            };
        }
        let names = members.iter().filter(|_| words.verbose).map(listed).collect::<String>();
        let status = if failed { self.failure() } else { 0 };
        // The archive of nothing is nothing: what unpacks it would else be done before the complaint arrives.
        let nothing = failed && members.is_empty();
        let bytes = if nothing { Vec::new() } else { archive::write(&members) };
        match words.archive {
            None | Some("-") => {
                ToolResult { stdout: bytes, stderr: (said + &names).into_bytes(), status }
            }
            Some(file) => match self.files.write(&Workspace::resolve(cwd, file), &bytes) {
                Ok(()) => ToolResult { stdout: names.into(), stderr: said.into(), status },
                Err(why) => ToolResult::fail(
                    format!("{said}tar: {file}: Cannot open: {why}\n"),
                    self.failure(),
                ),
            },
        }
    }

    /// Adds a file, or a folder with all that lies in it.
    fn add(&self, path: &str, name: &str, depth: usize, members: &mut Vec<Member>) {
        let modified = self.files.modified(path).unwrap_or_default() / 1000;
        let of = |content| Member { name: name.to_owned(), modified, content };
        if !self.files.is_dir(path) {
            members.push(of(Content::File(self.files.read(path).unwrap_or_default())));
            return;
        }
        if !name.is_empty() {
            members.push(of(Content::Folder));
        }
        if depth == 0 {
            return;
        }
        for entry in self.files.list(path).unwrap_or_default() {
            let path = format!("{}/{}", path.trim_end_matches('/'), entry.name);
            let name = format!("{name}/{}", entry.name);
            self.add(&path, name.trim_start_matches('/'), depth - 1, members);
        }
    }

    fn unpack(mut self, words: &Words<'_>, cwd: &str) -> ToolResult {
        let read = match words.archive {
            None | Some("-") => Ok(self.stdin.to_vec()),
            Some(file) => self
                .files
                .read(&Workspace::resolve(cwd, file))
                .map_err(|why| format!("tar: {file}: Cannot open: {why}\n")),
        };
        let members = read.and_then(|it| archive::read(&it).map_err(|why| self.complaint(why)));
        let members = match members {
            Ok(members) => members,
            Err(complaint) => {
                let end = "tar: Error is not recoverable: exiting now\n";
                let end = if self.busybox { "" } else { end };
                return ToolResult::fail(complaint + end, self.failure());
            }
        };
        let wanted = |it: &&Member| {
            let within = |part: &&str| {
                let part = part.trim_end_matches('/');
                it.name.strip_prefix(part).is_some_and(|it| it.is_empty() || it.starts_with('/'))
            };
            words.operands.is_empty() || words.operands.iter().any(within)
        };
        let members: Vec<&Member> = members.iter().filter(wanted).collect();
        if words.mode == 't' {
            return ToolResult::ok(members.into_iter().map(listed).collect::<String>());
        }
        if !self.files.is_dir(&self.cwd) {
            return self.no_folder(words.folder.unwrap_or_default());
        }
        let names = members.iter().filter(|_| words.verbose).map(|it| listed(it));
        let stdout = names.collect::<String>();
        let complaints: String = members.iter().filter_map(|it| self.put(it).err()).collect();
        if complaints.is_empty() {
            return ToolResult::ok(stdout);
        }
        let end = "tar: Exiting with failure status due to previous errors\n";
        let end = if self.busybox { "" } else { end };
        let stderr = (complaints + end).into_bytes();
        ToolResult { stdout: stdout.into(), stderr, status: self.failure() }
    }

    /// Puts a member in its place; what would leave the folder stays in it.
    fn put(&mut self, member: &Member) -> Result<(), String> {
        let path = Workspace::resolve("/", &member.name);
        let path = format!("{}{path}", self.cwd.trim_end_matches('/'));
        let done = match &member.content {
            Content::File(bytes) => {
                let above = path.rsplit_once('/').map_or("", |it| it.0);
                let made = if above.is_empty() { Ok(()) } else { self.files.make_dirs(above) };
                made.and_then(|()| self.files.write(&path, bytes))
            }
            Content::Folder => self.files.make_dirs(&path),
            Content::Other => {
                let name = &member.name;
                return Err(format!("opsdrill: not simulated: {name} is a link in the archive\n"));
            }
        };
        done.map_err(|why| {
            if self.busybox {
                format!("tar: can't open '{}': {why}\n", member.name)
            } else {
                format!("tar: {}: Cannot open: {why}\n", member.name)
            }
        })
    }

    fn no_folder(&self, folder: &str) -> ToolResult {
        let why = "No such file or directory";
        let complaint = if self.busybox {
            format!("tar: can't change directory to '{folder}': {why}\n")
        } else {
            format!(
                "tar: {folder}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n"
            )
        };
        ToolResult::fail(complaint, self.failure())
    }

    fn complaint(&self, why: ArchiveError) -> String {
        match (why, self.busybox) {
            (ArchiveError::Cut, true) => "tar: short read\n",
            (ArchiveError::Cut, false) => "tar: Unexpected EOF in archive\n",
            (ArchiveError::NoArchive, true) => "tar: invalid tar magic\n",
            (ArchiveError::NoArchive, false) => "tar: This does not look like a tar archive\n",
        }
        .to_owned()
    }

    fn failure(&self) -> i32 {
        if self.busybox { 1 } else { 2 }
    }
}

fn listed(member: &Member) -> String {
    let slash = if member.content == Content::Folder { "/" } else { "" };
    format!("{}{slash}\n", member.name)
}
