//! Parser events into a tree, with aliases resolved to what they stand for.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Encoding, ErrorKind, Event, EventData, Parser, ScalarStyle};

use super::{DEPTH_MAX, YamlError};

/// Index of a node in its tree.
pub(super) type NodeId = usize;

/// A node and the line it starts on, from 0.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) line: u64,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    Scalar {
        value: String,
        tag: Option<String>,
        /// Whether the scalar is written plainly, without quotes and tag.
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<(NodeId, NodeId)>),
    Alias {
        name: String,
        target: NodeId,
    },
}

/// The first document of a text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// `None` if the text has no document.
    pub(super) root: Option<NodeId>,
}

impl Tree {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

/// Reads the first document of a text.
pub(super) fn parse(text: &str) -> Result<Tree, YamlError> {
    // The encoding is told, and a mark of it removed, because the parser takes every text that starts
    // with the byte EF for one with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The parser dislikes a text that ends inside of a block scalar: it gets a line break more, which
    // is taken away from that scalar again.
    let unterminated = !text.ends_with('\n');
    let text_chars = text.chars().count() as u64;
    let input = if unterminated { format!("{text}\n") } else { text.to_owned() };
    let block_end_min = unterminated.then_some(text_chars);
    // The parser also gives up with a panic at a tag before a comma, as in `[!a,b]`. Nothing that a
    // trainee writes may end the session, so that this, and what else may be wrong there, is caught.
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut bytes = input.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        parser.set_encoding(Encoding::Utf8);
        let mut builder =
            Builder { parser, tree: Tree::default(), anchors: BTreeMap::new(), block_end_min };
        builder.document().map(|()| builder.tree)
    }));
    let problem = "did not find expected whitespace or line break";
    built.unwrap_or_else(|_| Err(YamlError::yaml(problem)))
}

struct Builder<'a, 'b> {
    parser: Parser<&'a mut &'b [u8]>,
    tree: Tree,
    anchors: BTreeMap<String, NodeId>,
    /// Where a block scalar must end, in characters, to have got the line break added at the end.
    block_end_min: Option<u64>,
}

impl Builder<'_, '_> {
    fn next(&mut self) -> Result<Event, YamlError> {
        self.parser.parse().map_err(|error| YamlError::yaml(describe(&error)))
    }

    fn document(&mut self) -> Result<(), YamlError> {
        loop {
            match self.next()?.data {
                EventData::StreamEnd => return Ok(()),
                EventData::DocumentStart { .. } => break,
                _ => {}
            }
        }
        let event = self.next()?;
        self.tree.root = self.node(event, 0)?;
        self.next().map(|_| ())
    }

    /// The node that starts with `event`; `None` for an event that ends something.
    fn node(&mut self, event: Event, depth: usize) -> Result<Option<NodeId>, YamlError> {
        if depth > DEPTH_MAX {
            return Err(YamlError::yaml(format!("exceeded max depth of {DEPTH_MAX}")));
        }
        let line = event.start_mark.line;
        let end = event.end_mark.index;
        match event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let value = self.without_added_break(value, style, end);
                let kind = NodeKind::Scalar { value, tag, implicit: plain_implicit };
                Ok(Some(self.add(kind, line, anchor)))
            }
            EventData::Alias { anchor } => {
                let Some(target) = self.anchors.get(&anchor).copied() else {
                    return Err(YamlError::yaml(format!("unknown anchor '{anchor}' referenced")));
                };
                Ok(Some(self.add(NodeKind::Alias { name: anchor, target }, line, None)))
            }
            EventData::SequenceStart { anchor, .. } => {
                let id = self.add(NodeKind::Sequence(Vec::new()), line, anchor);
                let mut items = Vec::new();
                loop {
                    let event = self.next()?;
                    let Some(item) = self.node(event, depth + 1)? else { break };
                    items.push(item);
                }
                self.tree.nodes[id].kind = NodeKind::Sequence(items);
                Ok(Some(id))
            }
            EventData::MappingStart { anchor, .. } => {
                let id = self.add(NodeKind::Mapping(Vec::new()), line, anchor);
                let mut entries = Vec::new();
                loop {
                    let event = self.next()?;
                    let Some(key) = self.node(event, depth + 1)? else { break };
                    let event = self.next()?;
                    let Some(value) = self.node(event, depth + 1)? else { break };
                    entries.push((key, value));
                }
                self.tree.nodes[id].kind = NodeKind::Mapping(entries);
                Ok(Some(id))
            }
            _ => Ok(None),
        }
    }

    fn add(&mut self, kind: NodeKind, line: u64, anchor: Option<String>) -> NodeId {
        let id = self.tree.nodes.len();
        self.tree.nodes.push(Node { kind, line });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn without_added_break(&self, mut value: String, style: ScalarStyle, end: u64) -> String {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let reaches_end = self.block_end_min.is_some_and(|it| end >= it);
        if is_block && reaches_end && value.ends_with('\n') {
            value.pop();
        }
        value
    }
}

/// Go's words for a syntax error. Its line is one less than one would expect for errors that are not
/// the scanner's, and is left out on the first line.
fn describe(error: &libyaml_safer::Error) -> String {
    let line_of = |mark: Option<libyaml_safer::Mark>| mark.map_or(0, |it| it.line);
    let line = match line_of(error.problem_mark()) {
        0 => line_of(error.context_mark()),
        line if error.kind() == ErrorKind::Scanner => line + 1,
        line => line,
    };
    let problem = error.problem();
    if line == 0 { problem.to_owned() } else { format!("line {line}: {problem}") }
}
