//! `kubectl top`: what nodes and pods use.

mod node;
mod pod;

use opsdrill_objects::Status;
use opsdrill_objects::table::{LIST, align};

use crate::door::{Usage, UsagePart, UsageScope};
use crate::kubectl::command::Command;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// The parts of `top`.
pub(super) const PARTS: &[Command] =
    &[Command::of::<node::TopNode>(), Command::of::<pod::TopPod>()];

const MIB: i64 = 1024 * 1024;

/// Flags of both parts.
const SHARED: &[Flag] = &[
    Flag::switch("no-headers").about("No headings."),
    Flag::text("sort-by").about("cpu or memory, the largest first."),
    Flag::switch("use-protocol-buffers").default("true").not_simulated(),
];

/// What is measured now.
///
/// # Errors
/// Nobody measures.
fn measured(context: &mut Context, scope: &UsageScope) -> Result<Vec<Usage>, ToolError> {
    if context.door.kinds().without_metrics {
        return Err(ToolError::plain("Metrics API not available"));
    }
    Ok(context.door.usage(scope)?)
}

/// What a list of measurements is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Name,
    Cpu,
    Memory,
}

impl Order {
    fn of(arguments: &Arguments) -> Result<Self, ToolError> {
        match arguments.text("sort-by") {
            "" => Ok(Self::Name),
            "cpu" => Ok(Self::Cpu),
            "memory" => Ok(Self::Memory),
            _ => Err(ToolError::plain("--sort-by accepts only cpu or memory")),
        }
    }

    /// Brings the rows into order; they are in order of their names.
    fn sort<T>(self, rows: &mut [T], used: impl Fn(&T) -> UsagePart) {
        match self {
            Self::Name => {}
            Self::Cpu => rows.sort_by_key(|it| -used(it).cpu_milli),
            Self::Memory => rows.sort_by_key(|it| -used(it).memory_bytes),
        }
    }
}

/// The one name that may be given.
fn name_of<'a>(
    arguments: &'a Arguments,
    usage: &str,
    selectors: &[&str],
    complaint: &str,
) -> Result<Option<&'a str>, ToolError> {
    match arguments.positional.as_slice() {
        [] => Ok(None),
        [_] if selectors.iter().any(|it| !arguments.text(it).is_empty()) => {
            Err(ToolError::plain(complaint))
        }
        [name] => Ok(Some(name)),
        _ => Err(ToolError::usage(usage)),
    }
}

/// The metrics server's answer about something it has not measured.
fn not_measured(resource: &str, name: &str) -> ToolError {
    let text = format!("{resource}.metrics.k8s.io {name:?} not found");
    Status::new(404, "NotFound", text).into()
}

/// Rows of cells as the table that is printed; every cell ends with padding.
fn table(rows: &[Vec<String>]) -> String {
    let text: String = rows.iter().map(|cells| format!("{}\t\n", cells.join("\t"))).collect();
    align(&text, LIST)
}

/// What several containers use together.
fn sum<'a>(parts: impl IntoIterator<Item = &'a UsagePart>) -> UsagePart {
    parts.into_iter().fold(UsagePart::default(), |mut total, it| {
        total.cpu_milli += it.cpu_milli;
        total.memory_bytes += it.memory_bytes;
        total
    })
}

fn cpu_text(used: &UsagePart) -> String {
    format!("{}m", used.cpu_milli)
}

fn memory_text(used: &UsagePart) -> String {
    format!("{}Mi", used.memory_bytes / MIB)
}
