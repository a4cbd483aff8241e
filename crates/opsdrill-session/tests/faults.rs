//! What each fault of the catalogue looks like to who meets it: `faults/<group>/<fault>.md`, on the shop of `faults/world`.
//!
//! A transcript's first fenced `yaml` block is what an author would write under `faults:`; it is injected before the
//! trainee sits down. Each transcript is played twice; the second must end in the same state. `UPDATE=1` rewrites them.
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::{folder, transcript};

/// What stands in the world's scenario where the faults belong.
const NONE: &str = "faults: []";

fn world() -> &'static [(String, Vec<u8>)] {
    static WORLD: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/world");
    WORLD.get_or_init(|| folder::read(&folder))
}

/// The world with what is to be broken in it, as the lines of a list.
fn library(broken: &str) -> Arc<Library> {
    let mut library = Library::default();
    library.add(world().iter().map(|(path, contents)| {
        let mut contents = contents.clone();
        if path == "scenario.yaml" {
            let text = String::from_utf8(contents).expect("the world is text");
            assert!(text.contains(NONE), "the world has a place for faults");
            contents = text.replace(NONE, &format!("faults:\n{broken}")).into_bytes();
        }
        (format!("faults/{path}"), contents)
    }));
    Arc::new(library)
}

/// The first fenced `yaml` block of a transcript.
fn injected(text: &str) -> Option<&str> {
    Some(text.split_once("```yaml\n")?.1.split_once("```")?.0)
}

fn session(broken: &str) -> Result<Session, String> {
    let session = Session::new(library(broken), "faults", Options::default());
    session.map_err(|why| why.join("\n"))
}

fn replays(path: &Path) -> datatest_stable::Result<()> {
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let text = std::fs::read_to_string(path)?;
    let broken = injected(&text).ok_or("a block ```yaml that says what is injected")?;
    let name = path.file_stem().and_then(|it| it.to_str()).ok_or("a name")?;
    let expected = format!("{name}:");
    if !broken.contains(&expected) {
        return Err(format!("the block injects no {name}").into());
    }
    let mut session = session(broken)?;
    transcript::check(path, update, |line| {
        let mut front = Script::default();
        let end = session.run_line(line, &mut front, &mut Forget);
        (front.output, end.status)
    })?;
    let again = Session::replay(library(broken), session.log(), &mut Script::default());
    let again = again.map_err(|why| why.join("\n"))?;
    if again.state_hash() != session.state_hash() {
        return Err("the second run ends in another state".into());
    }
    misspelt(broken)
}

/// An author who writes a parameter that the fault does not have is told so.
fn misspelt(broken: &str) -> datatest_stable::Result<()> {
    let (start, end) = broken.rsplit_once("}}").ok_or("the parameters are written in braces")?;
    let spoilt = format!("{start}, nonsense: 1}}}}{end}").replacen("{,", "{", 1);
    match session(&spoilt) {
        Ok(_) => Err(format!("a parameter that does not exist is passed over: {spoilt}").into()),
        Err(why) if why.contains("nonsense") => Ok(()),
        Err(why) => Err(format!("{spoilt}: {why}").into()),
    }
}

datatest_stable::harness! {
    { test = replays, root = "tests/faults", pattern = r"^[a-z]+/[^/]*\.md$" }
}
