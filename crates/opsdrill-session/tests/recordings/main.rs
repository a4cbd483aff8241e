//! Our kubectl on our cluster against recordings of a real one: the same commands in the same order on the same
//! manifests, with what must differ masked (`mask.rs`).
//!
//! - `transcripts/`: what was recorded, derived by hand from recordings that are no part of the project:
//!   `OPSDRILL_RECORDINGS=<folder> UPDATE=1 cargo test -p opsdrill-session --test recordings -- --ignored`
//! - `world/`: the cluster of the recordings; its containers are stand-ins scripted by their environment
//! - `differences.md`: the commands that differ, each with the reason; all others must agree
//! - `agreement.md`: the figures, which only rise. `UPDATE=1` enters commands that agree now
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the figures to be rewritten")]

mod chance;
mod derive;
mod mask;
mod requests;
mod transcript;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use opsdrill_engine::{SimDuration, SimTime};
use opsdrill_session::log::Forget;
use opsdrill_session::{FrontEnd, Library, Options, Session, Stream};
use opsdrill_testkit::folder;
use similar::TextDiff;

use mask::mask;
use transcript::{Answer, Case};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings");
/// When the session begins, in milliseconds after the nodes had joined.
const BEGIN_MS: u64 = 7_000;
/// The least time between two commands: the real kubectl takes as long to start.
const BETWEEN: SimDuration = SimDuration(250);
/// How long a recorded command ran that was cut off.
const PATIENCE: SimDuration = SimDuration::seconds(4);
/// How the reason of a difference begins that is the recording's own.
const NOT_GENUINE: &str = "not genuine";
/// How the reason begins of what comes once more is simulated.
const NOT_SIMULATED: &str = "not simulated";
/// What the recorded editor made of the text.
const EDITS: &[(&str, &str, &str)] =
    &[("230-edit-change", "a=1", "a=42"), ("231-edit-bad", "name: web-cfg", "name: other")];

/// Commands that show whether somebody reads along: the recordings' output was a file.
const PIPED: [&str; 1] = ["318-create-token"];

/// The group in which a command is counted.
pub(crate) fn group(name: &str, line: &str) -> &'static str {
    let has = |text: &str| line.contains(text);
    let verb = line.split_whitespace().nth(1).unwrap_or_default();
    let short = name.get(4..).unwrap_or_default();
    match verb {
        _ if short.starts_with("crd-") || short.starts_with("cr-") => "custom resources",
        _ if short.starts_with("err-") => "errors",
        "auth" => "access",
        _ if has("--as=") => "access",
        "events" => "events",
        "get" if has(" events") => "events",
        "get" if has(" -o ") && !has("-o wide") || has("--raw") => "documents",
        "get" | "top" => "get",
        "describe" => "describe",
        "rollout" => "rollout",
        "apply" | "diff" => "apply",
        "create" | "run" | "expose" | "autoscale" => "create",
        "delete" => "delete",
        "wait" => "wait",
        "logs" | "exec" | "attach" | "cp" | "port-forward" | "debug" => "containers",
        "cordon" | "uncordon" | "drain" | "taint" => "nodes",
        "explain" | "version" | "cluster-info" | "api-versions" | "api-resources"
        | "__complete" => "discovery",
        _ => "change",
    }
}

/// Whoever sits in front: keeps the streams apart, edits as was recorded, and loses patience where the recording did.
#[derive(Default)]
struct Front {
    stdout: String,
    stderr: String,
    edit: Option<(&'static str, &'static str)>,
    until: Option<SimTime>,
}

impl FrontEnd for Front {
    fn print(&mut self, stream: Stream, text: &str) {
        match stream {
            Stream::Out => self.stdout.push_str(text),
            Stream::Err => self.stderr.push_str(text),
        }
    }

    fn pass(&mut self, _: SimTime, to: SimTime) -> SimTime {
        self.until.map_or(to, |until| until.min(to))
    }

    fn edit(&mut self, _: &str, text: &str) -> Option<String> {
        Some(match self.edit {
            Some((from, to)) => text.replacen(from, to, 1).replacen(from, to, 1),
            None => text.to_owned(),
        })
    }
}

fn session(cases: &BTreeMap<String, (String, Case)>) -> Session {
    let mut files = folder::read(&Path::new(FOLDER).join("world"));
    for (name, (_, case)) in cases {
        let stdin = case
            .stdin
            .as_ref()
            .map(|it| (format!("workspace/stdin/{name}"), it.clone().into_bytes()));
        files.extend(stdin);
    }
    let mut library = Library::default();
    library.add(files.into_iter().map(|(path, contents)| (format!("recordings/{path}"), contents)));
    let mut session =
        Session::new(Arc::new(library), "recordings", Options::default()).expect("a good world");
    // The recordings' kubeconfig named the namespace before anybody made it.
    let line = "kubectl config set-context --current --namespace=demo";
    session.run_line(line, &mut Front::default(), &mut Forget);
    session
}

/// Lets time pass until a command was typed.
fn pass(session: &mut Session, case: &Case) {
    let start = session.stage().start + SimDuration(case.at_ms.saturating_sub(BEGIN_MS));
    session.advance_to(start.max(session.now() + BETWEEN));
}

/// Runs a command as it was recorded; what it prints is not masked yet.
fn run(session: &mut Session, case: &Case, reason: &str) -> Answer {
    let edit = EDITS.iter().find(|it| it.0 == case.name).map(|it| (it.1, it.2));
    let cut_off = case.wanted.as_ref().is_some_and(|it| it.exit == "timeout")
        || case.command.starts_with("kubectl attach")
        // Nobody waits for what never comes.
        || reason.starts_with(NOT_SIMULATED);
    let until = cut_off.then(|| session.now() + PATIENCE);
    let mut front = Front { edit, until, ..Front::default() };
    let line = match &case.stdin {
        Some(_) => format!("{} < stdin/{}", case.command, case.name),
        None if PIPED.contains(&&*case.name) => format!("{} | cat", case.command),
        None => case.command.clone(),
    };
    let end = session.run_line(&line, &mut front, &mut Forget);
    let waited = until.is_some_and(|it| session.now() >= it);
    let status = if waited { "timeout".to_owned() } else { end.status.to_string() };
    if session.is_in_container() {
        session.run_line("exit", &mut Front::default(), &mut Forget);
    }
    // The recorded command was ended without a key.
    let stderr = front.stderr.trim_end_matches("^C\n").to_owned();
    Answer { exit: status, stdout: front.stdout, stderr }
}

/// The reasons of the differences, by command.
fn differences() -> BTreeMap<String, String> {
    let text = fs::read_to_string(Path::new(FOLDER).join("differences.md")).unwrap_or_default();
    let rows = text.lines().filter_map(|it| it.strip_prefix("- `")?.split_once("`: "));
    rows.map(|(name, why)| (name.to_owned(), why.to_owned())).collect()
}

/// What was found about one group.
#[derive(Default)]
struct Figures {
    agree: usize,
    all: usize,
}

/// What the replay has found.
#[derive(Default)]
struct Findings {
    figures: BTreeMap<String, Figures>,
    /// The differences that have a reason, and it.
    reasons: BTreeMap<String, String>,
    /// What differs, by name: the diff.
    differ: BTreeMap<String, String>,
    /// What has a reason to differ and agrees.
    mended: Vec<String>,
}

impl Findings {
    /// Notes what was wanted and what was shown, and whether they are the same.
    fn note(&mut self, group: &str, name: &str, command: &str, (wanted, shown): (&str, &str)) {
        let reason = self.reasons.get(name);
        if reason.is_some_and(|it| it.starts_with(NOT_GENUINE)) {
            self.differ.insert(name.to_owned(), String::new());
            return;
        }
        let counted = self.figures.entry(group.to_owned()).or_default();
        counted.all += 1;
        if wanted == shown {
            counted.agree += 1;
            self.mended.extend(reason.map(|_| name.to_owned()));
            return;
        }
        let diff = TextDiff::from_lines(wanted, shown);
        let diff = diff.unified_diff().header("recorded", "ours").to_string();
        self.differ.insert(name.to_owned(), format!("{name}\n$ {command}\n{diff}\n"));
    }

    /// The figures as a table.
    fn table(&self) -> String {
        let mut text = "# Agreement with the recordings\n\nCommands whose output, errors and exit status agree, and \
            refusals whose Status agrees, of those recorded. What differs is in `differences.md`.\n\n\
            | group | agree | recorded |\n|---|---:|---:|\n"
            .to_owned();
        for (group, it) in &self.figures {
            let _ = writeln!(text, "| {group} | {} | {} |", it.agree, it.all);
        }
        let (mut agree, mut all) = (0, 0);
        for it in self.figures.values() {
            agree += it.agree;
            all += it.all;
        }
        let tenths = agree * 1000 / all.max(1);
        let _ = writeln!(text, "| all | {agree} | {all} |\n\n{}.{} %", tenths / 10, tenths % 10);
        text
    }
}

fn replay(reasons: BTreeMap<String, String>) -> Findings {
    let cases = transcript::read(&Path::new(FOLDER).join("transcripts"));
    let mut session = session(&cases);
    let mut findings = Findings { reasons, ..Findings::default() };
    for (name, (group, case)) in &cases {
        pass(&mut session, case);
        for (place, refused) in case.refused.iter().enumerate() {
            let answer =
                refused.answer(&mut session).unwrap_or_else(|| "nothing is refused".to_owned());
            let shown = mask("", &answer);
            let about = format!("{} {}", refused.method, refused.uri);
            let name = format!("{name}/{}", place + 1);
            let both = (&*format!("{}\n", refused.wanted), &*format!("{shown}\n"));
            findings.note("Status bodies", &name, &about, both);
        }
        let reason = findings.reasons.get(name).cloned().unwrap_or_default();
        let answer = run(&mut session, case, &reason);
        let Some(wanted) = &case.wanted else { continue };
        let shown = Answer {
            exit: answer.exit,
            stdout: mask(&case.command, &answer.stdout),
            stderr: mask(&case.command, &answer.stderr),
        };
        findings.note(group, name, &case.command, (&wanted.text(), &shown.text()));
    }
    findings
}

#[test]
fn recordings_hold() {
    let update = env::var("UPDATE").is_ok_and(|it| it == "1");
    let known = differences();
    let first_time = known.is_empty();
    let findings = replay(known);
    let table = findings.table();
    println!("{table}");
    let diffs = folder::empty(env!("CARGO_TARGET_TMPDIR"), "recordings");
    for (name, diff) in &findings.differ {
        let file = format!("{}.diff", name.replace('/', "-request-"));
        fs::write(diffs.join(file), diff).expect("a test may write there");
    }
    let broken = findings.differ.iter().filter(|it| !findings.reasons.contains_key(it.0));
    let broken: String = broken.map(|it| it.1.as_str()).collect();
    assert!(
        first_time || broken.is_empty(),
        "these agreed before, or have no reason in differences.md:\n{broken}"
    );
    let path = Path::new(FOLDER).join("agreement.md");
    if update {
        write_differences(&findings);
        fs::write(path, table).expect("it can be written");
        return;
    }
    let mended = &findings.mended;
    assert!(mended.is_empty(), "these agree now; enter them with UPDATE=1: {mended:#?}");
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), table, "UPDATE=1 enters new figures");
}

fn write_differences(findings: &Findings) {
    let mut text = "# What differs from the recordings\n\nEach with the reason: *meant*, *not simulated* yet, *to do*, \
        or *not genuine* in the recording, which is not counted. Lines go by themselves with `UPDATE=1` once a \
        command agrees, and come by hand only. `NAME/1` is the command's first refused request.\n\n"
        .to_owned();
    for name in findings.differ.keys() {
        let why = findings.reasons.get(name).map_or("to do", String::as_str);
        let _ = writeln!(text, "- `{name}`: {why}");
    }
    fs::write(Path::new(FOLDER).join("differences.md"), text).expect("it can be written");
}

#[test]
#[ignore = "reads recordings that are no part of the project"]
fn expectations_are_derived() {
    let folder = env::var("OPSDRILL_RECORDINGS").expect("OPSDRILL_RECORDINGS names the folder");
    assert!(
        env::var("UPDATE").is_ok_and(|it| it == "1"),
        "UPDATE=1 says that files may be written"
    );
    derive::derive(&folder);
}
