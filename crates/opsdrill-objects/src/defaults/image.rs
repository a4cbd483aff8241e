//! The tag of an image reference, which decides how often the image is pulled.

/// The policy for a container that names none: `Always` for `latest`, said or meant.
pub fn pull_policy(image: &str) -> &'static str {
    if tag(image) == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// The tag, `latest` if neither tag nor digest is given; `None` for a digest alone or a malformed reference.
pub fn tag(image: &str) -> Option<&str> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let path_start = name.rfind('/').map_or(0, |at| at + 1);
    let (repository, tag) = match name[path_start..].find(':') {
        Some(colon) => (&name[..path_start + colon], Some(&name[path_start + colon + 1..])),
        None => (name, None),
    };
    if !is_repository(repository) || !tag.is_none_or(is_tag) {
        return None;
    }
    match (tag, digest) {
        (Some(tag), _) => Some(tag),
        (None, Some(_)) => None,
        (None, None) => Some("latest"),
    }
}

/// `[\w][\w.-]{0,127}`.
fn is_tag(tag: &str) -> bool {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|it| word(it) || matches!(it, '.' | '-'))
}

/// Path components in lower case, the first of which may be a host with a port.
fn is_repository(repository: &str) -> bool {
    let mut components: Vec<&str> = repository.split('/').collect();
    let is_host = |it: &str| it.contains(['.', ':']) || it == "localhost";
    if components.len() > 1 && is_host(components[0]) {
        components.remove(0);
    }
    let edge = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    components.iter().all(|it| {
        it.starts_with(edge)
            && it.ends_with(edge)
            && it.chars().all(|it| edge(it) || matches!(it, '.' | '_' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_decide_the_pull_policy() {
        for (image, tag_expected, policy) in [
            ("nginx", Some("latest"), "Always"),
            ("nginx:latest", Some("latest"), "Always"),
            ("nginx:1.27", Some("1.27"), "IfNotPresent"),
            ("registry.example.com:5000/team/app", Some("latest"), "Always"),
            ("registry.example.com:5000/team/app:v1", Some("v1"), "IfNotPresent"),
            ("nginx@sha256:0000", None, "IfNotPresent"),
            // Recording 012: the pull policy of an image that cannot be parsed.
            ("nginx:UPPER CASE", None, "IfNotPresent"),
            ("Nginx", None, "IfNotPresent"),
        ] {
            assert_eq!((tag(image), pull_policy(image)), (tag_expected, policy), "{image}");
        }
    }
}
