//! Image names: how the runtime reads them.
//!
//! Rules: the reference grammar of the distribution project, and the defaults of Docker Hub: no host means
//! `docker.io`, one word means `library/`, no tag means `latest`.

use std::fmt;

/// The longest repository name.
const NAME_LENGTH_MAX: usize = 255;
/// The longest tag.
const TAG_LENGTH_MAX: usize = 128;

/// An image name in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Registry, such as `docker.io` or `registry.example.com:5000`.
    pub host: String,
    /// Repository within the registry, such as `library/nginx`.
    pub repository: String,
    /// Tag; `latest` if neither tag nor digest is given.
    pub tag: Option<String>,
    /// Digest, `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a name as written in a pod.
    ///
    /// # Errors
    /// The complaint of the runtime's parser, such as `invalid reference format`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(format!(
                "invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
            ));
        }
        let (host, remainder) = split_host(text);
        let remote = remainder.split_once(':').map_or(remainder.as_str(), |(remote, _)| remote);
        if remote.chars().any(char::is_uppercase) {
            return Err(format!(
                "invalid reference format: repository name ({remote}) must be lowercase"
            ));
        }
        let invalid = || "invalid reference format".to_owned();
        let (named, digest) = match remainder.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (remainder.as_str(), None),
        };
        let (repository, tag) = match named.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (named, None),
        };
        let valid = is_host(host)
            && repository.split('/').all(is_path_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        if !valid {
            return Err(invalid());
        }
        if host.len() + 1 + repository.len() > NAME_LENGTH_MAX {
            return Err(format!(
                "repository name must not be more than {NAME_LENGTH_MAX} characters"
            ));
        }
        let tag = tag.or(digest.is_none().then_some("latest")).map(str::to_owned);
        Ok(Self {
            host: host.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest: digest.map(str::to_owned),
        })
    }

    /// `host/repository`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// What is asked of the registry: the digest if there is one, else the tag.
    pub fn object(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Splits off the registry, with Docker Hub's defaults.
fn split_host(text: &str) -> (&str, String) {
    let (host, remainder) = match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => ("docker.io", text),
    };
    let host = if host == "index.docker.io" { "docker.io" } else { host };
    if host == "docker.io" && !remainder.contains('/') {
        return (host, format!("library/{remainder}"));
    }
    (host, remainder.to_owned())
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    let label = |it: &str| {
        !it.is_empty()
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    name.split('.').all(label)
        && port.is_none_or(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

/// Lower-case words joined by one dot, one or two underscores, or any number of dashes.
fn is_path_component(text: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let separators: Vec<&str> = text
        .split(|it: char| is_word(it as u8) && it.is_ascii())
        .filter(|it| !it.is_empty())
        .collect();
    let ends_in_words =
        text.bytes().next().is_some_and(is_word) && text.bytes().next_back().is_some_and(is_word);
    let is_separator = |it: &str| matches!(it, "." | "_" | "__") || it.bytes().all(|it| it == b'-');
    ends_in_words && separators.into_iter().all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    text.len() <= TAG_LENGTH_MAX
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|it| is_word(it) || it == b'.' || it == b'-')
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let sound = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic())
            && it.bytes().all(|it| it.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(sound)
        && (32..=256).contains(&hex.len())
        && hex.bytes().all(|it| it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let outcome = Reference::parse(text);
        assert_eq!(outcome.map_or_else(|it| it, |it| it.to_string()), expected, "{text}");
    }

    #[test]
    fn names_get_docker_hubs_defaults() {
        check("nginx", "docker.io/library/nginx:latest");
        check("nginx:1.27", "docker.io/library/nginx:1.27");
        check("grafana/grafana", "docker.io/grafana/grafana:latest");
        check("index.docker.io/nginx", "docker.io/library/nginx:latest");
        check("localhost/nginx", "localhost/nginx:latest");
        check("registry.example.com:5000/a/b:c", "registry.example.com:5000/a/b:c");
        let digest = format!("sha256:{}", "a".repeat(64));
        check(&format!("nginx@{digest}"), &format!("docker.io/library/nginx@{digest}"));
    }

    #[test]
    fn bad_names_are_refused_in_the_parsers_words() {
        // Recording 144-describe-pod-f-badname.
        check("nginx:UPPER CASE", "invalid reference format");
        check(
            "Nginx",
            "invalid reference format: repository name (library/Nginx) must be lowercase",
        );
        for text in ["", "nginx:", "/nginx", "a//b", "a..b", "a___b", "-a", "é", "nginx@sha256:12"]
        {
            check(text, "invalid reference format");
        }
        check(
            &format!("example.com/{}", "a".repeat(300)),
            "repository name must not be more than 255 characters",
        );
    }
}
