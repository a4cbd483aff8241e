//! `kubectl top node`.

use std::sync::Arc;

use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, Object};

use crate::door::UsageScope;
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::percent::percent;
use crate::kubectl::shared_flags::LABEL_SELECTOR;

use super::{Order, SHARED, cpu_text, memory_text, name_of, not_measured, sum, table};

/// `kubectl top node`.
pub(super) struct TopNode;

impl Verb for TopNode {
    const NAME: &'static str = "node";
    const ALIASES: &'static [&'static str] = &["nodes", "no"];
    const USAGE: &'static str = "[NAME | -l LABEL]";
    const SUMMARY: &'static str = "Show what nodes use";
    const TAKES: Takes = Takes::Names(Kind::Node);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            Flag::switch("show-capacity").about("Shares of the capacity, not of the allocatable."),
        ],
        SHARED,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let order = Order::of(arguments)?;
        let complaint = "only one of NAME or --selector can be provided";
        let name = name_of(arguments, "node [NAME | -l label]", &["selector"], complaint)?;
        let mut measured = super::measured(context, &UsageScope::Nodes)?;
        let nodes = if let Some(name) = name {
            // One that is not there is told as a node, one that tells nothing as measurements.
            let node = context.get(Kind::Node, name, "")?;
            measured.retain(|it| it.name == name);
            if measured.is_empty() {
                return Err(not_measured("nodemetrics", name));
            }
            vec![node]
        } else {
            let (nodes, _) = context.list(Kind::Node, "", arguments.text("selector"), "")?;
            measured.retain(|it| nodes.iter().any(|node| *node.meta.name == *it.name));
            nodes
        };
        if measured.is_empty() {
            return Err(ToolError::plain("metrics not available yet"));
        }
        order.sort(&mut measured, |it| sum(&it.parts));
        let mut rows = Vec::new();
        if !arguments.switch("no-headers") {
            let head = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];
            rows.push(head.map(str::to_owned).to_vec());
        }
        for usage in &measured {
            let used = sum(&usage.parts);
            let node = nodes.iter().find(|it| *it.meta.name == *usage.name);
            let whole = |resource: &str| {
                node.map_or(0, |it| available(it, resource, arguments.switch("show-capacity")))
            };
            rows.push(vec![
                usage.name.clone(),
                cpu_text(&used),
                format!("{}%", percent(used.cpu_milli, whole("cpu"))),
                memory_text(&used),
                format!("{}%", percent(used.memory_bytes.saturating_mul(1000), whole("memory"))),
            ]);
        }
        // Those whose kubelet tells nothing come last.
        for node in nodes.iter().filter(|it| !measured.iter().any(|has| *has.name == *it.meta.name))
        {
            let unknown = ["<unknown>"; 4].map(str::to_owned).to_vec();
            rows.push([vec![node.meta.name.to_string()], unknown].concat());
        }
        context.out(&table(&rows));
        Ok(0)
    }
}

/// Thousandths of what a node has of a resource.
fn available(node: &Arc<Object>, resource: &str, capacity: bool) -> i64 {
    let status = node.node().and_then(|it| it.status.as_ref());
    let list = status.and_then(|it| if capacity { &it.capacity } else { &it.allocatable }.as_ref());
    let written = list.and_then(|it| it.get(resource));
    written.and_then(|it| Quantity::parse(&it.0).ok()).map_or(0, |it| it.milli_value())
}
