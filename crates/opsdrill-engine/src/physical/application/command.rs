//! What a container runs: the image's application, or a command of its own.

use std::path::Path;

use super::followed;
use super::model::{ApplicationModel, Runtime};
use crate::physical::ContainerSpec;
use crate::physical::images::Image;

/// Programs that images with a shell bring along.
const TOOLS: &[&str] = &[
    "sh", "ash", "bash", "sleep", "echo", "true", "false", "cat", "tail", "httpd", "nc", "top",
    "env", "date", "ls", "wget", "nslookup", "printenv", "test", "[", "touch", "mkdir", "id",
    "hostname", "ps", "rev", "seq", "head", "dd", "cp", "mv", "rm", "grep", "sed", "awk", "chmod",
    "chown",
];

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The application, with these arguments.
    Application(Vec<String>),
    /// Something that ends by itself.
    Runs {
        /// Lines and when they are written, in milliseconds from the start.
        lines: Vec<(u64, String)>,
        /// Milliseconds.
        after_ms: u64,
        /// Exit code.
        exit_code: i32,
    },
    /// Something that does nothing until it is stopped.
    Waits {
        /// Lines and when they are written, in milliseconds from the start.
        lines: Vec<(u64, String)>,
    },
    /// A command of which more must be known than its words; see [`crate::physical::programs`].
    Script(Vec<String>),
}

/// What a container does, by its image and its own command and arguments.
///
/// # Errors
/// The runtime's words when there is no such program.
pub fn act(
    model: &ApplicationModel,
    image: Option<&Image>,
    spec: &ContainerSpec,
) -> Result<Act, String> {
    let words = command_line(model, image, spec);
    let Some(program) = words.first() else { return Ok(Act::Application(Vec::new())) };
    let is_script = is_modelled_module(&words) || base(program) == "perl";
    if !is_script && (is_own(model, program) || is_main(model, image, program)) {
        return Ok(Act::Application(words[1..].to_vec()));
    }
    let name = base(program);
    let known = image.is_some_and(|it| it.has_command(program));
    let is_file = spec.files.contains_key(program)
        || image.is_some_and(|it| it.files.contains_key(program))
        || spec.data.iter().any(|it| program.starts_with(&format!("{}/", it.folder)));
    if known && !TOOLS.contains(&name) || is_file {
        return Ok(Act::Script(words));
    }
    if TOOLS.contains(&name) && (known || image.is_none() && model.shell) {
        let act = followed::follow(&words).unwrap_or(Act::Script(words.clone()));
        return Ok(if spec.stdin && needs_client(&words, &act) {
            Act::Waits { lines: Vec::new() }
        } else {
            act
        });
    }
    // Nothing is known of the image, so nothing is known to be missing from it.
    if image.is_none() && model.program.is_empty() && model.runtime == Runtime::Plain {
        return Ok(Act::Application(words[1..].to_vec()));
    }
    let reason = if program.contains('/') {
        format!("stat {program}: no such file or directory")
    } else {
        "executable file not found in $PATH".to_owned()
    };
    Err(format!("exec: {program:?}: {reason}"))
}

/// Whether a container's first process does nothing until somebody attaches to it: a shell that reads its input, or a
/// command that only the shell of `kubectl exec` can follow.
pub fn waits_for_client(
    model: &ApplicationModel,
    image: Option<&Image>,
    spec: &ContainerSpec,
) -> bool {
    let words = command_line(model, image, spec);
    let is_tool = words.first().is_some_and(|it| TOOLS.contains(&base(it)));
    spec.stdin
        && is_tool
        && needs_client(&words, &followed::follow(&words).unwrap_or(Act::Script(Vec::new())))
}

fn needs_client(words: &[String], act: &Act) -> bool {
    let is_shell = matches!(words, [only] if matches!(base(only), "sh" | "ash" | "bash" | "cat"));
    is_shell || matches!(act, Act::Script(_))
}

/// The words with which a container's first process goes on after its image's entrypoint script, if it has one.
pub fn command_line(
    model: &ApplicationModel,
    image: Option<&Image>,
    spec: &ContainerSpec,
) -> Vec<String> {
    let mut words = match image {
        Some(image) if main(image).is_some() => image.command_line(&spec.command, &spec.args),
        _ if !spec.command.is_empty() => spec.command.iter().chain(&spec.args).cloned().collect(),
        // Such images have no entrypoint, only a command, which arguments replace.
        _ if model.runtime == Runtime::Command && !spec.args.is_empty() => spec.args.clone(),
        _ if spec.args.first().is_some_and(|it| is_own(model, it)) => spec.args.clone(),
        _ => model.program.iter().chain(&spec.args).cloned().collect(),
    };
    if words.first().is_some_and(|it| it.ends_with("entrypoint.sh")) {
        words.remove(0);
        // The scripts of the official images put their program in front of bare options.
        if words.first().is_none_or(|it| {
            it.starts_with('-') || Path::new(it).extension().is_some_and(|it| it == "conf")
        }) {
            words.splice(0..0, model.program.first().cloned());
        }
    }
    words
}

/// The arguments of the image's application, if that is what a script's words start.
pub fn application(
    model: &ApplicationModel,
    image: &Image,
    words: &[String],
) -> Option<Vec<String>> {
    let (program, arguments) = words.split_first()?;
    if program.ends_with("entrypoint.sh") {
        return application(model, image, arguments);
    }
    let is_own = is_own(model, program) || is_main(model, Some(image), program);
    let is_modelled = is_modelled_module(words) || base(program) == "perl";
    (is_own && !is_modelled).then(|| arguments.to_vec())
}

/// What of an interpreter is modelled: Python's own server of files.
fn is_modelled_module(words: &[String]) -> bool {
    let is_python = words.first().is_some_and(|it| base(it).starts_with("python"));
    is_python && words.get(1..3).is_some_and(|it| it == ["-m", "http.server"])
}

fn is_own(model: &ApplicationModel, program: &str) -> bool {
    model.runtime != Runtime::Command
        && model.program.first().is_some_and(|own| base(own) == base(program))
}

/// Whether a program is the one that the image is made for, whatever the model calls it.
fn is_main(model: &ApplicationModel, image: Option<&Image>, program: &str) -> bool {
    let main = image.and_then(main).map(|it| base(it));
    model.runtime != Runtime::Command && main == Some(base(program))
}

fn main(image: &Image) -> Option<&String> {
    image.entrypoint.first().or(image.command.first())
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What is said where nobody can run a command.
pub(in crate::physical) fn not_simulated_line(command: &str) -> String {
    format!("opsdrill: not simulated: {command}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physical::tests::container;

    fn busybox(command: &[&str]) -> Result<Act, String> {
        let model = ApplicationModel {
            runtime: Runtime::Command,
            program: vec!["sh".into()],
            shell: true,
            ..ApplicationModel::default()
        };
        let mut spec = container("busybox");
        spec.command = command.iter().map(|it| (*it).to_owned()).collect();
        act(&model, None, &spec)
    }

    #[test]
    fn what_is_not_known_is_said_or_not_found() {
        let words = ["wget", "http://x"];
        let script = Act::Script(words.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(busybox(&words).unwrap(), script);
        let error = busybox(&["nope"]).unwrap_err();
        assert_eq!(error, r#"exec: "nope": executable file not found in $PATH"#);
        let error = busybox(&["/bin/nope"]).unwrap_err();
        assert_eq!(error, r#"exec: "/bin/nope": stat /bin/nope: no such file or directory"#);
    }

    #[test]
    fn an_application_is_found_behind_a_shell_and_replaced_by_a_sleep() {
        let model = ApplicationModel {
            program: vec!["redis-server".into()],
            shell: true,
            runtime: Runtime::Redis,
            ..ApplicationModel::default()
        };
        let mut spec = container("redis");
        spec.args = vec!["--maxclients".into(), "10".into()];
        assert_eq!(act(&model, None, &spec), Ok(Act::Application(spec.args.clone())));
        spec.args = vec!["redis-server".into(), "/etc/redis.conf".into()];
        assert_eq!(act(&model, None, &spec), Ok(Act::Application(vec!["/etc/redis.conf".into()])));
        spec.args.clear();
        let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        spec.command = words("sh,-c,echo hi; exec redis-server --port 1");
        assert_eq!(act(&model, None, &spec), Ok(Act::Script(spec.command.clone())));
        spec.command = words("sleep,3600");
        let sleeps = Act::Runs { lines: Vec::new(), after_ms: 3_600_000, exit_code: 0 };
        assert_eq!(act(&model, None, &spec), Ok(sleeps));
    }
}
