//! `kubectl create poddisruptionbudget`.

use opsdrill_objects::selector::{Operator, Selector};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made =
    Made::namespaced("policy/v1", "PodDisruptionBudget", "failed to create poddisruptionbudgets:");

/// `kubectl create poddisruptionbudget`.
pub(super) struct CreatePodDisruptionBudget;

impl Verb for CreatePodDisruptionBudget {
    const NAME: &'static str = "poddisruptionbudget";
    const ALIASES: &'static [&'static str] = &["pdb"];
    const USAGE: &'static str =
        "NAME --selector=SELECTOR (--min-available=N | --max-unavailable=N)";
    const SUMMARY: &'static str = "Create a pod disruption budget";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("selector").about("The labels of the pods."),
            Flag::text("min-available").about("How many pods stay, or what percentage."),
            Flag::text("max-unavailable").about("How many pods may go, or what percentage."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let text = arguments.text("selector");
        if text.is_empty() {
            return Err(ToolError::plain("a selector must be specified"));
        }
        let bounds = [
            ("minAvailable", arguments.text("min-available")),
            ("maxUnavailable", arguments.text("max-unavailable")),
        ];
        let (field, bound) = match bounds {
            [(_, ""), (_, "")] => {
                return Err(ToolError::plain(
                    "one of min-available or max-unavailable must be specified",
                ));
            }
            [given, (_, "")] | [(_, ""), given] => given,
            _ => {
                return Err(ToolError::plain(
                    "min-available and max-unavailable cannot be both specified",
                ));
            }
        };
        let selector = Selector::parse(text).map_err(|why| {
            ToolError::plain(format!("couldn't parse the selector string {text:?}: {why}"))
        })?;
        let mut document = MADE.document(&name);
        document["spec"] = json!({ "selector": label_selector(&selector)? });
        document["spec"][field] = match bound.parse::<i32>() {
            Ok(number) => number.into(),
            Err(_) => bound.into(),
        };
        document["status"] = json!({
            "currentHealthy": 0,
            "desiredHealthy": 0,
            "disruptionsAllowed": 0,
            "expectedPods": 0,
        });
        generated::create(context, arguments, MADE, document)
    }
}

/// A selector in the API's structured form.
fn label_selector(selector: &Selector) -> Result<Value, ToolError> {
    let mut structured = json!({});
    let mut expressions = Vec::new();
    for requirement in selector.requirements() {
        let operator = match requirement.operator() {
            Operator::Equals | Operator::DoubleEquals => {
                structured["matchLabels"][requirement.key()] =
                    requirement.values()[0].clone().into();
                continue;
            }
            Operator::In => "In",
            Operator::NotIn | Operator::NotEquals => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::GreaterThan | Operator::LessThan => {
                return Err(ToolError::plain("\"gt\" isn't supported in label selectors"));
            }
        };
        let mut expression = json!({ "key": requirement.key(), "operator": operator });
        if !requirement.values().is_empty() {
            expression["values"] = json!(requirement.values());
        }
        expressions.push(expression);
    }
    if !expressions.is_empty() {
        structured["matchExpressions"] = expressions.into();
    }
    Ok(structured)
}
