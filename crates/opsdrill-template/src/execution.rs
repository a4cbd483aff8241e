//! A template on a value: its nodes one after another.
//!
//! - `evaluation`: pipelines, fields, variables and calls.
//! - `ranging`: what `range` goes through.

mod evaluation;
mod ranging;

use crate::function::Caller;
use crate::node::{Branch, BranchKind, Call, Command, List, Node, Pipe, Word};
use crate::print::{display, quote};
use crate::template::{Error, Template, Tree};
use crate::value::Value;

/// What Helm calls the set of all templates; complaints name it.
const SET: &str = "gotpl";

/// A value while it is worked on: perhaps none at all, perhaps seen through `interface {}`.
#[derive(Clone, Debug, Default)]
struct Operand {
    value: Option<Value>,
    boxed: bool,
}

impl Operand {
    /// What stands in a pipeline: a nil there is nothing at all.
    fn plain(value: Value) -> Self {
        let value = if matches!(value, Value::Nil) { None } else { Some(value) };
        Self { value, boxed: false }
    }

    /// What a map, a list or a function holds.
    fn boxed(value: Value) -> Self {
        Self { value: Some(value), boxed: true }
    }

    fn unboxed(self) -> Self {
        self.value.map_or_else(Self::default, Self::plain)
    }

    fn is_true(&self) -> bool {
        self.value.as_ref().is_some_and(Value::is_true)
    }
}

/// What was looked at last; complaints name it.
#[derive(Clone, Copy)]
enum At<'t> {
    Nothing,
    Pipe(&'t Pipe),
    Command(&'t Command),
    Word(&'t Word),
    Call(&'t Call),
}

impl At<'_> {
    fn position_and_text(&self) -> Option<(usize, String)> {
        match self {
            Self::Nothing => None,
            Self::Pipe(it) => Some((it.position, it.to_string())),
            Self::Command(it) => Some((it.position, it.to_string())),
            Self::Word(it) => Some((it.position, it.to_string())),
            Self::Call(it) => Some((it.position, it.to_string())),
        }
    }
}

/// How a row of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// A running template.
pub(crate) struct Execution<'t> {
    template: &'t Template,
    tree: Option<(&'t str, &'t Tree)>,
    variables: Vec<(&'t str, Operand)>,
    at: At<'t>,
    printed: String,
    depth: usize,
    nesting: usize,
    steps: usize,
    /// Bytes that functions answered so far.
    answers: usize,
}

impl<'t> Execution<'t> {
    pub(crate) fn new(template: &'t Template) -> Self {
        Self {
            template,
            tree: None,
            variables: Vec::new(),
            at: At::Nothing,
            printed: String::new(),
            depth: 0,
            nesting: 0,
            steps: 0,
            answers: 0,
        }
    }

    pub(crate) fn run(mut self, name: &str, value: &Value) -> Result<String, Error> {
        let done = self.top(name, value);
        match done {
            Ok(()) => Ok(self.printed),
            Err(message) => Err(Error { printed: self.printed, message }),
        }
    }

    fn top(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let Some((name, tree)) = self.template.trees.get_key_value(name) else {
            let shown = quote(name);
            return Err(format!("template: {name}: {shown} is an incomplete or empty template"));
        };
        self.inside(name, tree, &Operand::plain(value.clone()))
    }

    /// Executes a template, which sees no variables of its caller's.
    fn inside(&mut self, name: &'t str, tree: &'t Tree, dot: &Operand) -> Result<(), String> {
        self.depth += 1;
        let outer_tree = self.tree.replace((name, tree));
        let outer_variables = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let done = self.list(dot, &tree.root);
        self.tree = outer_tree;
        self.variables = outer_variables;
        self.depth -= 1;
        done.map(|_| ())
    }

    /// A complaint, as Go words it.
    fn complain<T>(&self, what: &str) -> Result<T, String> {
        let Some((name, tree)) = self.tree else { return Err(format!("template: {what}")) };
        let Some((position, shown)) = self.at.position_and_text() else {
            return Err(format!("template: {name}: {what}"));
        };
        let before = &tree.text[..position];
        let line = before.matches('\n').count() + 1;
        let column = position - before.rfind('\n').map_or(0, |it| it + 1);
        let (source, name) = (&tree.source, quote(name));
        Err(format!("template: {source}:{line}:{column}: executing {name} at <{shown}>: {what}"))
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > self.template.bounds.steps {
            return self.complain(&format!("more than {} steps", self.template.bounds.steps));
        }
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.nesting += 1;
        if self.nesting > self.template.bounds.nesting {
            return self.complain("nested too deep");
        }
        Ok(())
    }

    fn print(&mut self, text: &str) -> Result<(), String> {
        if self.printed.len() + text.len() > self.template.bounds.output {
            return self.complain(&format!("more than {} bytes", self.template.bounds.output));
        }
        self.printed.push_str(text);
        Ok(())
    }

    fn list(&mut self, dot: &Operand, list: &'t List) -> Result<Flow, String> {
        self.deeper()?;
        let mut flow = Flow::Next;
        for node in &list.nodes {
            flow = self.node(dot, node)?;
            if flow != Flow::Next {
                break;
            }
        }
        self.nesting -= 1;
        Ok(flow)
    }

    fn node(&mut self, dot: &Operand, node: &'t Node) -> Result<Flow, String> {
        self.step()?;
        match node {
            Node::Text(text) => self.print(text)?,
            Node::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    let text =
                        value.value.as_ref().map_or_else(|| "<no value>".to_owned(), display);
                    self.print(&text)?;
                }
            }
            Node::Branch(branch) => {
                let mark = self.variables.len();
                let flow = match branch.kind {
                    BranchKind::Range => self.range(dot, branch)?,
                    _ => self.condition(dot, branch)?,
                };
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Node::Template(call) => self.call_template(dot, call)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn condition(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow, String> {
        let value = self.pipeline(dot, &branch.pipe)?;
        if value.is_true() {
            let inner = if branch.kind == BranchKind::With { &value } else { dot };
            return self.list(inner, &branch.list);
        }
        branch.otherwise.as_ref().map_or(Ok(Flow::Next), |it| self.list(dot, it))
    }

    /// Changes the innermost variable of that name.
    fn set(&mut self, name: &str, value: Operand) {
        let known = self.variables.iter_mut().rev().find(|(it, _)| *it == name);
        known.expect("the parser knows all variables").1 = value;
    }

    fn call_template(&mut self, dot: &Operand, call: &'t Call) -> Result<(), String> {
        self.at = At::Call(call);
        let Some((name, tree)) = self.template.trees.get_key_value(call.name.as_str()) else {
            return self.complain(&format!("template {} not defined", quote(&call.name)));
        };
        if self.depth >= self.template.bounds.depth {
            let most = self.template.bounds.depth_told;
            return self.complain(&format!("exceeded maximum template depth ({most})"));
        }
        let value = match &call.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Operand::default(),
        };
        self.inside(name, tree, &value)
    }
}

impl Caller for Execution<'_> {
    fn execute(&mut self, name: &str, value: &Value) -> Result<String, String> {
        let Some((name, tree)) = self.template.trees.get_key_value(name) else {
            return Err(format!(
                "template: no template {} associated with template {}",
                quote(name),
                quote(SET)
            ));
        };
        if self.depth >= self.template.bounds.depth {
            let most = self.template.bounds.depth_told;
            return self.complain(&format!("exceeded maximum template depth ({most})"));
        }
        let outside = std::mem::take(&mut self.printed);
        let (at, nesting) = (self.at, self.nesting);
        let done = self.inside(name, tree, &Operand::plain(value.clone()));
        (self.at, self.nesting) = (at, nesting);
        let printed = std::mem::replace(&mut self.printed, outside);
        done.map(|()| printed)
    }

    fn execute_in(
        &mut self,
        template: &Template,
        name: &str,
        value: &Value,
    ) -> Result<String, String> {
        let mut inner = Execution::new(template);
        (inner.depth, inner.nesting) = (self.depth, self.nesting);
        (inner.steps, inner.answers) = (self.steps, self.answers);
        let done = inner.top(name, value);
        (self.steps, self.answers) = (inner.steps, inner.answers);
        done.map(|()| inner.printed)
    }

    fn template(&self) -> &Template {
        self.template
    }
}
