//! What names, keys and ports look like, and what the server says of those that look otherwise
//! (apimachinery's `util/validation`).

pub use crate::selector::{is_dns1123_subdomain, is_label_value, is_qualified_name};

const LABEL_LENGTH_MAX: usize = 63;
const KEY_LENGTH_MAX: usize = 253;
const PORT_NAME_LENGTH_MAX: usize = 15;

fn too_long(length_max: usize) -> String {
    format!("must be no more than {length_max} characters")
}

fn is_lower_or_digit(it: char) -> bool {
    it.is_ascii_lowercase() || it.is_ascii_digit()
}

fn is_label_shaped(value: &str, first: fn(char) -> bool) -> bool {
    value.starts_with(first)
        && value.ends_with(is_lower_or_digit)
        && value.chars().all(|it| is_lower_or_digit(it) || it == '-')
}

/// What is wrong with a DNS label, such as a container's name; empty if nothing.
pub fn is_dns1123_label(value: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if value.len() > LABEL_LENGTH_MAX {
        messages.push(too_long(LABEL_LENGTH_MAX));
    }
    if !is_label_shaped(value, is_lower_or_digit) {
        messages.push(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
             start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
             validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                .into(),
        );
    }
    messages
}

/// What is wrong with the name of a Service; empty if nothing.
pub fn is_dns1035_label(value: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if value.len() > LABEL_LENGTH_MAX {
        messages.push(too_long(LABEL_LENGTH_MAX));
    }
    if !is_label_shaped(value, |it| it.is_ascii_lowercase()) {
        messages.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
             alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', \
             regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .into(),
        );
    }
    messages
}

/// What is wrong with the key of a ConfigMap or Secret; empty if nothing.
pub fn is_config_map_key(value: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if value.len() > KEY_LENGTH_MAX {
        messages.push(too_long(KEY_LENGTH_MAX));
    }
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_');
    if value.is_empty() || !value.chars().all(fits) {
        messages.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .into(),
        );
    }
    match value {
        "." => messages.push("must not be '.'".into()),
        ".." => messages.push("must not be '..'".into()),
        _ if value.starts_with("..") => messages.push("must not start with '..'".into()),
        _ => {}
    }
    messages
}

/// What is wrong with the name of an environment variable under the relaxed rule of 1.32; empty if nothing.
pub fn is_environment_variable_name(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec!["environment variable name must be non-empty".into()];
    }
    let fits = |it: char| (' '..='~').contains(&it) && it != '=';
    if value.chars().all(fits) {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .into(),
    ]
}

/// What is wrong with the name of a port (RFC 6335); empty if nothing.
pub fn is_port_name(value: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if value.len() > PORT_NAME_LENGTH_MAX {
        messages.push(too_long(PORT_NAME_LENGTH_MAX));
    }
    let mut check = |good: bool, message: &str| {
        if !good {
            messages.push(message.to_owned());
        }
    };
    check(
        !value.is_empty() && value.chars().all(|it| is_lower_or_digit(it) || it == '-'),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    check(
        value.chars().any(|it| it.is_ascii_lowercase()),
        "must contain at least one letter (a-z)",
    );
    check(!value.contains("--"), "must not contain consecutive hyphens");
    check(!value.starts_with('-') && !value.ends_with('-'), "must not begin or end with a hyphen");
    messages
}

/// What is wrong with the number of a port; empty if nothing.
pub fn is_port_number(value: i32) -> Vec<String> {
    if (1..=65_535).contains(&value) {
        return Vec::new();
    }
    vec!["must be between 1 and 65535, inclusive".into()]
}

/// What is wrong with an IP address; empty if nothing.
pub fn is_ip_address(value: &str) -> Vec<String> {
    if value.parse::<std::net::IpAddr>().is_ok() {
        return Vec::new();
    }
    vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_start_and_end_well() {
        for good in ["a", "web-1", "0a"] {
            assert!(is_dns1123_label(good).is_empty(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b"] {
            assert_eq!(is_dns1123_label(bad).len(), 1, "{bad}");
        }
        assert!(is_dns1035_label("0a")[0].starts_with("a DNS-1035 label"));
        assert_eq!(is_dns1123_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
    }

    #[test]
    fn port_names_are_short_and_have_a_letter() {
        assert!(is_port_name("http").is_empty());
        assert_eq!(is_port_name("80"), ["must contain at least one letter (a-z)"]);
        assert_eq!(
            is_port_name("a-very-long-name-"),
            ["must be no more than 15 characters", "must not begin or end with a hyphen",]
        );
    }

    #[test]
    fn keys_of_config_maps() {
        assert!(is_config_map_key("nginx.conf").is_empty());
        assert_eq!(is_config_map_key("..x"), ["must not start with '..'"]);
        assert!(is_config_map_key("a b")[0].starts_with("a valid config key"));
    }

    #[test]
    fn environment_variables_take_nearly_everything() {
        assert!(is_environment_variable_name("1-odd.name").is_empty());
        assert_eq!(is_environment_variable_name("a=b").len(), 1);
    }
}
