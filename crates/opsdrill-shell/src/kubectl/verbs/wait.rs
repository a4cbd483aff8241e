//! `kubectl wait`: waits until objects have a condition or a value, or are gone.

use std::sync::Arc;

use opsdrill_engine::api::Options;
use opsdrill_objects::Object;
use opsdrill_objects::jsonpath::Template;
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::{Query, Want};
use crate::kubectl::shared_flags::{
    ALL_NAMESPACES, FIELD_SELECTOR, FILES, LABEL_SELECTOR, PRINTING,
};
use crate::kubectl::until::{Awaited, End, Look};
use crate::kubectl::writing::{DryRun, Writer};

/// What a negative timeout stands for: a week.
const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// `kubectl wait`.
pub(super) struct Wait;

impl Verb for Wait {
    const NAME: &'static str = "wait";
    const USAGE: &'static str =
        "(-f FILE | TYPE NAME | TYPE -l LABEL) --for=(delete|condition=…|jsonpath='{…}'[=VALUE])";
    const SUMMARY: &'static str = "Wait for a condition of one or many objects";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            FIELD_SELECTOR,
            ALL_NAMESPACES,
            Flag::switch("all").about("All objects of the types."),
            Flag::text("for").about("delete, condition=NAME[=VALUE] or jsonpath='{…}'[=VALUE]."),
            Flag::duration("timeout", "30s").about("How long; 0 looks once, less than 0 a week."),
            Flag::switch("local").not_simulated(),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let goal = Goal::parse(arguments.text("for"))?;
        let span = u64::try_from(arguments.duration_ms("timeout")).unwrap_or(WEEK_MS);
        let deadline = context.door.now_ms().saturating_add(span);
        let writer = Writer { dry_run: DryRun::None, options: Options::default() };
        let query = Query::of(arguments);
        let wants = query.resolve(context)?;
        let selects = wants.list.iter().any(|it| matches!(it, Want::All { .. }));
        if matches!(goal, Goal::Created) {
            until_created(context, &wants.list, deadline)?;
        }
        let (objects, mut errors) = query.fetch(context, &wants.list);
        if matches!(goal, Goal::Gone) {
            errors.retain(|it| !it.is_not_found());
        }
        ToolError::all(errors)?;
        if objects.is_empty() {
            return match goal {
                Goal::Gone => Ok(0),
                _ if selects => Err(ToolError::plain("no matching resources found")),
                _ => Ok(0),
            };
        }
        let mut failures = Vec::new();
        for object in &objects {
            let awaited = Awaited::object(object);
            if !failures.is_empty() && context.door.now_ms() >= deadline {
                // One patience is for all: what comes after its end is not even looked at.
                failures.push(awaited.timed_out());
                continue;
            }
            let mut last = Arc::clone(object);
            let end = awaited.until(context, deadline, |_, seen| {
                if let Some(seen) = seen {
                    last = Arc::clone(seen);
                }
                goal.look(seen)
            });
            match end {
                Ok(End::Met) => {
                    writer.say(context, arguments, &last.to_value(), "condition met")?;
                }
                Ok(End::TimedOut) => failures.push(awaited.timed_out()),
                Err(error @ ToolError::Exit(_)) => return Err(error),
                Err(error) => failures.push(error),
            }
        }
        if failures.len() < 2 {
            return ToolError::all(failures).map(|()| 0);
        }
        // Several are printed without `error: ` before them.
        let bare = |it: ToolError| match it {
            ToolError::Plain(text) => {
                ToolError::Plain(text.strip_prefix("error: ").unwrap_or(&text).to_owned())
            }
            other => other,
        };
        Err(ToolError::Many(failures.into_iter().map(bare).collect()))
    }
}

/// Waits until everything that is named is there.
fn until_created(context: &mut Context, wants: &[Want], deadline: u64) -> Result<(), ToolError> {
    for want in wants {
        let Want::One { kind, namespace, name } = want else { continue };
        let awaited =
            Awaited { kind: *kind, namespace: namespace.clone(), name: name.clone(), uid: None };
        let end = awaited.until(context, deadline, |_, seen| Goal::Created.look(seen))?;
        if end == End::TimedOut {
            return Err(ToolError::plain("timed out waiting for the condition"));
        }
    }
    Ok(())
}

/// What is waited for.
enum Goal {
    /// The object is gone.
    Gone,
    /// The object is there.
    Created,
    /// A condition has a status.
    Condition {
        /// Type of the condition.
        name: String,
        /// Its status.
        status: String,
    },
    /// A field has a value, or any value.
    Field {
        /// Where the field is.
        template: Template,
        /// Its text.
        value: Option<String>,
    },
}

impl Goal {
    fn parse(text: &str) -> Result<Self, ToolError> {
        if text.eq_ignore_ascii_case("delete") {
            return Ok(Self::Gone);
        }
        if text.eq_ignore_ascii_case("create") {
            return Ok(Self::Created);
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Condition { name: name.to_owned(), status: status.to_owned() });
        }
        if let Some(input) = text.strip_prefix("jsonpath=") {
            return Self::parse_field(input);
        }
        Err(ToolError::plain(format!("unrecognized condition: {text:?}")))
    }

    fn parse_field(input: &str) -> Result<Self, ToolError> {
        // The value follows the expression's closing brace; an equals sign may stand within it, too.
        let end = input.rfind('}').map_or(0, |it| it + 1);
        let (path, value) = match input[end..].split_once('=') {
            Some((rest, value)) => (&input[..end + rest.len()], Some(value)),
            None => (input, None),
        };
        if value == Some("") {
            return Err(ToolError::plain(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            ));
        }
        let template = Template::parse_relaxed(path).map_err(ToolError::plain)?;
        Ok(Self::Field { template, value: value.map(str::to_owned) })
    }

    fn look(&self, object: Option<&Arc<Object>>) -> Result<Look, ToolError> {
        let met = match (self, object) {
            (Self::Gone, object) => object.is_none(),
            (Self::Created, object) => object.is_some(),
            (_, None) => false,
            (Self::Condition { name, status }, Some(object)) => has(object, name, status),
            (Self::Field { template, value }, Some(object)) => {
                field_is(object, template, value.as_deref())?
            }
        };
        Ok(if met { Look::Done } else { Look::NotYet })
    }
}

/// Whether a condition has a status, and has it for the object's present generation.
fn has(object: &Object, name: &str, status: &str) -> bool {
    let document = object.to_value();
    let conditions = document.pointer("/status/conditions").and_then(Value::as_array);
    let text = |it: &Value, key: &str| {
        it.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase()
    };
    let found = conditions.into_iter().flatten().find(|it| text(it, "type") == name.to_lowercase());
    let number = |pointer: &str| document.pointer(pointer).and_then(Value::as_i64);
    let generation = number("/metadata/generation").unwrap_or_default();
    found.is_some_and(|it| {
        let observed = it
            .get("observedGeneration")
            .and_then(Value::as_i64)
            .or_else(|| number("/status/observedGeneration"));
        observed.is_none_or(|it| it >= generation) && text(it, "status") == status.to_lowercase()
    })
}

fn field_is(object: &Object, template: &Template, value: Option<&str>) -> Result<bool, ToolError> {
    let document = object.to_value();
    let found = template.find(&document).unwrap_or_default();
    let only = match found.as_slice() {
        [] => return Ok(false),
        [only] => *only,
        _ => {
            return Err(ToolError::plain("given jsonpath expression matches more than one value"));
        }
    };
    let text = match only {
        Value::Array(_) | Value::Object(_) => {
            return Err(ToolError::plain(
                "jsonpath leads to a nested object or list which is not supported",
            ));
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(value.is_none_or(|it| it == text))
}
