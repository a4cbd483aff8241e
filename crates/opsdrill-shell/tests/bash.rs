//! The acceptance corpus: what real bash printed for these lines, this bash prints too.
//!
//! Known differences, which lie in the interpreter and are therefore not in the corpus:
//! - `"${a[@]/#/pre-}"` in an array assignment gives one word, not one for each element
//! - `bash -c 'set -u; echo $unset'` ends with status 1, not 127
//! - `bash -c 'kill -TERM $$'` does not print `Terminated`
//! - `bc` ignores `obase`
#![allow(clippy::disallowed_methods, reason = "UPDATE=1 asks for the transcripts to be rewritten")]

mod support;

use std::path::Path;

use opsdrill_testkit::transcript;

fn bash(path: &Path) -> datatest_stable::Result<()> {
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let mut session = support::Session::new();
    Ok(transcript::check(path, update, |command| session.text(command))?)
}

datatest_stable::harness! {
    { test = bash, root = "tests/bash", pattern = r"\.md$" }
}
