//! The scenarios' transcripts: each is played twice and must print, and be graded, as it says; and each scenario has
//! the transcripts that prove it.
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use opsdrill_session::log::Forget;
use opsdrill_session::{Language, Library, Options, Outcome, Scenario, Script, Session};
use opsdrill_testkit::{folder, transcript};

const ROOT: &str = "../../scenarios";

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    let read_all = || {
        let mut library = Library::default();
        library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(ROOT)));
        Arc::new(library)
    };
    LIBRARY.get_or_init(read_all).clone()
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
    let options = Options { seed, language, step: true, ..Options::default() };
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
    // Whoever leaves without handing in is not graded.
    let verdict = first.outcome().map_or("INCOMPLETE", |it| it.verdict.word());
    assert_eq!(verdict, wanted, "{}", path.display());
    if let Some(outcome) = first.outcome() {
        is_kept(outcome);
        stands_alone(&outcome.html(first.scenario(), first.log(), first.stage().start.0, language));
    }
    Ok(())
}

/// A result that was written down is the same when it is read.
fn is_kept(outcome: &Outcome) {
    let text = serde_json::to_string(outcome).expect("plain data is JSON");
    let read: Outcome = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(&read, outcome);
}

/// The page needs no other file and runs nothing.
fn stands_alone(page: &str) {
    for reference in ["<script", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(reference), "the page has {reference:?}");
    }
}

/// Every variant of a scenario can be loaded, is broken when the trainee sits down, and is solved by a transcript.
fn variants(path: &Path) -> datatest_stable::Result<()> {
    let name = path.parent().and_then(Path::file_name).ok_or("no folder")?.to_string_lossy();
    let library = library();
    let all = Scenario::load_all(&library, &name)
        .map_err(|it| it.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    assert!(all.len() >= 2, "{name} has {} variants", all.len());
    has_its_transcripts(path.parent().ok_or("no folder")?, all.len() as u64)?;
    for scenario in all {
        let options = Options { seed: scenario.variant as u64, ..Options::default() };
        let session = Session::new(library.clone(), &name, options).map_err(|it| it.join("\n"))?;
        let unmet = session.stage().objectives.iter().any(|it| it.met_since().is_none());
        assert!(unmet, "variant {} of {name} is not broken", scenario.variant);
    }
    Ok(())
}

/// A scenario has a solution of each variant and in each language, at least four repairs that are none, and `idle.md`.
fn has_its_transcripts(folder: &Path, variants: u64) -> datatest_stable::Result<()> {
    let mut solved = BTreeSet::new();
    let (mut wrong, mut french, mut idle) = (0, false, false);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().ok_or("no name")?.to_string_lossy().into_owned();
        if path.extension().is_none_or(|it| it != "md") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let passes = field(&text, "Verdict") == Some("PASS");
        assert_eq!(passes, name.starts_with("solution"), "{name} is called after what it is");
        if passes {
            solved.insert(field(&text, "Seed").unwrap_or("0").parse::<u64>()? % variants);
            french |= field(&text, "Language") == Some("fr");
        }
        wrong += u32::from(name.starts_with("wrong-"));
        idle |= name == "idle.md";
    }
    let folder = folder.display();
    assert_eq!(solved.len() as u64, variants, "{folder}: variants that a transcript solves");
    assert!(french && idle && wrong >= 4, "{folder}: French {french}, idle {idle}, wrong {wrong}");
    Ok(())
}

datatest_stable::harness! {
    { test = play, root = ROOT, pattern = r"/(solution|wrong|idle)[^/]*\.md$" },
    { test = variants, root = ROOT, pattern = r"/scenario\.yaml$" },
}
