//! What is wrong in `Chart.yaml`: names, versions, people, addresses.

use std::cmp::Ordering;

use opsdrill_helm::chart::metadata::{Maintainer, Metadata};
use opsdrill_objects::yaml;
use opsdrill_sprig::functions::{paths, patterns};
use opsdrill_sprig::version::Version;
use serde_json::Value;

use super::{Linter, Severity};

const FILE: &str = "Chart.yaml";

/// The longest address of the net that counts as one, and the shortest that does not any more.
const ADDRESS_MAX: usize = 2083;
const ADDRESS_MIN: usize = 3;

impl Linter<'_, '_> {
    pub(super) fn look_at_metadata(&mut self, text: &str) {
        let parsed = yaml::parse_document(text).map_err(|it| it.to_string()).and_then(|it| {
            let mut metadata = Metadata::default();
            metadata.read(&it.value).map(|()| (metadata, it.value))
        });
        let (metadata, document) = match parsed {
            Ok(parsed) => parsed,
            Err(why) => {
                self.note(Severity::Error, FILE, format!("unable to parse YAML\n\t{why}"));
                return;
            }
        };
        for what in wrong_names(&metadata, &document) {
            self.note(Severity::Error, FILE, what);
        }
        let generation = &metadata.api_version;
        let icon = &metadata.icon;
        if icon.is_empty() {
            self.note(Severity::Info, FILE, "icon is recommended");
        } else if !is_request_address(icon) {
            self.note(Severity::Error, FILE, format!("invalid icon URL '{icon}'"));
        }
        if !metadata.kind.is_empty() && generation != "v2" {
            self.note(Severity::Error, FILE, format!("chart type is not valid in apiVersion '{generation}'. It is valid in apiVersion 'v2'"));
        }
        let has_dependencies = metadata.dependencies.as_ref().is_some_and(|it| !it.is_empty());
        if has_dependencies && generation != "v2" {
            self.note(Severity::Error, FILE, format!("dependencies are not valid in the Chart file with apiVersion '{generation}'. They are valid in apiVersion 'v2'"));
        }
    }
}

/// What is wrong with names, versions and people.
fn wrong_names(metadata: &Metadata, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(what);
    if metadata.name.is_empty() {
        wrong("name is required".to_owned());
    } else if paths::base_of(&metadata.name) != metadata.name {
        wrong(format!("chart name {:?} is invalid", metadata.name));
    }
    let generation = &metadata.api_version;
    if generation.is_empty() {
        wrong("apiVersion is required. The value must be either \"v1\" or \"v2\"".to_owned());
    } else if !matches!(generation.as_str(), "v1" | "v2") {
        wrong(format!(
            "apiVersion '{generation}' is not valid. The value must be either \"v1\" or \"v2\""
        ));
    }
    let is_text = |key: &str| match document.get(key) {
        Some(Value::Number(_)) => {
            Err(format!("{key} should be of type string but it's of type float64"))
        }
        Some(Value::Bool(_)) => {
            Err(format!("{key} should be of type string but it's of type bool"))
        }
        _ => Ok(()),
    };
    is_text("version").unwrap_or_else(&mut wrong);
    match (metadata.version.as_str(), Version::parse(&metadata.version)) {
        ("", _) => wrong("version is required".to_owned()),
        (text, Err(_)) => wrong(format!("version '{text}' is not a valid SemVer")),
        (text, Ok(version)) if is_least(&version) => {
            wrong(format!("version {text} is less than or equal to 0.0.0-0"));
        }
        _ => {}
    }
    is_text("appVersion").unwrap_or_else(&mut wrong);
    if let Some(what) = metadata.maintainers.iter().find_map(wrong_maintainer) {
        wrong(what);
    }
    if let Some(source) = metadata.sources.iter().find(|it| !is_request_address(it)) {
        wrong(format!("invalid source URL '{source}'"));
    }
    found
}

/// Whether there is no smaller version.
fn is_least(version: &Version) -> bool {
    let least = Version::parse("0.0.0-0").expect("it is a version");
    version.compare(&least) != Ordering::Greater
}

fn wrong_maintainer(maintainer: &Maintainer) -> Option<String> {
    let Maintainer { name, email, url } = maintainer;
    if name.is_empty() {
        return Some("each maintainer requires a name".to_owned());
    }
    if !email.is_empty() && !is_mail_address(email) {
        return Some(format!("invalid email '{email}' for maintainer '{name}'"));
    }
    if !url.is_empty() && !is_address(url) {
        return Some(format!("invalid url '{url}' for maintainer '{name}'"));
    }
    None
}

/// What stands before the `@` of a mail address, in words of letters, digits and signs, or in quotes; what stands after
/// it, in labels of which the last begins and ends with a letter.
const MAIL_ADDRESS: &str = concat!(
    r#"^(?:[\w!#$%&'*+/=?^`{|}~\x{a0}-\x{ffef}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\x{a0}-\x{ffef}-]+)*|"[^"\\]*")"#,
    r"@(?:[a-zA-Z0-9\x{a0}-\x{ffef}](?:[\w.~\x{a0}-\x{ffef}-]*[a-zA-Z0-9\x{a0}-\x{ffef}])?\.)+",
    r"[a-zA-Z\x{a0}-\x{ffef}](?:[\w~\x{a0}-\x{ffef}-]*[a-zA-Z\x{a0}-\x{ffef}])?\.?$",
);

fn is_mail_address(text: &str) -> bool {
    patterns::compile(MAIL_ADDRESS).expect("it is an expression").is_match(text)
}

/// Whether something may be asked for there: it has a scheme, and no blanks in the name of the host.
fn is_request_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
    is_scheme && host_of(rest).is_none_or(|it| !it.contains(char::is_whitespace))
}

/// What stands between two slashes and the next one.
fn host_of(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    rest.split(['/', '?', '#']).next()
}

/// The schemes of addresses of people.
const SCHEMES: &[&str] = &["ftp", "tcp", "udp", "ws", "wss", "http", "https"];

/// Whether it is an address of the net, with a scheme or without.
fn is_address(text: &str) -> bool {
    if text.len() <= ADDRESS_MIN || text.len() >= ADDRESS_MAX || text.contains(char::is_whitespace)
    {
        return false;
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if SCHEMES.contains(&scheme) => rest,
        Some(_) => return false,
        None => text,
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.chars().all(|it| it.is_alphanumeric() || ".-_".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_those_that_helm_takes() {
        for right in ["a@b.c", "é@b.com", "a+b@x-y.io", "\"q\"@b.com"] {
            assert!(is_mail_address(right), "{right}");
        }
        let wrong =
            ["x@", "a b@c.d", "a@b", "Joe <a@b.com>", "a@b..com", ".a@b.com", "a@localhost"];
        for wrong in wrong.into_iter().chain(["a@1.2.3.4", "a@[1.2.3.4]", "a@-b.com", "a@b.c1"]) {
            assert!(!is_mail_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn addresses_of_the_net_are_those_that_helm_takes() {
        for right in ["http://a", "ftp://a.b/c", "mailto:x@y.z", "localhost:80"] {
            assert!(is_address(right) && is_request_address(right), "{right}");
        }
        for wrong in ["x", "a.b", "http://a b", "//x", "/x"] {
            assert!(!is_address(wrong) && !is_request_address(wrong), "{wrong}");
        }
        assert!(is_address("a.b/c?d") && !is_request_address("a.b/c?d"));
        assert!(!is_address("http://") && is_request_address("http://"));
    }
}
