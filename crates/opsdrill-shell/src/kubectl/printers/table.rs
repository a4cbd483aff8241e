//! Tables as `kubectl get` prints them from the server's columns and cells.

use std::sync::Arc;

use opsdrill_objects::kinds::Column;
use opsdrill_objects::table::{LIST, StreamAligner, tabbed};
use opsdrill_objects::{Kind, Object};

use crate::kubectl::resources::prefix_of;

/// What is shown beside the kind's own columns.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct TableOptions {
    /// The columns of `-o wide`.
    pub wide: bool,
    /// Only names and ages, as kubectl prints without the server's columns.
    pub bare: bool,
    /// No line of headings.
    pub no_headers: bool,
    /// A column with the namespace.
    pub with_namespace: bool,
    /// Names carry their kind: `pod/web-1`.
    pub with_kind: bool,
    /// A column for each of these labels.
    pub label_columns: Vec<String>,
    /// A column with all labels.
    pub show_labels: bool,
}

impl TableOptions {
    fn shows(&self, column: &Column) -> bool {
        if self.bare { matches!(column.name, "Name" | "Age") } else { self.wide || !column.wide }
    }
}

/// The whole text for objects in the order of the call: one table for each run of one kind.
pub fn print(objects: &[Arc<Object>], options: &TableOptions, now: i64) -> String {
    let mut text = String::new();
    for group in objects.chunk_by(|one, other| one.kind == other.kind) {
        if !text.is_empty() && !options.no_headers {
            text.push('\n');
        }
        let mut stream = TableStream::new(options.clone());
        text.push_str(&stream.print(group, now));
    }
    text
}

/// A table that grows while it is watched.
pub struct TableStream {
    options: TableOptions,
    aligner: StreamAligner,
    headed: bool,
}

impl TableStream {
    /// Nothing printed yet.
    pub fn new(options: TableOptions) -> Self {
        let headed = options.no_headers;
        Self { options, aligner: StreamAligner::new(LIST), headed }
    }

    /// The lines of objects of one kind, below a line of headings if it is the first.
    pub fn print(&mut self, objects: &[Arc<Object>], now: i64) -> String {
        self.print_after(None, objects, now)
    }

    /// The line of a watched object, with the change that made it: `MODIFIED`.
    pub fn print_change(&mut self, change: &str, object: &Arc<Object>, now: i64) -> String {
        self.print_after(Some(change), std::slice::from_ref(object), now)
    }

    fn print_after(&mut self, change: Option<&str>, objects: &[Arc<Object>], now: i64) -> String {
        let Some(first) = objects.first() else { return String::new() };
        let mut header = header(first.kind, &self.options);
        let mut rows: Vec<Vec<String>> =
            objects.iter().map(|it| row(it, &self.options, now)).collect();
        if let Some(change) = change {
            header.insert(0, "Event".to_owned());
            for row in &mut rows {
                row.insert(0, change.to_owned());
            }
        }
        let shown = (!self.headed).then_some(header.as_slice());
        self.headed = true;
        self.aligner.align(&tabbed(shown, &rows))
    }
}

fn header(kind: Kind, options: &TableOptions) -> Vec<String> {
    let mut cells = Vec::new();
    if options.with_namespace {
        cells.push("Namespace".to_owned());
    }
    let columns = kind.info().columns.iter().filter(|it| options.shows(it));
    cells.extend(columns.map(|it| it.name.to_owned()));
    cells.extend(options.label_columns.iter().map(|it| {
        let name = it.rsplit('/').next().unwrap_or(it);
        name.to_owned()
    }));
    if options.show_labels {
        cells.push("Labels".to_owned());
    }
    cells
}

fn row(object: &Object, options: &TableOptions, now: i64) -> Vec<String> {
    let mut cells = Vec::new();
    if options.with_namespace {
        cells.push(object.meta.namespace().to_owned());
    }
    let info = object.kind.info();
    for (column, mut cell) in info.columns.iter().zip((info.cells)(object, now)) {
        if !options.shows(column) {
            continue;
        }
        if options.with_kind && column.name == "Name" {
            cell = format!("{}/{cell}", prefix_of(object.kind));
        }
        cells.push(cell);
    }
    for label in &options.label_columns {
        cells.push(object.meta.label(label).unwrap_or_default().to_owned());
    }
    if options.show_labels {
        cells.push(labels_text(object));
    }
    cells
}

/// `app=web,tier=front`, or `<none>`.
fn labels_text(object: &Object) -> String {
    if object.meta.labels.is_empty() {
        return "<none>".to_owned();
    }
    let pairs: Vec<String> =
        object.meta.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}
