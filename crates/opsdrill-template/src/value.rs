//! What templates work on: Go's values as far as decoded documents and constants have them.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Deref;
use std::rc::Rc;

use crate::function::Type;

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
    /// `[]byte`.
    Bytes(Rc<[u8]>),
    /// `[]interface {}`, `[]string` or `[]int`.
    List(Items),
    /// `map[string]interface {}` or `map[string]string`.
    Map(Fields),
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
    /// `uint64`, as versions count.
    Uint64,
}

/// The elements of a list. A list is never changed: functions answer new ones.
#[derive(Clone, Debug)]
pub struct Items {
    element: Element,
    is_nil: bool,
    values: Rc<Vec<Value>>,
}

/// The type of a list's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `interface {}`.
    Any,
    /// `string`.
    Text,
    /// `int`.
    Int,
    /// `[]interface {}`.
    List,
}

impl Items {
    /// The type of the elements.
    pub fn element(&self) -> Element {
        self.element
    }

    /// Whether it is a nil, which is empty, but null as a document.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }
}

impl Deref for Items {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.values
    }
}

/// The fields of a map, shared by all who hold it.
#[derive(Clone, Debug)]
pub struct Fields {
    kind: MapType,
    fields: Rc<RefCell<BTreeMap<String, Value>>>,
}

/// The type of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`.
    Any,
    /// `map[string]string`.
    Text,
    /// A type of its own that is a `map[string]interface {}`.
    Named(&'static str),
}

impl Fields {
    /// The type of the map.
    pub fn kind(&self) -> MapType {
        self.kind
    }

    /// The same map seen as one of another type.
    #[must_use]
    pub fn seen_as(&self, kind: MapType) -> Self {
        Self { kind, fields: Rc::clone(&self.fields) }
    }

    /// Whether it is the very same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.fields, &other.fields)
    }
}

impl Deref for Fields {
    type Target = RefCell<BTreeMap<String, Value>>;

    fn deref(&self) -> &Self::Target {
        &self.fields
    }
}

/// A Go object that templates may call methods on.
pub trait Native: Debug {
    /// The name of its type.
    fn type_name(&self) -> &str;

    /// The value of a field, or a method called with arguments; `None` if it has neither.
    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>>;

    /// The types of a method's parameters; `None` for a field, and for methods that check them themselves.
    fn parameters(&self, _name: &str) -> Option<&'static [Type]> {
        None
    }

    /// How it prints.
    fn text(&self) -> String;

    /// What `kindOf` calls it.
    fn kind(&self) -> &'static str {
        "struct"
    }

    /// Its entries, if it is a map: what `range` goes through and `len` counts.
    fn entries(&self) -> Option<Vec<(String, Value)>> {
        None
    }

    /// Its elements, if it is a list.
    fn elements(&self) -> Option<Vec<Value>> {
        None
    }

    /// What it is as a document, if that is not its entries, its elements or its text.
    fn document(&self) -> Option<Value> {
        None
    }

    /// For those who know its Rust type.
    fn as_any(&self) -> &dyn Any;
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

    /// A whole number of Go's type `int64`.
    pub fn int64(number: i64) -> Self {
        Self::Int(IntType::Int64, number)
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::list_of(Element::Any, items)
    }

    /// A list whose elements are of one type.
    pub fn list_of(element: Element, items: Vec<Self>) -> Self {
        Self::List(Items { element, is_nil: false, values: Rc::new(items) })
    }

    /// A list that is nil.
    pub fn nil_list(element: Element) -> Self {
        Self::List(Items { element, is_nil: true, values: Rc::default() })
    }

    /// A list of strings.
    pub fn texts(texts: impl IntoIterator<Item = impl Into<Rc<str>>>) -> Self {
        Self::list_of(Element::Text, texts.into_iter().map(Self::text).collect())
    }

    /// A map.
    pub fn map(fields: impl IntoIterator<Item = (String, Self)>) -> Self {
        Self::map_of(MapType::Any, fields)
    }

    /// A map of a type.
    pub fn map_of(kind: MapType, fields: impl IntoIterator<Item = (String, Self)>) -> Self {
        let fields = Rc::new(RefCell::new(fields.into_iter().collect()));
        Self::Map(Fields { kind, fields })
    }

    /// Something with methods of its own.
    pub fn native(native: impl Native + 'static) -> Self {
        Self::Native(Rc::new(native))
    }

    /// The name of its type, as `%T` prints it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(IntType::Int, _) => "int",
            Self::Int(IntType::Int64, _) => "int64",
            Self::Int(IntType::Uint8, _) => "uint8",
            Self::Int(IntType::Uint64, _) => "uint64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(it) => match it.element {
                Element::Any => "[]interface {}",
                Element::Text => "[]string",
                Element::Int => "[]int",
                Element::List => "[][]interface {}",
            },
            Self::Map(it) => match it.kind {
                MapType::Any => "map[string]interface {}",
                MapType::Text => "map[string]string",
                MapType::Named(name) => name,
            },
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
            Self::Bytes(it) => !it.is_empty(),
            Self::List(it) => !it.is_empty(),
            Self::Map(it) => !it.borrow().is_empty(),
            Self::Native(it) => match (it.entries(), it.elements()) {
                (Some(entries), _) => !entries.is_empty(),
                (None, Some(elements)) => !elements.is_empty(),
                (None, None) => true,
            },
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
