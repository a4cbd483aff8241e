//! Semantic versions, read as loosely as charts write them, and the ranges that charts ask for.

use std::cmp::Ordering;
use std::fmt;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What follows the dash.
    pub prerelease: String,
    /// What follows the plus sign.
    pub metadata: String,
    /// How it was written.
    pub original: String,
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// What is said of a text that is no version.
const INVALID: &str = "invalid semantic version";

impl Version {
    /// Reads a version; a leading `v` and missing numbers are allowed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (numbers, prerelease, metadata) =
            parts(text.strip_prefix('v').unwrap_or(text)).ok_or_else(|| INVALID.to_owned())?;
        let number = |it: Option<&&str>| it.map_or(Some(0), |it| whole(it));
        let read = |it: usize| number(numbers.get(it)).ok_or_else(|| INVALID.to_owned());
        let starts_with_zero = prerelease.split('.').any(|it| {
            it.len() > 1 && it.starts_with('0') && it.bytes().all(|it| it.is_ascii_digit())
        });
        if starts_with_zero {
            return Err("version segment starts with 0".to_owned());
        }
        Ok(Self {
            major: read(0)?,
            minor: read(1)?,
            patch: read(2)?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        })
    }

    /// Its place among others; metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |it: &Self| (it.major, it.minor, it.patch);
        let by_release = || match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
        };
        numbers(self).cmp(&numbers(other)).then_with(by_release)
    }
}

fn compare_prereleases(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (whole(one), whole(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn whole(text: &str) -> Option<u64> {
    if text.bytes().all(|it| it.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// One to three numbers or wildcards, what follows a dash, and what follows a plus sign.
fn parts(text: &str) -> Option<(Vec<&str>, &str, &str)> {
    let (rest, metadata) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, prerelease) = rest.split_once('-').map_or((rest, None), |(a, b)| (a, Some(b)));
    let is_word =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    let are_words = |it: Option<&str>| it.is_none_or(|it| it.split('.').all(is_word));
    if !are_words(prerelease) || !are_words(metadata) {
        return None;
    }
    let numbers: Vec<&str> = core.split('.').collect();
    let fits = (1..=3).contains(&numbers.len()) && numbers.iter().all(|it| !it.is_empty());
    fits.then(|| (numbers, prerelease.unwrap_or_default(), metadata.unwrap_or_default()))
}

/// A range of versions: alternatives, each of which is a row of conditions.
#[derive(Clone, Debug)]
pub struct Constraint {
    alternatives: Vec<Vec<Condition>>,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: &'static str,
    version: Version,
    /// Whether any number was left open.
    is_open: bool,
    minor_is_open: bool,
    patch_is_open: bool,
}

/// The longest first.
const OPERATORS: &[&str] = &["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];

impl Constraint {
    /// Reads a range such as `>=1.2 <2 || ^3.1`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let alternatives = text.split("||").map(|alternative| {
            row(alternative).ok_or_else(|| {
                format!("improper constraint: {}", opsdrill_template::print::quote(text))
            })
        });
        Ok(Self { alternatives: alternatives.collect::<Result<_, _>>()? })
    }

    /// Whether a version is in the range.
    pub fn allows(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|row| {
            let names_prerelease = row.iter().any(|it| !it.version.prerelease.is_empty());
            let may_be_prerelease = version.prerelease.is_empty() || names_prerelease;
            row.iter().all(|it| it.allows(version, may_be_prerelease))
        })
    }
}

/// The conditions of one alternative.
fn row(text: &str) -> Option<Vec<Condition>> {
    let text = without_hyphens(text);
    let mut rest = text.trim();
    let mut conditions = Vec::new();
    while !rest.is_empty() {
        let operator = OPERATORS.iter().find(|it| rest.starts_with(**it));
        rest = rest[operator.map_or(0, |it| it.len())..].trim_start();
        let end = rest.find([',', ' ']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        conditions.push(Condition::read(operator.copied().unwrap_or(""), word)?);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (!conditions.is_empty()).then_some(conditions)
}

/// `1.2 - 1.4` as `>=1.2 <=1.4`.
fn without_hyphens(text: &str) -> String {
    match text.split_once(" - ") {
        Some((low, high)) => format!(">={} <={}", low.trim(), high.trim()),
        None => text.to_owned(),
    }
}

impl Condition {
    fn read(operator: &'static str, word: &str) -> Option<Self> {
        let is_open = |it: &str| matches!(it, "x" | "X" | "*");
        let (numbers, prerelease, metadata) = parts(word.strip_prefix('v').unwrap_or(word))?;
        let number = |it: usize| match numbers.get(it) {
            Some(text) if is_open(text) => Some(None),
            Some(text) => whole(text).map(Some),
            None => Some(None),
        };
        let (major, minor, patch) = (number(0)?, number(1)?, number(2)?);
        let version = Version {
            major: major.unwrap_or_default(),
            minor: major.and(minor).unwrap_or_default(),
            patch: major.and(minor).and(patch).unwrap_or_default(),
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: word.to_owned(),
        };
        let minor_is_open = major.is_some() && minor.is_none();
        let patch_is_open = major.is_some() && minor.is_some() && patch.is_none();
        let is_open = major.is_none() || minor_is_open || patch_is_open;
        Some(Self { operator, version, is_open, minor_is_open, patch_is_open })
    }

    fn allows(&self, version: &Version, may_be_prerelease: bool) -> bool {
        if !may_be_prerelease {
            return false;
        }
        let order = version.compare(&self.version);
        match self.operator {
            "" | "=" if !self.is_open => order == Ordering::Equal,
            "" | "=" | "~" | "~>" => self.allows_tilde(version, order),
            "!=" => self.allows_other(version, order),
            ">" if !self.is_open => order == Ordering::Greater,
            ">" => self.allows_greater(version),
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" => self.allows_up_to(version, order),
            _ => self.allows_caret(version, order),
        }
    }

    fn allows_tilde(&self, version: &Version, order: Ordering) -> bool {
        let limit = &self.version;
        let is_zero = (limit.major, limit.minor, limit.patch) == (0, 0, 0);
        if order == Ordering::Less {
            return false;
        }
        if is_zero && !self.minor_is_open && !self.patch_is_open {
            return true;
        }
        version.major == limit.major && (self.minor_is_open || version.minor == limit.minor)
    }

    fn allows_other(&self, version: &Version, order: Ordering) -> bool {
        let limit = &self.version;
        if !self.is_open {
            return order != Ordering::Equal;
        }
        version.major != limit.major || (!self.minor_is_open && version.minor != limit.minor)
    }

    fn allows_greater(&self, version: &Version) -> bool {
        let limit = &self.version;
        match version.major.cmp(&limit.major) {
            Ordering::Equal if self.minor_is_open => false,
            Ordering::Equal if self.patch_is_open => version.minor > limit.minor,
            order => order == Ordering::Greater,
        }
    }

    fn allows_up_to(&self, version: &Version, order: Ordering) -> bool {
        let limit = &self.version;
        if !self.is_open {
            return order != Ordering::Greater;
        }
        let is_beyond_minor =
            version.major == limit.major && version.minor > limit.minor && !self.minor_is_open;
        version.major <= limit.major && !is_beyond_minor
    }

    fn allows_caret(&self, version: &Version, order: Ordering) -> bool {
        let limit = &self.version;
        if order == Ordering::Less {
            return false;
        }
        if limit.major > 0 || self.minor_is_open {
            return version.major == limit.major;
        }
        if version.major > 0 {
            return false;
        }
        if limit.minor > 0 || self.patch_is_open {
            return version.minor == limit.minor;
        }
        version.minor == 0 && version.patch == limit.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_allow_what_they_should() {
        let cases = [
            (">=1.20.0-0", "1.33.0-eks-1", true),
            (">=1.20.0", "1.33.0-eks-1", false),
            ("^1.2", "1.9.9", true),
            ("^0.2.3", "0.3.0", false),
            ("~1.2.3", "1.2.9", true),
            ("~1", "1.9.0", true),
            ("1.x", "2.0.0", false),
            ("*", "2.0.0", true),
            ("1.2 - 1.4.5", "1.4.0", true),
            (">1", "1.5.0", false),
            ("<2 || >=3, <4", "3.5.0", true),
            ("!=1.2.x", "1.2.7", false),
        ];
        for (range, version, allowed) in cases {
            let version = Version::parse(version).unwrap();
            assert_eq!(Constraint::parse(range).unwrap().allows(&version), allowed, "{range}");
        }
    }
}
