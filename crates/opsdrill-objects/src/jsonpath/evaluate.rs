//! Walking a document with a template.

use std::sync::LazyLock;

use serde_json::Value;

use super::STEPS_MAX;
use super::compare::holds;
use super::node::{Filter, Node, Slice};
use crate::go_format::{default_format, go_type};

/// Deepest nesting of ranges and of documents that `..` descends into.
const DEPTH_MAX: usize = 600;

/// The bytes of a text, which `*` selects one by one.
static BYTES: LazyLock<Vec<Value>> = LazyLock::new(|| (0..=u8::MAX).map(Value::from).collect());

static NOTHING: Value = Value::Null;

/// The results of each piece of the template.
pub(super) fn evaluate<'a>(
    nodes: &'a [Node],
    document: &'a Value,
    allow_missing: bool,
) -> Result<Vec<Vec<&'a Value>>, String> {
    let mut walker = Walker {
        nodes,
        allow_missing,
        ranges_begun: 0,
        ranges_open: 0,
        ends: 0,
        last_end: None,
        steps: 0,
        depth: 0,
    };
    walker.results(0, document)
}

struct Walker<'a> {
    nodes: &'a [Node],
    allow_missing: bool,
    /// `range` words met whose loops are not yet started.
    ranges_begun: usize,
    ranges_open: usize,
    /// `end` words met that have not yet ended a loop.
    ends: usize,
    /// Place of the piece that ended a loop last.
    last_end: Option<usize>,
    steps: usize,
    depth: usize,
}

type Values<'a> = Vec<&'a Value>;

impl<'a> Walker<'a> {
    /// The results of the pieces from `first` on, to the end of the loop they are in.
    fn results(&mut self, first: usize, current: &'a Value) -> Result<Vec<Values<'a>>, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("ranges are nested deeper than {DEPTH_MAX}"));
        }
        let mut all = Vec::new();
        let mut index = first;
        while let Some(node) = self.nodes.get(index) {
            let results = self.walk(&[current], node)?;
            if self.ends > 0 && self.ends <= self.ranges_open {
                self.ends -= 1;
                self.last_end = Some(index);
                break;
            }
            if self.ranges_begun > 0 {
                self.ranges_begun -= 1;
                self.ranges_open += 1;
                for value in &results {
                    all.extend(self.results(index + 1, value)?);
                }
                if results.is_empty() {
                    // The loop's end must be found even if there is nothing to repeat.
                    self.results(index + 1, &NOTHING)?;
                }
                self.ranges_open -= 1;
                index = self.last_end.filter(|end| *end > index).unwrap_or(index) + 1;
                continue;
            }
            all.push(results);
            index += 1;
        }
        self.depth -= 1;
        Ok(all)
    }

    fn take_steps(&mut self, steps: usize) -> Result<(), String> {
        self.steps += steps;
        if self.steps > STEPS_MAX {
            return Err("the template takes too many steps".to_owned());
        }
        Ok(())
    }

    fn walk(&mut self, input: &[&'a Value], node: &'a Node) -> Result<Values<'a>, String> {
        self.take_steps(1 + input.len())?;
        match node {
            Node::List(nodes) => self.walk_list(input, nodes),
            Node::Text(text) => Ok(vec![text]),
            Node::Literal(value) => Ok(input.iter().map(|_| value).collect()),
            Node::Identifier(name) => self.identifier(input, name),
            Node::Field(name) => self.field(input, name),
            Node::Wildcard => {
                let results: Values<'a> = input.iter().flat_map(|it| children(it)).collect();
                self.take_steps(results.len())?;
                Ok(results)
            }
            Node::Recursive => {
                let mut results = Vec::new();
                for value in input {
                    self.descend(value, 0, &mut results)?;
                }
                Ok(results)
            }
            Node::Slice(slice) => self.slice(input, *slice),
            Node::Union(lists) => {
                let mut results = Vec::new();
                for nodes in lists {
                    results.extend(self.walk_list(input, nodes)?);
                }
                Ok(results)
            }
            Node::Filter(filter) => self.filter(input, filter),
        }
    }

    fn walk_list(&mut self, input: &[&'a Value], nodes: &'a [Node]) -> Result<Values<'a>, String> {
        let mut values = input.to_vec();
        for node in nodes {
            values = self.walk(&values, node)?;
        }
        Ok(values)
    }

    fn identifier(&mut self, input: &[&'a Value], name: &str) -> Result<Values<'a>, String> {
        match name {
            "range" => {
                self.ranges_begun += 1;
                Ok(input.to_vec())
            }
            "end" if self.ranges_open > 0 => {
                self.ends += 1;
                Ok(Vec::new())
            }
            "end" => Err("not in range, nothing to end".to_owned()),
            _ => Err(format!("unrecognized identifier {name}")),
        }
    }

    fn field(&self, input: &[&'a Value], name: &str) -> Result<Values<'a>, String> {
        let found = |it: &&'a Value| it.as_object().and_then(|fields| fields.get(name));
        let results: Values<'a> = input.iter().filter_map(found).collect();
        if results.is_empty() && !input.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    /// The value and all below it, but for numbers, booleans and what is empty.
    fn descend(
        &mut self,
        value: &'a Value,
        depth: usize,
        results: &mut Values<'a>,
    ) -> Result<(), String> {
        self.take_steps(1)?;
        if depth > DEPTH_MAX {
            return Err(format!("the document is nested deeper than {DEPTH_MAX}"));
        }
        let is_empty = match value {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => true,
        };
        if is_empty {
            return Ok(());
        }
        results.push(value);
        if !value.is_string() {
            for child in children(value) {
                self.descend(child, depth + 1, results)?;
            }
        }
        Ok(())
    }

    fn slice(&mut self, input: &[&'a Value], slice: Slice) -> Result<Values<'a>, String> {
        let mut results = Vec::new();
        for value in input {
            let items = match value {
                Value::Null => continue,
                Value::Array(items) => items,
                other => return Err(format!("{} is not array or slice", go_type(other))),
            };
            let (start, end) = bounds(slice, items.len() as i64)?;
            if start == end {
                return Ok(results);
            }
            let step = slice.step.unwrap_or(1);
            if step <= 0 {
                return Err("step must be > 0".to_owned());
            }
            let selected = &items[start as usize..end as usize];
            results.extend(selected.iter().step_by(step as usize));
            self.take_steps(selected.len())?;
        }
        Ok(results)
    }

    fn filter(&mut self, input: &[&'a Value], filter: &'a Filter) -> Result<Values<'a>, String> {
        let mut results = Vec::new();
        for value in input {
            let Value::Array(items) = value else {
                let value = default_format(value);
                return Err(format!("{value} is not array or slice and cannot be filtered"));
            };
            for item in items {
                if self.passes(item, filter)? {
                    results.push(item);
                }
            }
        }
        Ok(results)
    }

    fn passes(&mut self, item: &'a Value, filter: &'a Filter) -> Result<bool, String> {
        let left = self.walk_list(&[item], &filter.left);
        let Some(operator) = &filter.operator else {
            // An error, such as a missing key, means that nothing is there.
            return Ok(left.is_ok_and(|it| !it.is_empty()));
        };
        let Some(left) = single(&left?)? else { return Ok(false) };
        let right = self.walk_list(&[item], &filter.right)?;
        let Some(right) = single(&right)? else { return Ok(false) };
        holds(left, operator, right)
    }
}

fn single<'a>(values: &[&'a Value]) -> Result<Option<&'a Value>, String> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err("can only compare one element at a time".to_owned()),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        Value::String(text) => text.bytes().map(|it| &BYTES[usize::from(it)]).collect(),
        _ => Vec::new(),
    }
}

/// First and last-but-one index of a slice of a list, both within it.
fn bounds(slice: Slice, length: i64) -> Result<(i64, i64), String> {
    let mut start = slice.start.unwrap_or(0);
    if start < 0 {
        start += length;
    }
    let mut end = slice.end.unwrap_or(length);
    if end < 0 || (end == 0 && slice.end_is_derived) {
        end += length;
    }
    let out_of_bounds =
        |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    if start == end {
        return Ok((start, end));
    }
    if !(0..length).contains(&start) {
        return out_of_bounds(start);
    }
    if !(0..=length).contains(&end) {
        return out_of_bounds(end - 1);
    }
    if start > end {
        return Err(format!("starting index {start} is greater than ending index {end}"));
    }
    Ok((start, end))
}
