//! Templates that know each other by name.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::execution::Execution;
use crate::function::Function;
use crate::functions;
use crate::node::List;
use crate::parser;
use crate::value::Value;

/// What a field that a map lacks is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// Nothing at all, which prints as `<no value>`: `missingkey=default`.
    #[default]
    Invalid,
    /// A nil, as Helm has it: `missingkey=zero`.
    Zero,
    /// A failure: `missingkey=error`.
    Error,
}

/// How much a template may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Templates inside templates.
    pub depth: usize,
    /// The number that complaints give for that bound.
    pub depth_told: usize,
    /// Lists and pipelines inside each other, through all templates that call each other.
    pub nesting: usize,
    /// Nodes that are executed.
    pub steps: usize,
    /// Bytes that are printed.
    pub output: usize,
    /// Bytes of one function's answer.
    pub answer: usize,
    /// Bytes of all that functions answer.
    pub answers: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth: 100,
            depth_told: 100,
            nesting: 1000,
            steps: 1_000_000,
            output: 16 << 20,
            answer: 16 << 20,
            answers: 64 << 20,
        }
    }
}

/// Why a template failed, and what it had printed by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What was printed before.
    pub printed: String,
    /// The complaint.
    pub message: String,
}

/// A template that is executed.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// The name of the text in which it stands, for complaints.
    pub(crate) source: Rc<str>,
    /// That text.
    pub(crate) text: Rc<str>,
    pub(crate) root: Rc<List>,
}

/// Templates by name, with the functions that they call.
#[derive(Clone, Debug)]
pub struct Template {
    pub(crate) trees: BTreeMap<Rc<str>, Tree>,
    pub(crate) functions: Rc<BTreeMap<&'static str, Function>>,
    pub(crate) missing_key: MissingKey,
    pub(crate) bounds: Bounds,
}

impl Default for Template {
    fn default() -> Self {
        Self::new()
    }
}

impl Template {
    /// No template yet; Go's own functions.
    pub fn new() -> Self {
        let functions = functions::builtins().into_iter().map(|it| (it.name, it)).collect();
        Self {
            trees: BTreeMap::new(),
            functions: Rc::new(functions),
            missing_key: MissingKey::default(),
            bounds: Bounds::default(),
        }
    }

    /// More functions.
    #[must_use]
    pub fn with_functions(mut self, functions: impl IntoIterator<Item = Function>) -> Self {
        let known = Rc::make_mut(&mut self.functions);
        known.extend(functions.into_iter().map(|it| (it.name, it)));
        self
    }

    /// What missing fields are.
    #[must_use]
    pub fn with_missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Other bounds.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Adds a text under a name, with the templates that it defines. An empty one replaces none.
    ///
    /// # Errors
    /// The parser's complaint.
    pub fn parse(&mut self, name: &str, text: &str) -> Result<(), String> {
        let trees = parser::parse(name, text, &|it| self.functions.contains_key(it))?;
        let (source, text): (Rc<str>, Rc<str>) = (name.into(), text.into());
        for (name, list) in trees {
            if list.is_blank() && self.trees.contains_key(name.as_str()) {
                continue;
            }
            let tree = Tree { source: source.clone(), text: text.clone(), root: Rc::new(list) };
            self.trees.insert(name.into(), tree);
        }
        Ok(())
    }

    /// Adds a text under a name as if there had been none: even an empty one replaces it.
    ///
    /// # Errors
    /// The parser's complaint.
    pub fn parse_anew(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.trees.remove(name);
        self.parse(name, text)
    }

    /// Whether there is a function of that name.
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// Whether there is a template of that name.
    pub fn has(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }

    /// Executes a template on a value; answers what it prints.
    ///
    /// # Errors
    /// The complaint, with what was printed before.
    pub fn execute(&self, name: &str, value: &Value) -> Result<String, Error> {
        Execution::new(self).run(name, value)
    }
}
