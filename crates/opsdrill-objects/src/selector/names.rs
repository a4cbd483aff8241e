//! What keys and values of labels look like, and what the API says of those that look otherwise.

use std::sync::LazyLock;

use regex::Regex;

const NAME_FORMAT: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const NAME_LENGTH_MAX: usize = 63;
const NAME_RULE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
     and end with an alphanumeric character";
const NAME_EXAMPLES: &[&str] = &["MyName", "my.name", "123-abc"];

const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric \
     characters, '-', '_' or '.', and must start and end with an alphanumeric character";

const SUBDOMAIN_FORMAT: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_LENGTH_MAX: usize = 253;
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case \
     alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

static NAME: LazyLock<Regex> = LazyLock::new(|| whole(NAME_FORMAT));
static SUBDOMAIN: LazyLock<Regex> = LazyLock::new(|| whole(SUBDOMAIN_FORMAT));

fn whole(format: &str) -> Regex {
    Regex::new(&format!("^(?:{format})$")).expect("the format is a constant of this file")
}

/// What is wrong with a label's key or another qualified name (`example.com/name`); empty if nothing.
pub fn is_qualified_name(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('/').collect();
    let mut errors = Vec::new();
    let name = match parts.as_slice() {
        [name] => *name,
        ["", name] => {
            errors.push("prefix part must be non-empty".to_owned());
            *name
        }
        [prefix, name] => {
            let prefix_errors = is_dns1123_subdomain(prefix);
            errors.extend(prefix_errors.into_iter().map(|it| format!("prefix part {it}")));
            *name
        }
        _ => {
            let rule = regex_error(NAME_RULE, NAME_FORMAT, NAME_EXAMPLES);
            return vec![format!(
                "a qualified name {rule} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > NAME_LENGTH_MAX {
        errors.push(format!("name part {}", length_error(NAME_LENGTH_MAX)));
    }
    if !NAME.is_match(name) {
        let rule = regex_error(NAME_RULE, NAME_FORMAT, NAME_EXAMPLES);
        errors.push(format!("name part {rule}"));
    }
    errors
}

/// What is wrong with a label's value; empty if nothing.
pub fn is_label_value(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > NAME_LENGTH_MAX {
        errors.push(length_error(NAME_LENGTH_MAX));
    }
    if !value.is_empty() && !NAME.is_match(value) {
        let format = format!("({NAME_FORMAT})?");
        errors.push(regex_error(VALUE_RULE, &format, &["MyValue", "my_value", "12345"]));
    }
    errors
}

/// What is wrong with a DNS subdomain (`example.com`); empty if nothing.
pub fn is_dns1123_subdomain(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > SUBDOMAIN_LENGTH_MAX {
        errors.push(length_error(SUBDOMAIN_LENGTH_MAX));
    }
    if !SUBDOMAIN.is_match(value) {
        errors.push(regex_error(SUBDOMAIN_RULE, SUBDOMAIN_FORMAT, &["example.com"]));
    }
    errors
}

fn length_error(length_max: usize) -> String {
    format!("must be no more than {length_max} characters")
}

fn regex_error(rule: &str, format: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|it| format!("'{it}', ")).collect();
    format!("{rule} (e.g. {}regex used for validation is '{format}')", examples.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_of_a_bad_key_what_the_api_server_says() {
        let expected = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
            must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
            '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        assert_eq!(is_qualified_name("bad key!"), [expected]);
    }

    #[test]
    fn knows_good_names() {
        for name in ["app", "app.kubernetes.io/name", "a", "A_b.c-d", "1/2"] {
            assert_eq!(is_qualified_name(name), Vec::<String>::new(), "{name}");
        }
        for value in ["", "x", "1.2.3", "a_b"] {
            assert_eq!(is_label_value(value), Vec::<String>::new(), "{value}");
        }
    }

    #[test]
    fn knows_bad_names() {
        assert_eq!(is_qualified_name("").len(), 2);
        assert_eq!(is_qualified_name("/a"), ["prefix part must be non-empty"]);
        assert!(is_qualified_name("A/b")[0].starts_with("prefix part a lowercase RFC 1123 sub"));
        assert!(is_qualified_name("a/b/c")[0].starts_with("a qualified name must consist of"));
        let long = "a".repeat(64);
        assert_eq!(is_qualified_name(&long), ["name part must be no more than 63 characters"]);
        assert!(is_label_value("-x")[0].starts_with("a valid label must be an empty string or"));
        assert_eq!(is_label_value("a\nb").len(), 1);
    }
}
