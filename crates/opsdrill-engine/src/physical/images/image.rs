//! An image: what a registry keeps under a tag and a container starts from.

use std::collections::BTreeMap;

use super::userland::Userland;

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Its name in full, such as `docker.io/library/nginx:1.27`.
    pub reference: String,
    /// Content digest `sha256:…`; made from the content when the image is pushed.
    pub digest: String,
    /// Size of what is downloaded, in bytes.
    pub size: u64,
    /// `linux/amd64`; empty for an image that is built for every platform.
    pub platform: String,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub command: Vec<String>,
    /// `ENV`.
    pub env: BTreeMap<String, String>,
    /// `USER` as a name or number; empty means root.
    pub user: String,
    /// `WORKDIR`; empty means `/`.
    pub working_dir: String,
    /// `EXPOSE`.
    pub ports: Vec<u16>,
    /// Whose userland it is built on: os-release, shell and everyday commands.
    pub userland: Userland,
    /// Commands beside those of the userland, such as `redis-cli`.
    pub commands: Vec<String>,
    /// Files beside those of the userland: absolute path to contents.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Image {
    /// What the runtime starts: a pod's `command` and `args` laid over the image's entrypoint and arguments.
    ///
    /// As Kubernetes documents it: a `command` of the pod drops the image's arguments too.
    pub fn command_line(&self, command: &[String], args: &[String]) -> Vec<String> {
        let own_command = !command.is_empty();
        let first = if own_command { command } else { &self.entrypoint };
        let rest = if args.is_empty() && !own_command { &self.command } else { args };
        first.iter().chain(rest).cloned().collect()
    }

    /// Whether a command can be found in `$PATH` or is an absolute path to one.
    pub fn has_command(&self, word: &str) -> bool {
        let name = word.rsplit('/').next().unwrap_or(word);
        let started = self.entrypoint.first().or(self.command.first());
        let is_main = started.is_some_and(|it| it.rsplit('/').next() == Some(name));
        is_main
            || self.commands.iter().any(|it| it == name)
            || self.userland.commands().any(|it| it == name)
    }

    /// The user's number as a process sees it.
    pub fn user_id(&self) -> u32 {
        let name = self.user.split(':').next().unwrap_or_default();
        match name {
            "" | "root" => 0,
            "nobody" => 65_534,
            "postgres" | "redis" | "mysql" | "mongodb" => 999,
            _ => name.parse().unwrap_or(1000),
        }
    }

    /// The digest of the content, with the look of a SHA-256.
    pub(super) fn content_digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(self.reference.as_bytes());
        add(&self.size.to_le_bytes());
        for text in [&self.platform, &self.user, &self.working_dir] {
            add(text.as_bytes());
        }
        for text in self.entrypoint.iter().chain(&self.command).chain(&self.commands) {
            add(text.as_bytes());
        }
        for (name, value) in &self.env {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        for (path, contents) in &self.files {
            add(path.as_bytes());
            add(contents);
        }
        format!("sha256:{}", hasher.finalize().to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_command_drops_the_images_arguments() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let image =
            Image { entrypoint: words("/entry"), command: words("serve"), ..Image::default() };
        let check = |command, args, expected| {
            assert_eq!(image.command_line(&words(command), &words(args)), words(expected));
        };
        check("", "", "/entry serve");
        check("", "other", "/entry other");
        check("sh", "", "sh");
        check("sh", "-c true", "sh -c true");
    }
}
