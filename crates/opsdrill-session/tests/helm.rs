//! helm at the prompt, in transcripts: `helm/*.md`, on the cluster and the charts of `helm/world`.
//!
//! A command that ends in `# Ctrl-C after 5s` is interrupted after so many simulated seconds. `UPDATE=1` rewrites the
//! transcripts, but not `recorded.md`, which holds what the real Helm printed.
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

use std::path::Path;
use std::sync::Arc;

use opsdrill_engine::{SimDuration, SimTime};
use opsdrill_session::log::Forget;
use opsdrill_session::{FrontEnd, Library, Options, Session, Stream};
use opsdrill_testkit::{folder, transcript};

/// Whoever sits in front: sees both streams, and may lose patience.
#[derive(Default)]
struct Front {
    output: String,
    until: Option<SimTime>,
}

impl FrontEnd for Front {
    fn print(&mut self, _: Stream, text: &str) {
        self.output.push_str(text);
    }

    fn pass(&mut self, _: SimTime, to: SimTime) -> SimTime {
        self.until.map_or(to, |until| until.min(to))
    }

    fn edit(&mut self, _: &str, _: &str) -> Option<String> {
        None
    }
}

fn run(session: &mut Session, line: &str) -> (String, i32) {
    let patience = line.rsplit_once("# Ctrl-C after ").map(|it| it.1.trim_end_matches('s'));
    let patience = patience.map(|it| it.parse().expect("seconds"));
    let until = patience.map(|it| session.now() + SimDuration::seconds(it));
    let mut front = Front { until, ..Front::default() };
    let end = session.run_line(line, &mut front, &mut Forget);
    (front.output, end.status)
}

/// Whose outputs are a recording's.
const RECORDED: &str = "recorded";

/// What a recording and a replay cannot have in common: times, with the width that they give their column, who answers
/// for names, and the notes of the scaffold, which are not Helm's own.
const MASKS: &[(&str, &str)] = &[
    (r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}", "<time>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC", "<time>"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
    (r"(UPDATED|<time>) +\t", "$1\t"),
    (r"/home/trainee/", "<dir>/"),
    (r" on [\d.]+:53:", " on <resolver>:"),
    (r"The way to [^\n]*:(\n  [^\n]*)+", "<notes>"),
];

fn mask(text: &str) -> String {
    MASKS.iter().fold(text.to_owned(), |text, (pattern, with)| {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        pattern.replace_all(&text, *with).into_owned()
    })
}

fn replays(path: &Path) -> datatest_stable::Result<()> {
    let is_recorded = path.file_stem().is_some_and(|it| it == RECORDED);
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1") && !is_recorded;
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm/world");
    let files = folder::read(&world).into_iter();
    let mut library = Library::default();
    library.add(files.map(|(path, contents)| (format!("helm/{path}"), contents)));
    let session = Session::new(Arc::new(library), "helm", Options::default());
    let mut session = session.map_err(|why| why.join("\n"))?;
    Ok(transcript::check(path, update, |line| {
        let (output, status) = run(&mut session, line);
        (if is_recorded { mask(&output) } else { output }, status)
    })?)
}

datatest_stable::harness! {
    { test = replays, root = "tests/helm", pattern = r"^[^/]*\.md$" }
}
