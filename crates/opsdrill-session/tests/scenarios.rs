//! The scenarios' transcripts: each is played twice and must print, and be graded, as it says.
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Language, Library, Options, Scenario, Script, Session};
use opsdrill_testkit::transcript;

const ROOT: &str = "../../scenarios";

/// Reads all files of the scenario folder.
fn read(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("the scenarios are part of the repository") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path.is_dir() {
            read(&path, &inner, files);
        } else {
            files.push((inner, fs::read(&path).expect("readable")));
        }
    }
}

fn library() -> Arc<Library> {
    let mut files = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(ROOT), "", &mut files);
    let mut library = Library::default();
    library.add(files);
    Arc::new(library)
}

/// The value of a line `Name: value` of a transcript.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn play(path: &Path) -> datatest_stable::Result<()> {
    let text = fs::read_to_string(path)?;
    let wanted = field(&text, "Verdict").ok_or("a line `Verdict: …` is missing")?.to_owned();
    let seed = field(&text, "Seed").unwrap_or("0").parse()?;
    let language = match field(&text, "Language") {
        Some("fr") => Language::Fr,
        _ => Language::En,
    };
    let name = path.parent().and_then(Path::file_name).ok_or("no folder")?.to_string_lossy();
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let library = library();
    let options = Options { seed, language, step: true };
    let session = || Session::new(library.clone(), &name, options).map_err(|it| it.join("\n"));
    let run = |session: &mut Session, line: &str| {
        let mut front = Script::default();
        let end = session.run_line(line, &mut front, &mut Forget);
        (front.output, end.status)
    };
    let (mut first, mut second) = (session()?, session()?);
    let mut played = Vec::new();
    transcript::check(path, update, |line| {
        let answer = run(&mut first, line);
        played.push((line.to_owned(), answer.clone()));
        answer
    })?;
    for (line, answer) in &played {
        assert_eq!(&run(&mut second, line), answer, "the second time, $ {line}");
    }
    assert_eq!(first.outcome(), second.outcome(), "the same inputs give the same result");
    let verdict = first.outcome().ok_or("the transcript does not submit")?.verdict.word();
    assert_eq!(verdict, wanted, "{}", path.display());
    Ok(())
}

/// Every variant of a scenario can be loaded, and is broken when the trainee sits down.
fn variants(path: &Path) -> datatest_stable::Result<()> {
    let name = path.parent().and_then(Path::file_name).ok_or("no folder")?.to_string_lossy();
    let library = library();
    let all = Scenario::load_all(&library, &name)
        .map_err(|it| it.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    assert!(all.len() >= 2, "{name} has {} variants", all.len());
    for scenario in all {
        let options = Options { seed: scenario.variant as u64, ..Options::default() };
        let session = Session::new(library.clone(), &name, options).map_err(|it| it.join("\n"))?;
        let unmet = session.stage().objectives.iter().any(|it| it.met_since().is_none());
        assert!(unmet, "variant {} of {name} is not broken", scenario.variant);
    }
    Ok(())
}

datatest_stable::harness! {
    { test = play, root = ROOT, pattern = r"/(solution|wrong|idle)[^/]*\.md$" },
    { test = variants, root = ROOT, pattern = r"/scenario\.yaml$" },
}
