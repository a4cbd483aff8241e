//! One requirement of a label selector: a key, an operator and values.

use std::fmt;

use super::SelectorError;
use super::names::{is_label_value, is_qualified_name};
use crate::go_format::quote;

/// How a requirement relates its key to its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `key in (a,b)`
    In,
    /// `key notin (a,b)`; also matches where the key is absent
    NotIn,
    /// `key=a`
    Equals,
    /// `key==a`
    DoubleEquals,
    /// `key!=a`; also matches where the key is absent
    NotEquals,
    /// `key>1`
    GreaterThan,
    /// `key<1`
    LessThan,
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
}

/// A key, an operator and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub(super) key: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
}

impl Requirement {
    /// A checked requirement.
    ///
    /// # Errors
    /// With the API's text if the key, the values or their number do not fit.
    pub fn new(key: &str, operator: Operator, values: Vec<String>) -> Result<Self, SelectorError> {
        let mut errors = Vec::new();
        let key_errors = is_qualified_name(key);
        if !key_errors.is_empty() {
            errors.push(invalid("key", &quote(key), &key_errors.join("; ")));
        }
        if let Some(error) = number_of_values_error(operator, &values) {
            errors.push(error);
        }
        if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
            for (index, value) in values.iter().enumerate() {
                if parse_integer(value).is_none() {
                    let rule = "for 'Gt', 'Lt' operators, the value must be an integer";
                    errors.push(invalid(&format!("values[{index}]"), &quote(value), rule));
                }
            }
        }
        for (index, value) in values.iter().enumerate() {
            let value_errors = is_label_value(value);
            if !value_errors.is_empty() {
                let path = format!("values[{index}][{key}]");
                errors.push(invalid(&path, &quote(value), &value_errors.join("; ")));
            }
        }
        match errors.as_slice() {
            [] => Ok(Self { key: key.to_owned(), operator, values }),
            [error] => Err(SelectorError(error.clone())),
            _ => Err(SelectorError(format!("[{}]", errors.join(", ")))),
        }
    }

    /// The label's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values, in the order given.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether a label with this value, or its absence, satisfies the requirement.
    pub fn matches(&self, value: Option<&str>) -> bool {
        let listed = value.is_some_and(|it| self.values.iter().any(|listed| listed == it));
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => listed,
            Operator::NotIn | Operator::NotEquals => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => self.integers(value).is_some_and(|(it, bound)| it > bound),
            Operator::LessThan => self.integers(value).is_some_and(|(it, bound)| it < bound),
        }
    }

    fn integers(&self, value: Option<&str>) -> Option<(i64, i64)> {
        let [bound] = self.values.as_slice() else { return None };
        Some((parse_integer(value?)?, parse_integer(bound)?))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.clone();
        values.sort();
        let (key, values) = (&self.key, values.join(","));
        match self.operator {
            Operator::In => write!(formatter, "{key} in ({values})"),
            Operator::NotIn => write!(formatter, "{key} notin ({values})"),
            Operator::Equals => write!(formatter, "{key}={values}"),
            Operator::DoubleEquals => write!(formatter, "{key}=={values}"),
            Operator::NotEquals => write!(formatter, "{key}!={values}"),
            Operator::GreaterThan => write!(formatter, "{key}>{values}"),
            Operator::LessThan => write!(formatter, "{key}<{values}"),
            Operator::Exists => formatter.write_str(key),
            Operator::DoesNotExist => write!(formatter, "!{key}"),
        }
    }
}

fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn number_of_values_error(operator: Operator, values: &[String]) -> Option<String> {
    let rule = match operator {
        Operator::In | Operator::NotIn if values.is_empty() => {
            "for 'in', 'notin' operators, values set can't be empty"
        }
        Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
            "exact-match compatibility requires one single value"
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            "values set must be empty for exists and does not exist"
        }
        Operator::GreaterThan | Operator::LessThan if values.len() != 1 => {
            "for 'Gt', 'Lt' operators, exactly one value is required"
        }
        _ => return None,
    };
    let quoted: Vec<String> = values.iter().map(|it| quote(it)).collect();
    // Go's `%#v` of a list of strings; a list that was never made prints as `nil`.
    let printed = if quoted.is_empty() {
        "[]string(nil)".to_owned()
    } else {
        format!("[]string{{{}}}", quoted.join(", "))
    };
    Some(invalid("values", &printed, rule))
}

pub(super) fn invalid(path: &str, value: &str, rule: &str) -> String {
    format!("{path}: Invalid value: {value}: {rule}")
}
