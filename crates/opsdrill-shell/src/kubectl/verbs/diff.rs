//! `kubectl diff`: what `apply` would change, as `diff -u -N` shows it.

use opsdrill_objects::{timestamp, yaml};
use serde_json::Value;
use similar::TextDiff;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{self, Sources};
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES};
use crate::kubectl::writing::{DryRun, Writer};

use super::apply::Comparison;

/// `kubectl diff`.
pub(super) struct Diff;

impl Verb for Diff {
    const NAME: &'static str = "diff";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Compare objects with what a file would make of them";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            FIELD_MANAGER,
            Flag::integer("concurrency", "1").not_simulated(),
            Flag::switch("force-conflicts").not_simulated(),
            Flag::switch("prune").not_simulated(),
            Flag::array("prune-allowlist").not_simulated(),
            Flag::text("selector").short('l').not_simulated(),
            Flag::switch("server-side").not_simulated(),
            Flag::switch("show-managed-fields").not_simulated(),
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
    let mut writer = Writer::of(context, arguments, "kubectl-client-side-apply")?;
    writer.dry_run = DryRun::Server;
    writer.options.dry_run = true;
    let manifests = sources.load(context)?;
    let mut comparisons = Vec::new();
    for manifest in &manifests {
        comparisons.push(Comparison::of(context, &writer, manifest)?);
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
    mask(live.as_mut(), &mut merged);
    let (live, merged) = (live.map(text_of).unwrap_or_default(), text_of(merged));
    if live == merged {
        return String::new();
    }
    let date = timestamp::format(now).replace('T', " ").replace('Z', ".000000000 +0000");
    let [one, other] = paths.each_ref().map(|it| format!("{it}\t{date}"));
    let body = TextDiff::from_lines(&live, &merged).unified_diff().header(&one, &other).to_string();
    format!("diff -u -N {} {}\n{body}", paths[0], paths[1])
}

/// A document as it is compared.
fn text_of(mut document: Value) -> String {
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    yaml::to_yaml(&document)
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
