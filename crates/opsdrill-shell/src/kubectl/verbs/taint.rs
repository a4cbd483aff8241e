//! `kubectl taint`: which pods a node keeps away.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::patch::two_way;
use opsdrill_objects::selector::is_qualified_name;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::{self, Query};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, LABEL_SELECTOR, PRINTING};
use crate::kubectl::writing::{DryRun, Writer};

/// `kubectl taint`.
pub(super) struct Taint;

impl Verb for Taint {
    const NAME: &'static str = "taint";
    const USAGE: &'static str = "nodes NODE KEY=VALUE:EFFECT … KEY:EFFECT- …";
    const SUMMARY: &'static str = "Update the taints of nodes";
    const TAKES: Takes = Takes::Objects(&[Kind::Node]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            DRY_RUN,
            FIELD_MANAGER,
            Flag::switch("all").about("All nodes."),
            Flag::switch("overwrite").about("Change taints that exist."),
            Flag::text("validate").default("strict").not_simulated(),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let is_taint = |it: &String| it.contains([':', '=']) || it.ends_with('-');
        let at = arguments.positional.iter().position(is_taint);
        let (words, specs) =
            arguments.positional.split_at(at.unwrap_or(arguments.positional.len()));
        if words.is_empty() {
            return Err(ToolError::plain(
                "one or more resources must be specified as <resource> <name>",
            ));
        }
        if specs.is_empty() {
            return Err(ToolError::plain("at least one taint update is required"));
        }
        let first = words.first().map(String::as_str).unwrap_or_default();
        let kind = resources::kind_of(first.split('/').next().unwrap_or_default())?;
        if kind != Kind::Node {
            return Err(ToolError::plain(format!(
                "invalid resource type {first}, only node types are supported"
            )));
        }
        if let Some(word) = specs.iter().find(|it| !is_taint(it)) {
            return Err(ToolError::plain(format!(
                "all resources must be specified before taint changes: {word}"
            )));
        }
        let changes = specs.iter().map(|it| Change::parse(it)).collect::<Result<Vec<_>, _>>()?;
        let writer = Writer::of(context, arguments, "kubectl-taint")?;
        let query = Query { words: words.to_vec(), ..Query::of(arguments) };
        let wants = query.resolve(context)?;
        let (nodes, mut errors) = query.fetch(context, &wants.list);
        for node in &nodes {
            let overwrite = arguments.switch("overwrite");
            match taint(context, &writer, node, &changes, overwrite) {
                Ok((document, operation)) => {
                    // A dry run is not told here.
                    let real = Writer { dry_run: DryRun::None, ..writer.clone() };
                    real.say(context, arguments, &document, operation)?;
                }
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// A taint to add or to remove.
struct Change {
    key: String,
    value: String,
    /// Empty only for a removal, which then means every effect.
    effect: String,
    removes: bool,
}

impl Change {
    fn parse(text: &str) -> Result<Self, ToolError> {
        let (body, removes) = match text.strip_suffix('-') {
            Some(body) => (body, true),
            None => (text, false),
        };
        let (pair, effect) = match body.split_once(':') {
            Some((pair, effect)) => (pair, effect),
            None if removes => (body, ""),
            None => (body, ""),
        };
        if !removes {
            check_name(text, pair)?;
        }
        if !(matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute")
            || (removes && effect.is_empty()))
        {
            return Err(ToolError::usage(format!(
                "invalid taint effect: {effect}, unsupported taint effect"
            )));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |it: &str| it.to_owned();
        Ok(Self { key: text(key), value: text(value), effect: text(effect), removes })
    }

    fn fits(&self, taint: &Value) -> bool {
        let is = |field: &str, text: &str| taint.get(field).and_then(Value::as_str) == Some(text);
        is("key", &self.key) && (self.effect.is_empty() || is("effect", &self.effect))
    }

    fn taint(&self) -> Value {
        let mut taint = json!({ "effect": self.effect, "key": self.key });
        if !self.value.is_empty() {
            taint["value"] = self.value.clone().into();
        }
        taint
    }

    /// `dedicated:NoSchedule`, as complaints name a taint.
    fn name(&self) -> String {
        if self.effect.is_empty() {
            self.key.clone()
        } else {
            format!("{}:{}", self.key, self.effect)
        }
    }
}

/// A taint that is added has a key that could be a label's; without a colon all of it is taken for one.
fn check_name(text: &str, pair: &str) -> Result<(), ToolError> {
    let key = if text.contains(':') { pair.split('=').next().unwrap_or_default() } else { pair };
    let problems = is_qualified_name(key);
    if problems.is_empty() {
        return Ok(());
    }
    Err(ToolError::usage(format!("invalid taint spec: {text}, {}", problems.join("; "))))
}

fn taint(
    context: &mut Context,
    writer: &Writer,
    node: &Object,
    changes: &[Change],
    overwrite: bool,
) -> Result<(Value, &'static str), ToolError> {
    let before = node.to_value();
    let old = before.pointer("/spec/taints").and_then(Value::as_array).cloned().unwrap_or_default();
    let additions: Vec<&Change> = changes.iter().filter(|it| !it.removes).collect();
    let exists = |it: &&&Change| old.iter().any(|taint| it.fits(taint));
    let taken: Vec<&str> = additions.iter().filter(exists).map(|it| it.key.as_str()).collect();
    if !overwrite && !taken.is_empty() {
        return Err(ToolError::plain(format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            node.meta.name,
            taken.join(",")
        )));
    }
    let kept = old.iter().filter(|taint| !additions.iter().any(|it| it.fits(taint))).cloned();
    let mut taints: Vec<Value> = additions.iter().map(|it| it.taint()).chain(kept).collect();
    let mut removed = false;
    for change in changes.iter().filter(|it| it.removes) {
        let count = taints.len();
        taints.retain(|it| !change.fits(it));
        if taints.len() == count {
            return Err(ToolError::plain(format!("taint {:?} not found", change.name())));
        }
        removed = true;
    }
    let operation = match (additions.is_empty(), removed) {
        _ if overwrite => "modified",
        (false, true) => "modified",
        (false, false) => "tainted",
        (true, _) => "untainted",
    };
    let mut after = before.clone();
    if taints.is_empty() {
        if let Some(spec) = after["spec"].as_object_mut() {
            spec.remove("taints");
        }
    } else {
        after["spec"]["taints"] = taints.into();
    }
    if writer.pretends() {
        return Ok((after, operation));
    }
    let patch = two_way::create("Node", &before, &after)
        .map_err(|why| ToolError::from(Status::from(why)))?;
    let written = writer.patch(context, Target::of(node), PatchType::Strategic, patch)?;
    Ok((written.to_value(), operation))
}
