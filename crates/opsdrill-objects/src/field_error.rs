//! One complaint about one field, in the words of apimachinery's `field.Error`.

use std::fmt;

use crate::go_format::quote;

/// The class of a complaint; decides its opening words and the cause's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// `Required value`.
    Required,
    /// `Invalid value`.
    Invalid,
    /// `Unsupported value`.
    NotSupported,
    /// `Duplicate value`.
    Duplicate,
    /// `Forbidden`.
    Forbidden,
    /// `Not found`.
    NotFound,
    /// `Too long`.
    TooLong,
    /// `Too many`.
    TooMany,
    /// `Invalid value` of another type than it must be.
    TypeInvalid,
}

/// A complaint about one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its class.
    pub kind: FieldErrorKind,
    /// The path, such as `spec.containers[0].name`.
    pub field: String,
    /// The offending value as Go prints it (strings quoted); unused for `Required` and `Forbidden`.
    pub value: String,
    /// The explanation; may be empty.
    pub detail: String,
}

impl FieldError {
    /// A required value is missing.
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: FieldErrorKind::Required,
            field: field.into(),
            value: String::new(),
            detail: detail.into(),
        }
    }

    /// A text is not acceptable; `value` is quoted here.
    pub fn invalid(field: impl Into<String>, value: &str, detail: impl Into<String>) -> Self {
        Self::invalid_raw(field, quote(value), detail)
    }

    /// A value that is not a text is not acceptable; `value` is printed as it is.
    pub fn invalid_raw(
        field: impl Into<String>,
        value: impl fmt::Display,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: FieldErrorKind::Invalid,
            field: field.into(),
            value: value.to_string(),
            detail: detail.into(),
        }
    }

    /// A word is not one of those supported.
    pub fn not_supported(field: impl Into<String>, value: &str, supported: &[&str]) -> Self {
        let supported: Vec<String> = supported.iter().map(|it| quote(it)).collect();
        Self {
            kind: FieldErrorKind::NotSupported,
            field: field.into(),
            value: quote(value),
            detail: format!("supported values: {}", supported.join(", ")),
        }
    }

    /// A name appears twice.
    pub fn duplicate(field: impl Into<String>, value: &str) -> Self {
        Self {
            kind: FieldErrorKind::Duplicate,
            field: field.into(),
            value: quote(value),
            detail: String::new(),
        }
    }

    /// A name refers to nothing.
    pub fn not_found(field: impl Into<String>, value: &str) -> Self {
        Self { kind: FieldErrorKind::NotFound, ..Self::duplicate(field, value) }
    }

    /// A text or a collection of them has too many bytes.
    pub fn too_long(field: impl Into<String>, bytes_max: usize) -> Self {
        Self {
            kind: FieldErrorKind::TooLong,
            field: field.into(),
            value: String::new(),
            detail: format!("may not be more than {bytes_max} bytes"),
        }
    }

    /// A list or a map has too many entries.
    pub fn too_many(field: impl Into<String>, count: i64, max: i64) -> Self {
        let things = if max == 1 { "item" } else { "items" };
        Self {
            kind: FieldErrorKind::TooMany,
            field: field.into(),
            value: count.to_string(),
            detail: format!("must have at most {max} {things}"),
        }
    }

    /// A change or a combination is not allowed.
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: FieldErrorKind::Forbidden,
            field: field.into(),
            value: String::new(),
            detail: detail.into(),
        }
    }

    /// The cause's `reason` in a Status.
    pub fn reason(&self) -> &'static str {
        match self.kind {
            FieldErrorKind::Required => "FieldValueRequired",
            FieldErrorKind::Invalid => "FieldValueInvalid",
            FieldErrorKind::NotSupported => "FieldValueNotSupported",
            FieldErrorKind::Duplicate => "FieldValueDuplicate",
            FieldErrorKind::Forbidden => "FieldValueForbidden",
            FieldErrorKind::NotFound => "FieldValueNotFound",
            FieldErrorKind::TooLong => "FieldValueTooLong",
            FieldErrorKind::TooMany => "FieldValueTooMany",
            FieldErrorKind::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    /// The text without the path (`field.Error.ErrorBody`).
    pub fn body(&self) -> String {
        let opening = match self.kind {
            FieldErrorKind::Required => "Required value",
            FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => "Invalid value",
            FieldErrorKind::NotSupported => "Unsupported value",
            FieldErrorKind::Duplicate => "Duplicate value",
            FieldErrorKind::Forbidden => "Forbidden",
            FieldErrorKind::NotFound => "Not found",
            FieldErrorKind::TooLong => "Too long",
            FieldErrorKind::TooMany => "Too many",
        };
        let with_value = match self.kind {
            FieldErrorKind::Required | FieldErrorKind::Forbidden | FieldErrorKind::TooLong => {
                opening.to_owned()
            }
            _ => format!("{opening}: {}", self.value),
        };
        if self.detail.is_empty() { with_value } else { format!("{with_value}: {}", self.detail) }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
