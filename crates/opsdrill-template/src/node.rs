//! A template taken apart: its nodes, and how they read as text.

use std::fmt;

use crate::print::quote;
use crate::value::Value;

/// Text and actions in a row.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl List {
    /// Whether it is nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.nodes.iter().all(|it| matches!(it, Node::Text(text) if text.trim().is_empty()))
    }
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text that stands for itself.
    Text(String),
    /// `{{pipeline}}`.
    Action(Pipe),
    /// `{{if}}`, `{{range}}` or `{{with}}`.
    Branch(Branch),
    /// `{{template "name" pipeline}}`.
    Template(Call),
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
}

/// Which branch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// `if`.
    If,
    /// `range`.
    Range,
    /// `with`.
    With,
}

impl BranchKind {
    /// The word in a template.
    pub fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Range => "range",
            Self::With => "with",
        }
    }
}

/// Text that depends on a pipeline.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Which it is.
    pub kind: BranchKind,
    /// The pipeline.
    pub pipe: Pipe,
    /// What is done when it is not empty.
    pub list: List,
    /// What is done otherwise.
    pub otherwise: Option<List>,
}

/// A call of another template.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where its name stands.
    pub position: usize,
    /// Its name.
    pub name: String,
    /// What it gets.
    pub pipe: Option<Pipe>,
}

/// Commands, each giving its value to the next.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// Where it begins.
    pub position: usize,
    /// Whether `=` rather than `:=` follows the variables.
    pub is_assignment: bool,
    /// The variables that get its value, with their dollar signs.
    pub variables: Vec<String>,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A value, or a function with its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where it begins.
    pub position: usize,
    /// Function and arguments.
    pub words: Vec<Word>,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub struct Word {
    /// Where it stands.
    pub position: usize,
    /// What it is.
    pub term: Term,
}

/// What a word is.
#[derive(Clone, Debug)]
pub enum Term {
    /// `.`.
    Dot,
    /// `nil`.
    Nil,
    /// `true`, a number or a string; with its text.
    Constant(Value, String),
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x.a`.
    Variable(Vec<String>),
    /// The name of a function.
    Function(String),
    /// A pipeline in parentheses.
    Pipe(Pipe),
    /// Fields of something else: `(pipeline).a.b`.
    Chain(Box<Word>, Vec<String>),
}

impl fmt::Display for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.nodes.iter().try_for_each(|it| it.fmt(formatter))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(&quote(text)),
            Self::Action(pipe) => write!(formatter, "{{{{{pipe}}}}}"),
            Self::Branch(it) => {
                write!(formatter, "{{{{{} {}}}}}{}", it.kind.word(), it.pipe, it.list)?;
                if let Some(otherwise) = &it.otherwise {
                    write!(formatter, "{{{{else}}}}{otherwise}")?;
                }
                formatter.write_str("{{end}}")
            }
            Self::Template(call) => call.fmt(formatter),
            Self::Break => formatter.write_str("{{break}}"),
            Self::Continue => formatter.write_str("{{continue}}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{{template {}", quote(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(formatter, " {pipe}")?;
        }
        formatter.write_str("}}")
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.is_assignment { "=" } else { ":=" };
            write!(formatter, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" | ")?;
            }
            command.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            match &word.term {
                Term::Pipe(pipe) => write!(formatter, "({pipe})")?,
                _ => word.fmt(formatter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => formatter.write_str("."),
            Term::Nil => formatter.write_str("nil"),
            Term::Constant(_, text) | Term::Function(text) => formatter.write_str(text),
            Term::Field(names) => names.iter().try_for_each(|it| write!(formatter, ".{it}")),
            Term::Variable(names) => formatter.write_str(&names.join(".")),
            Term::Pipe(pipe) => pipe.fmt(formatter),
            Term::Chain(word, names) => {
                match &word.term {
                    Term::Pipe(pipe) => write!(formatter, "({pipe})")?,
                    _ => word.fmt(formatter)?,
                }
                names.iter().try_for_each(|it| write!(formatter, ".{it}"))
            }
        }
    }
}
