//! The value of a pipeline.

use crate::function::{Function, Type};
use crate::node::{Command, Pipe, Term, Word};
use crate::print::quote;
use crate::template::MissingKey;
use crate::value::{MapType, Native, Value};

use super::{At, Execution, Operand};

impl<'t> Execution<'t> {
    /// The value of a pipeline; its variables get it, too.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Result<Operand, String> {
        self.deeper()?;
        self.at = At::Pipe(pipe);
        let mut value: Option<Operand> = None;
        for command in &pipe.commands {
            self.step()?;
            value = Some(self.command(dot, command, value)?.unboxed());
        }
        let value = value.unwrap_or_default();
        for variable in &pipe.variables {
            if pipe.is_assignment {
                self.set(variable, value.clone());
            } else {
                self.variables.push((variable, value.clone()));
            }
        }
        self.nesting -= 1;
        Ok(value)
    }

    /// The value of a command; `last` is that of the one before, its last argument.
    fn command(
        &mut self,
        dot: &Operand,
        command: &'t Command,
        last: Option<Operand>,
    ) -> Result<Operand, String> {
        let (word, arguments) = command.words.split_first().expect("no command is empty");
        match &word.term {
            Term::Field(_) | Term::Chain(..) | Term::Variable(_) => {
                self.fields(dot, word, arguments, last)
            }
            Term::Function(name) => {
                self.at = At::Word(word);
                self.function(dot, name, At::Command(command), arguments, last)
            }
            Term::Pipe(pipe) => {
                self.no_arguments(word, arguments, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            Term::Constant(value, _) => {
                self.at = At::Word(word);
                self.no_arguments(word, arguments, last.as_ref())?;
                Ok(Operand::plain(value.clone()))
            }
            Term::Dot => {
                self.at = At::Word(word);
                self.no_arguments(word, arguments, last.as_ref())?;
                Ok(dot.clone())
            }
            Term::Nil => {
                self.at = At::Word(word);
                self.no_arguments(word, arguments, last.as_ref())?;
                self.complain("nil is not a command")
            }
        }
    }

    fn no_arguments(
        &self,
        word: &Word,
        arguments: &[Word],
        last: Option<&Operand>,
    ) -> Result<(), String> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        self.complain(&format!("can't give argument to non-function {word}"))
    }

    /// `.a.b`, `$x.a.b` and `(pipeline).a.b`.
    fn fields(
        &mut self,
        dot: &Operand,
        word: &'t Word,
        arguments: &'t [Word],
        last: Option<Operand>,
    ) -> Result<Operand, String> {
        self.at = At::Word(word);
        let (receiver, names) = match &word.term {
            Term::Field(names) => (dot.clone(), names.as_slice()),
            Term::Variable(names) => {
                let (variable, names) = names.split_first().expect("a variable has a name");
                let known = self.variables.iter().rev().find(|(it, _)| it == variable);
                let value = known.expect("the parser knows all variables").1.clone();
                if names.is_empty() {
                    self.no_arguments(word, arguments, last.as_ref())?;
                    return Ok(value);
                }
                (value, names)
            }
            Term::Chain(inner, names) => {
                if let Term::Nil = inner.term {
                    return self.complain(&format!("indirection through explicit nil in {word}"));
                }
                (Operand::plain(self.argument(dot, Type::Any, inner)?), names.as_slice())
            }
            _ => unreachable!("the caller hands over words with fields"),
        };
        let Some((name, before)) = names.split_last() else { return Ok(receiver) };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(dot, name, receiver, &[], None)?;
        }
        self.field(dot, name, receiver, arguments, last)
    }

    fn field(
        &mut self,
        dot: &Operand,
        name: &str,
        receiver: Operand,
        arguments: &'t [Word],
        last: Option<Operand>,
    ) -> Result<Operand, String> {
        let fails_on_missing = self.template.missing_key == MissingKey::Error;
        let boxed = receiver.boxed;
        let value = match receiver.value {
            None if fails_on_missing => {
                return self.complain(&format!("nil data; no entry for key {}", quote(name)));
            }
            None => return Ok(Operand::default()),
            Some(value) => value,
        };
        match &value {
            Value::Nil => self.complain(&format!("nil pointer evaluating interface {{}}.{name}")),
            Value::Map(fields) => {
                if !arguments.is_empty() || last.is_some() {
                    return self.complain(&format!("{name} is not a method but has arguments"));
                }
                let found = fields.borrow().get(name).cloned();
                match (found, self.template.missing_key) {
                    (Some(found), _) => Ok(Operand::boxed(found)),
                    (None, MissingKey::Invalid) => Ok(Operand::default()),
                    (None, MissingKey::Zero) if fields.kind() == MapType::Text => {
                        Ok(Operand::plain(Value::text("")))
                    }
                    (None, MissingKey::Zero) => Ok(Operand::boxed(Value::Nil)),
                    (None, MissingKey::Error) => {
                        self.complain(&format!("map has no entry for key {}", quote(name)))
                    }
                }
            }
            Value::Native(native) => {
                let given = self.method_arguments(dot, name, &**native, arguments, last)?;
                match native.member(name, &given) {
                    Some(Ok(value)) => Ok(Operand::boxed(value)),
                    Some(Err(why)) => self.complain(&format!("error calling {name}: {why}")),
                    None => self.no_such_field(name, &value, boxed),
                }
            }
            other => self.no_such_field(name, other, boxed),
        }
    }

    fn method_arguments(
        &mut self,
        dot: &Operand,
        name: &str,
        native: &dyn Native,
        arguments: &'t [Word],
        last: Option<Operand>,
    ) -> Result<Vec<Value>, String> {
        let parameters = native.parameters(name);
        let count = arguments.len() + usize::from(last.is_some());
        if let Some(parameters) = parameters
            && parameters.len() != count
        {
            let wanted = parameters.len();
            return self
                .complain(&format!("wrong number of args for {name}: want {wanted} got {count}"));
        }
        let kind = |index: usize| parameters.map_or(Type::Any, |it| it[index]);
        let mut given = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            given.push(self.argument(dot, kind(index), argument)?);
        }
        if let Some(last) = last {
            given.push(self.checked(last, kind(arguments.len()))?);
        }
        Ok(given)
    }

    fn no_such_field<T>(&self, name: &str, value: &Value, boxed: bool) -> Result<T, String> {
        let kind = if boxed { "interface {}" } else { value.type_name() };
        self.complain(&format!("can't evaluate field {name} in type {kind}"))
    }

    fn function(
        &mut self,
        dot: &Operand,
        name: &str,
        call: At<'t>,
        arguments: &'t [Word],
        last: Option<Operand>,
    ) -> Result<Operand, String> {
        let template = self.template;
        let Some(function) = template.functions.get(name) else {
            return self.complain(&format!("{} is not a defined function", quote(name)));
        };
        let fixed = function.parameters.len();
        let given = arguments.len() + usize::from(last.is_some());
        if function.rest.is_some() && given < fixed {
            let got = arguments.len();
            return self.complain(&format!(
                "wrong number of args for {name}: want at least {fixed} got {got}"
            ));
        }
        if function.rest.is_none() && given != fixed {
            return self
                .complain(&format!("wrong number of args for {name}: want {fixed} got {given}"));
        }
        let mut values = Vec::new();
        for (index, word) in arguments.iter().enumerate() {
            let value = self.argument(dot, type_of(function, index), word)?;
            if function.stops_at == Some(value.is_true()) {
                return Ok(Operand::boxed(value));
            }
            values.push(value);
        }
        if let Some(last) = last {
            let kind = type_of(function, arguments.len());
            values.push(self.checked(last, kind)?);
        }
        match function.call(self, &values) {
            Ok(value) => {
                self.count(&value)?;
                Ok(Operand::boxed(value))
            }
            Err(why) => {
                self.at = call;
                let holds_nil = self.template.missing_key == MissingKey::Zero;
                let why = told(name, why, arguments, &values, holds_nil);
                self.complain(&format!("error calling {name}: {why}"))
            }
        }
    }

    /// Counts what a function answered against the bound.
    fn count(&mut self, value: &Value) -> Result<(), String> {
        let bytes = match value {
            Value::Text(it) => it.len(),
            Value::Bytes(it) => it.len(),
            Value::List(it) => size_of_val(&**it),
            Value::Map(it) => it.borrow().len() * size_of::<(String, Value)>(),
            _ => 0,
        };
        let most = self.template.bounds.answer;
        if bytes > most {
            return self.complain(&format!("a function answered more than {most} bytes"));
        }
        self.answers += bytes;
        let most = self.template.bounds.answers;
        if self.answers > most {
            return self.complain(&format!("functions answered more than {most} bytes"));
        }
        Ok(())
    }

    /// The value of an argument of a type.
    fn argument(&mut self, dot: &Operand, kind: Type, word: &'t Word) -> Result<Value, String> {
        self.at = At::Word(word);
        let value = match &word.term {
            Term::Dot => dot.clone(),
            Term::Nil if kind.takes_nothing() => return Ok(Value::Nil),
            Term::Nil => {
                return self.complain(&format!("cannot assign nil to {}", kind.name()));
            }
            Term::Field(_) | Term::Variable(_) | Term::Chain(..) => {
                self.fields(dot, word, &[], None)?
            }
            Term::Pipe(pipe) => self.pipeline(dot, pipe)?,
            Term::Function(name) => self.function(dot, name, At::Word(word), &[], None)?,
            Term::Constant(value, _) if kind.takes(value) => return Ok(value.clone()),
            Term::Constant(value, _) => {
                if let Some(value) = converted(value, kind) {
                    return Ok(value);
                }
                let expected = match kind {
                    Type::Text => "string",
                    Type::Int => "integer",
                    Type::Uint32 => "unsigned integer",
                    Type::Float => "float",
                    Type::Bool => "bool",
                    other => {
                        let name = other.name();
                        return self
                            .complain(&format!("can't handle {word} for arg of type {name}"));
                    }
                };
                return self.complain(&format!("expected {expected}; found {word}"));
            }
        };
        self.checked(value, kind)
    }

    /// A value that is handed to a parameter of a type.
    fn checked(&self, operand: Operand, kind: Type) -> Result<Value, String> {
        match operand.value {
            None if kind.takes_nothing() => Ok(Value::Nil),
            None => self.complain(&format!("invalid value; expected {}", kind.name())),
            Some(value) if kind.takes(&value) => Ok(value),
            Some(value) => {
                let found = if let Value::Nil = value { "interface {}" } else { value.type_name() };
                let expected = kind.name();
                self.complain(&format!("wrong type for value; expected {expected}; got {found}"))
            }
        }
    }
}

/// What two functions say of their first argument depends on how it was written.
fn told(name: &str, why: String, arguments: &[Word], values: &[Value], holds_nil: bool) -> String {
    let Some(word) = arguments.first() else { return why };
    match (name, &values[0]) {
        ("len", Value::Nil) if holds_nil && !matches!(word.term, Term::Nil) => {
            "len of nil pointer".to_owned()
        }
        ("call", Value::Nil) => why,
        ("call", value) => format!("non-function {word} of type {}", value.type_name()),
        _ => why,
    }
}

/// A constant number in the other of the two forms, where it has one.
#[expect(clippy::cast_precision_loss, reason = "Go converts constants so")]
fn converted(value: &Value, kind: Type) -> Option<Value> {
    match (value, kind) {
        (Value::Float(it), Type::Int) if it.fract() == 0.0 && it.abs() < 9e18 => {
            Some(Value::int(*it as i64))
        }
        // Go takes the lowest bits of a constant that is too great.
        (Value::Int(_, it), Type::Uint32) if *it >= 0 => Some(Value::int(*it & 0xffff_ffff)),
        (Value::Int(_, it), Type::Float) => Some(Value::Float(*it as f64)),
        _ => None,
    }
}

/// The type of the argument at a place.
fn type_of(function: &Function, index: usize) -> Type {
    function.parameters.get(index).copied().or(function.rest).unwrap_or(Type::Any)
}
