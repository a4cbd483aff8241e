//! `kubectl diff`: what `apply` would change, as `diff -u -N` shows it.

use opsdrill_objects::{timestamp, yaml};
use serde_json::Value;
use similar::TextDiff;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{self, Sources};
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, LABEL_SELECTOR};
use crate::kubectl::writing::{DryRun, Writer};

use super::apply::{self, Comparison};

/// `kubectl diff`.
pub(super) struct Diff;

impl Verb for Diff {
    const NAME: &'static str = "diff";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Compare objects with what a file would make of them";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            FIELD_MANAGER,
            Flag::integer("concurrency", "1").about("Objects are compared one after the other."),
            Flag::switch("force-conflicts")
                .about("Take fields from other managers, with --server-side."),
            Flag::switch("prune").about("Show what apply --prune would delete, too."),
            Flag::array("prune-allowlist").about("GROUP/VERSION/KIND of what may be pruned."),
            LABEL_SELECTOR,
            Flag::switch("server-side").about("Compare with what the server would merge."),
            Flag::switch("show-managed-fields").about("Compare managedFields, too."),
        ],
        FILES,
    ];

    /// The status tells: 0 no difference, 1 differences, 2 that something went wrong.
    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        compare(context, arguments).or_else(|error| {
            let text = error.text(&context.path);
            context.err(&text);
            Ok(error.exit_code().max(2))
        })
    }
}

fn compare(context: &mut Context, arguments: &Arguments) -> Outcome {
    manifests::no_words(arguments)?;
    let sources = Sources::required(arguments)?;
    if context.surroundings.variable("KUBECTL_EXTERNAL_DIFF").is_some() {
        return Err(ToolError::not_simulated("KUBECTL_EXTERNAL_DIFF"));
    }
    let server_side = arguments.switch("server-side");
    if arguments.switch("force-conflicts") && !server_side {
        return Err(ToolError::plain("--force-conflicts only works with --server-side"));
    }
    let manager = if server_side { "kubectl" } else { "kubectl-client-side-apply" };
    let mut writer = Writer::of(context, arguments, manager)?;
    writer.dry_run = DryRun::Server;
    writer.options.dry_run = true;
    writer.options.force = arguments.switch("force-conflicts");
    let manifests = apply::chosen(sources.load(context)?, arguments.text("selector"))?;
    let mut comparisons = Vec::new();
    for manifest in &manifests {
        comparisons.push(Comparison::of(context, arguments, &writer, manifest)?);
    }
    if !arguments.switch("show-managed-fields") {
        for comparison in &mut comparisons {
            let sides = [comparison.live.as_mut(), comparison.merged.as_mut()];
            sides.into_iter().flatten().for_each(without_owners);
        }
    }
    if arguments.switch("prune") {
        let applied: Vec<Value> = comparisons.iter().filter_map(|it| it.live.clone()).collect();
        comparisons.extend(apply::would_be_pruned(context, arguments, &applied)?);
    }
    comparisons.sort_by(|one, other| one.file.cmp(&other.file));
    let directories = ["LIVE", "MERGED"].map(|side| {
        let number = context.door.random_u64("kubectl diff") % 4_000_000_000;
        format!("/tmp/{side}-{number}")
    });
    let mut text = String::new();
    for comparison in comparisons {
        let paths = directories.each_ref().map(|it| format!("{it}/{}", comparison.file));
        text.push_str(&difference(comparison, &paths, context.now()));
    }
    context.out(&text);
    Ok(i32::from(!text.is_empty()))
}

/// The difference as `diff -u -N` prints it, empty if there is none.
fn difference(comparison: Comparison, paths: &[String; 2], now: i64) -> String {
    let Comparison { mut live, mut merged, .. } = comparison;
    if let Some(merged) = &mut merged {
        mask(live.as_mut(), merged);
    }
    // A file that is not there is as old as time.
    let times = [now, if merged.is_some() { now } else { 0 }];
    let text = |document: Option<Value>| document.map(|it| yaml::to_yaml(&it)).unwrap_or_default();
    let (live, merged) = (text(live), text(merged));
    if live == merged {
        return String::new();
    }
    let dates =
        times.map(|it| timestamp::format(it).replace('T', " ").replace('Z', ".000000000 +0000"));
    let one = format!("{}\t{}", paths[0], dates[0]);
    let other = format!("{}\t{}", paths[1], dates[1]);
    let body = TextDiff::from_lines(&live, &merged).unified_diff().header(&one, &other).to_string();
    format!("diff -u -N {} {}\n{body}", paths[0], paths[1])
}

/// Takes `managedFields` away.
fn without_owners(document: &mut Value) {
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

/// Hides what secrets hold: only whether it differs is shown.
fn mask(live: Option<&mut Value>, merged: &mut Value) {
    if merged.get("kind").and_then(Value::as_str) != Some("Secret") {
        return;
    }
    let mut nothing = Value::Null;
    let live = live.unwrap_or(&mut nothing);
    let empty = Value::Null;
    let before = live.get("data").unwrap_or(&empty).clone();
    let after = merged.get("data").unwrap_or(&empty).clone();
    for (document, own, other, word) in
        [(live, &before, &after, " (before)"), (merged, &after, &before, " (after)")]
    {
        let Some(data) = document.get_mut("data").and_then(Value::as_object_mut) else { continue };
        for (key, value) in data.iter_mut() {
            let differs = other.get(key).is_some_and(|it| Some(it) != own.get(key));
            *value = format!("***{}", if differs { word } else { "" }).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_stay_hidden() {
        let mut live = json!({ "kind": "Secret", "data": { "same": "YQ==", "other": "YQ==" } });
        let mut merged =
            json!({ "kind": "Secret", "data": { "same": "YQ==", "other": "Yg==", "new": "Yw==" } });
        mask(Some(&mut live), &mut merged);
        assert_eq!(live["data"], json!({ "same": "***", "other": "*** (before)" }));
        assert_eq!(merged["data"], json!({ "same": "***", "other": "*** (after)", "new": "***" }));
    }
}
