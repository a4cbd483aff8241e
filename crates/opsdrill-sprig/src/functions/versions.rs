//! Semantic versions.

use std::any::Any;
use std::cmp::Ordering;

use opsdrill_template::{IntType, Native, Type, Value};

use crate::arguments::text;
use crate::version::{Constraint, Version};

type Answer = Result<Value, String>;

pub(super) fn semver(arguments: &[Value]) -> Answer {
    Version::parse(text(arguments, 0)).map(Value::native)
}

pub(super) fn semver_compare(arguments: &[Value]) -> Answer {
    let constraint = Constraint::parse(text(arguments, 0))?;
    let version = Version::parse(text(arguments, 1))?;
    Ok(constraint.allows(&version).into())
}

fn order(version: &Version, arguments: &[Value]) -> Result<Ordering, String> {
    let [Value::Native(other)] = arguments else {
        return Err("a version is compared with a version".to_owned());
    };
    match other.as_any().downcast_ref::<Version>() {
        Some(other) => Ok(version.compare(other)),
        None => Err(format!("{} is no version", other.type_name())),
    }
}

impl Native for Version {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Answer> {
        let number = |it: u64| Ok(Value::Int(IntType::Uint64, it as i64));
        let is = |wanted| order(self, arguments).map(|it| Value::Bool(it == wanted));
        let next = |major, minor, patch| {
            let mut next = Self { major, minor, patch, ..self.clone() };
            (next.prerelease, next.metadata) = (String::new(), String::new());
            next.original = next.to_string();
            Ok(Value::native(next))
        };
        Some(match name {
            "Major" => number(self.major),
            "Minor" => number(self.minor),
            "Patch" => number(self.patch),
            "Prerelease" => Ok(self.prerelease.as_str().into()),
            "Metadata" => Ok(self.metadata.as_str().into()),
            "Original" => Ok(self.original.as_str().into()),
            "String" => Ok(self.to_string().into()),
            "Compare" => order(self, arguments).map(|it| Value::int(it as i64)),
            "Equal" => is(Ordering::Equal),
            "GreaterThan" => is(Ordering::Greater),
            "LessThan" => is(Ordering::Less),
            "IncMajor" => next(self.major + 1, 0, 0),
            "IncMinor" => next(self.major, self.minor + 1, 0),
            "IncPatch" if !self.prerelease.is_empty() => next(self.major, self.minor, self.patch),
            "IncPatch" => next(self.major, self.minor, self.patch + 1),
            _ => return None,
        })
    }

    fn parameters(&self, name: &str) -> Option<&'static [Type]> {
        let compares = matches!(name, "Compare" | "Equal" | "GreaterThan" | "LessThan");
        compares.then_some(&[Type::Native("*semver.Version")])
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
