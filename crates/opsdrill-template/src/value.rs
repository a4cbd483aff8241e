//! What templates work on: Go's values as far as decoded documents and constants have them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

/// A value. Maps are shared, as in Go: who changes one changes it for all who hold it.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `nil`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A whole number of one of Go's types.
    Int(IntType, i64),
    /// `float64`.
    Float(f64),
    /// `string`.
    Text(Rc<str>),
    /// `[]interface {}`.
    List(Rc<Vec<Value>>),
    /// `map[string]interface {}`.
    Map(Rc<RefCell<BTreeMap<String, Value>>>),
    /// Something with methods of its own.
    Native(Rc<dyn Native>),
}

/// The type of a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntType {
    /// `int`, as constants have it.
    Int,
    /// `int64`, as decoded documents have it.
    Int64,
    /// `uint8`, a byte of a string.
    Uint8,
}

/// A Go object that templates may call methods on.
pub trait Native: Debug {
    /// The name of its type.
    fn type_name(&self) -> &str;

    /// The value of a field, or a method called with arguments; `None` if it has neither.
    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>>;

    /// How it prints.
    fn text(&self) -> String;
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number of Go's type `int`.
    pub fn int(number: i64) -> Self {
        Self::Int(IntType::Int, number)
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// A map.
    pub fn map(fields: impl IntoIterator<Item = (String, Self)>) -> Self {
        Self::Map(Rc::new(RefCell::new(fields.into_iter().collect())))
    }

    /// The name of its type, as `%T` prints it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(IntType::Int, _) => "int",
            Self::Int(IntType::Int64, _) => "int64",
            Self::Int(IntType::Uint8, _) => "uint8",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
            Self::Native(it) => it.type_name(),
        }
    }

    /// Whether `if` takes it as true: everything but nothing, zero and what is empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(it) => *it,
            Self::Int(_, it) => *it != 0,
            Self::Float(it) => *it != 0.0,
            Self::Text(it) => !it.is_empty(),
            Self::List(it) => !it.is_empty(),
            Self::Map(it) => !it.borrow().is_empty(),
            Self::Native(_) => true,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}
