//! What a template consists of.

use serde_json::Value;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Pieces applied one after the other; an expression in braces.
    List(Vec<Node>),
    /// Text outside of braces, or quoted inside: a result whatever the input.
    Text(Value),
    /// A number or a boolean: a result for each input.
    Literal(Value),
    /// `range`, `end`, or an error.
    Identifier(String),
    /// `.name`
    Field(String),
    /// `*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[start:end:step]`, `[index]`
    Slice(Slice),
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `[?(left operator right)]`
    Filter(Filter),
}

/// A slice's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    /// Whether the end is only the start plus one, because a single index was written.
    pub(super) end_is_derived: bool,
    pub(super) step: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) left: Vec<Node>,
    pub(super) right: Vec<Node>,
    /// `None` asks only whether something is found.
    pub(super) operator: Option<String>,
}
