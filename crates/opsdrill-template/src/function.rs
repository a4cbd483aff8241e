//! Functions that templates call.

use std::fmt;
use std::rc::Rc;

use crate::template::Template;
use crate::value::{Element, IntType, MapType, Value};

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `reflect.Value`: like any, but nothing stays nothing.
    Reflected,
    /// `string`.
    Text,
    /// `int`.
    Int,
    /// `uint32`; only a constant is one.
    Uint32,
    /// `bool`.
    Bool,
    /// `float64`.
    Float,
    /// `[]interface {}`.
    List,
    /// `map[string]interface {}`.
    Map,
    /// Something with methods of its own, by the name of its type.
    Native(&'static str),
}

impl Type {
    /// Its name in complaints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflected => "reflect.Value",
            Self::Text => "string",
            Self::Int => "int",
            Self::Uint32 => "uint32",
            Self::Bool => "bool",
            Self::Float => "float64",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::Native(name) => name,
        }
    }

    /// Whether nothing may be given.
    pub fn takes_nothing(self) -> bool {
        matches!(self, Self::Any | Self::Reflected | Self::Map | Self::List)
    }

    /// Whether a value is of this type.
    pub fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any | Self::Reflected, _)
            | (Self::Text, Value::Text(_))
            | (Self::Float, Value::Float(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(IntType::Int, _)) => true,
            (Self::Map, Value::Map(it)) => it.kind() != MapType::Text,
            (Self::List, Value::List(it)) => it.element() == Element::Any,
            (Self::Native(name), Value::Native(it)) => it.type_name() == name,
            _ => false,
        }
    }
}

/// What a function may ask of the template that calls it.
pub trait Caller {
    /// Executes a template by its name; answers what it printed.
    ///
    /// # Errors
    /// The template's complaint.
    fn execute(&mut self, name: &str, value: &Value) -> Result<String, String>;

    /// Executes a template of another set, within the bounds of this one.
    ///
    /// # Errors
    /// The template's complaint.
    fn execute_in(
        &mut self,
        template: &Template,
        name: &str,
        value: &Value,
    ) -> Result<String, String>;

    /// The set of templates that calls.
    fn template(&self) -> &Template;
}

/// What a function does with its arguments.
pub type Body = dyn Fn(&mut dyn Caller, &[Value]) -> Result<Value, String>;

/// A function.
#[derive(Clone)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its parameters.
    pub parameters: &'static [Type],
    /// The type of any more.
    pub rest: Option<Type>,
    /// Whether it is asked for each argument in turn whether the rest is needed: `and`, `or`.
    pub(crate) stops_at: Option<bool>,
    body: Rc<Body>,
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Function {
    /// A function of its arguments alone.
    pub fn new(
        name: &'static str,
        parameters: &'static [Type],
        rest: Option<Type>,
        body: impl Fn(&[Value]) -> Result<Value, String> + 'static,
    ) -> Self {
        Self::calling_back(name, parameters, rest, move |_, arguments| body(arguments))
    }

    /// A function that executes templates itself, such as Helm's `include`.
    pub fn calling_back(
        name: &'static str,
        parameters: &'static [Type],
        rest: Option<Type>,
        body: impl Fn(&mut dyn Caller, &[Value]) -> Result<Value, String> + 'static,
    ) -> Self {
        Self { name, parameters, rest, stops_at: None, body: Rc::new(body) }
    }

    /// The first argument whose truth is this one decides, and no later one is looked at.
    pub(crate) fn stopping_at(mut self, truth: bool) -> Self {
        self.stops_at = Some(truth);
        self
    }

    /// Calls it.
    ///
    /// # Errors
    /// Its complaint.
    pub fn call(&self, caller: &mut dyn Caller, arguments: &[Value]) -> Result<Value, String> {
        (self.body)(caller, arguments)
    }
}
