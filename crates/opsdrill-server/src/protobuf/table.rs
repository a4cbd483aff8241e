//! The table of messages: `messages.txt`, read once.
//!
//! One line for each message: `apps/v1.DeploymentSpec: 1 replicas *i, 2! selector *meta/v1.LabelSelector, …`. A field is
//! its number (with `!` where JSON shows it even when it is empty), its JSON name (`_` where its own fields stand in its
//! place) and its type: `s` text, `i` integer, `b` truth, `f` float, `y` bytes, `@…` a type with a form of its own, or
//! a message (one of the same package begins with a point); `*` before it means a pointer, `[]` a list, `{}` a map.
//! The numbers, names and types are those of the published Go types of Kubernetes up to 1.37.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// Its JSON name; empty where its own fields stand in its place.
    pub(super) name: &'static str,
    /// Whether JSON leaves it out when it is empty.
    pub(super) omits_empty: bool,
    pub(super) form: Form,
}

/// The type of a field.
#[derive(Debug)]
pub(super) enum Form {
    One(Scalar),
    Message(String),
    Pointer(Box<Form>),
    List(Box<Form>),
    Map(Box<Form>),
}

/// What is no message, or none that JSON shows as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Text,
    Int,
    Truth,
    Float,
    Bytes,
    Quantity,
    Time,
    MicroTime,
    Duration,
    IntOrString,
    /// A list of texts that is a message on the wire.
    Items,
    /// JSON in bytes.
    Raw,
}

static MESSAGES: LazyLock<BTreeMap<&'static str, Vec<Field>>> =
    LazyLock::new(|| include_str!("messages.txt").lines().map(line).collect());

/// The fields of a message.
pub(super) fn message(name: &str) -> Option<&'static [Field]> {
    MESSAGES.get(name).map(Vec::as_slice)
}

fn line(line: &'static str) -> (&'static str, Vec<Field>) {
    let (name, fields) = line.split_once(": ").expect("a line of the table has a name");
    let package = name.rsplit_once('.').expect("a name has a package").0;
    let fields = fields.split(", ").map(|text| {
        let mut words = text.split(' ');
        let mut word = || words.next().expect("a field has number, name and type");
        let number = word();
        let digits = number.trim_end_matches('!');
        let name = word();
        Field {
            number: digits.parse().expect("a field has a number"),
            name: if name == "_" { "" } else { name },
            omits_empty: digits == number,
            form: form(word(), package),
        }
    });
    (name, fields.collect())
}

fn form(text: &str, package: &str) -> Form {
    let inner = |rest| Box::new(form(rest, package));
    if let Some(rest) = text.strip_prefix('*') {
        return Form::Pointer(inner(rest));
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return Form::List(inner(rest));
    }
    if let Some(rest) = text.strip_prefix("{}") {
        return Form::Map(inner(rest));
    }
    Form::One(match text {
        "s" => Scalar::Text,
        "i" => Scalar::Int,
        "b" => Scalar::Truth,
        "f" => Scalar::Float,
        "y" => Scalar::Bytes,
        "@quantity" => Scalar::Quantity,
        "@time" => Scalar::Time,
        "@microtime" => Scalar::MicroTime,
        "@duration" => Scalar::Duration,
        "@intorstring" => Scalar::IntOrString,
        "@items" => Scalar::Items,
        "@raw" | "@fields" => Scalar::Raw,
        name if name.starts_with('.') => return Form::Message(format!("{package}{name}")),
        name => return Form::Message(name.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &Form) {
        match form {
            Form::Message(name) => assert!(message(name).is_some(), "{name} is missing"),
            Form::Pointer(inner) | Form::List(inner) | Form::Map(inner) => check(inner),
            Form::One(_) => {}
        }
    }

    #[test]
    fn every_message_that_is_named_is_there() {
        assert!(MESSAGES.len() > 300);
        for field in MESSAGES.values().flatten() {
            check(&field.form);
        }
    }
}
