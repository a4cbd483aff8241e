//! Containers whose commands really run, as `kubectl` shows them: `commands/*.md`, on an empty cluster.
//!
//! Each transcript is played twice; the second must end in the same state. `UPDATE=1` rewrites the transcripts.
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

use std::path::Path;
use std::sync::Arc;

use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::transcript;

const WORLD: &str = include_str!("commands/world.yaml");

fn library() -> Arc<Library> {
    let mut library = Library::default();
    library.add([("commands/scenario.yaml".to_owned(), WORLD.as_bytes().to_vec())]);
    Arc::new(library)
}

fn replays(path: &Path) -> datatest_stable::Result<()> {
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let session = Session::new(library(), "commands", Options::default());
    let mut session = session.map_err(|why| why.join("\n"))?;
    transcript::check(path, update, |line| {
        let mut front = Script::default();
        let end = session.run_line(line, &mut front, &mut Forget);
        (front.output, end.status)
    })?;
    let again = Session::replay(library(), session.log(), &mut Script::default());
    let again = again.map_err(|why| why.join("\n"))?;
    if again.state_hash() != session.state_hash() {
        return Err("the second run ends in another state".into());
    }
    Ok(())
}

datatest_stable::harness! {
    { test = replays, root = "tests/commands", pattern = r"^[^/]*\.md$" }
}
