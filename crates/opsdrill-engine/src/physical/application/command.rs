//! What a container runs: the image's application, or a command of its own.

use std::path::Path;

use super::model::{ApplicationModel, Runtime};
use crate::physical::ContainerSpec;
use crate::physical::images::Image;

/// Programs that images with a shell bring along.
const TOOLS: &[&str] = &[
    "sh", "ash", "bash", "sleep", "echo", "true", "false", "cat", "tail", "httpd", "nc", "top",
    "env", "date", "ls", "wget", "nslookup", "printenv", "test", "[", "touch", "mkdir", "id",
    "hostname", "ps",
];
/// Tools that go on until they are stopped.
const ENDLESS: &[&str] = &["tail", "httpd", "nc", "top"];
/// Steps of a script that are looked at.
const STEPS_MAX: usize = 1000;

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
    if is_own(model, program) || is_main(model, image, program) {
        return Ok(Act::Application(words[1..].to_vec()));
    }
    let name = base(program);
    let known = image.is_some_and(|it| it.has_command(program));
    if TOOLS.contains(&name) && (known || image.is_none() && model.shell) {
        let act = run(model, &words);
        return Ok(if spec.stdin && needs_client(&words, &act) {
            Act::Waits { lines: Vec::new() }
        } else {
            act
        });
    }
    if known {
        return Ok(not_simulated(&words.join(" ")));
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
    spec.stdin && is_tool && needs_client(&words, &run(model, &words))
}

fn needs_client(words: &[String], act: &Act) -> bool {
    let is_shell = matches!(words, [only] if matches!(base(only), "sh" | "ash" | "bash" | "cat"));
    let not_followed = match act {
        Act::Runs { lines, .. } => lines.iter().any(|(_, line)| line.contains(NOT_SIMULATED)),
        _ => false,
    };
    is_shell || not_followed
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

/// A script as far as it was followed.
#[derive(Default)]
struct Run {
    time_ms: u64,
    lines: Vec<(u64, String)>,
    status: i32,
}

enum Next {
    Continues,
    Ends,
    Waits,
    Application(Vec<String>),
}

fn run(model: &ApplicationModel, words: &[String]) -> Act {
    let mut run = Run::default();
    match step(model, &mut run, words) {
        Next::Continues | Next::Ends => {
            Act::Runs { lines: run.lines, after_ms: run.time_ms, exit_code: run.status }
        }
        Next::Waits => Act::Waits { lines: run.lines },
        Next::Application(arguments) => Act::Application(arguments),
    }
}

fn step(model: &ApplicationModel, run: &mut Run, words: &[String]) -> Next {
    let Some((program, arguments)) = words.split_first() else { return Next::Continues };
    if is_own(model, program) {
        return Next::Application(arguments.to_vec());
    }
    run.status = 0;
    match (base(program), arguments) {
        ("sleep", [span]) if span == "infinity" || span == "inf" => return Next::Waits,
        ("sleep", spans) if !spans.is_empty() => {
            let Some(span) = spans.iter().map(|it| sleep_ms(it)).sum::<Option<u64>>() else {
                let text = format!("sleep: invalid number '{}'", spans.join(" "));
                run.lines.push((run.time_ms, text));
                run.status = 1;
                return Next::Continues;
            };
            run.time_ms = run.time_ms.saturating_add(span);
        }
        ("echo", text) => run.lines.push((run.time_ms, text.join(" "))),
        ("true" | ":" | "touch" | "mkdir" | "set", _) => {}
        ("false", _) => run.status = 1,
        ("exit", code) => {
            run.status = code.first().and_then(|it| it.parse().ok()).unwrap_or_default();
            return Next::Ends;
        }
        ("exec", words) => return ended(step(model, run, words)),
        // Without a terminal a shell reads the end of its input at once.
        ("sh" | "ash" | "bash", []) => return Next::Ends,
        ("sh" | "ash" | "bash", [flag, script, ..]) if is_script_flag(flag) => {
            return script_steps(model, run, script);
        }
        (name, _) if ENDLESS.contains(&name) => return Next::Waits,
        _ => {
            run.lines.push((run.time_ms, not_simulated_line(&words.join(" "))));
            run.status = 1;
            return Next::Ends;
        }
    }
    Next::Continues
}

fn ended(next: Next) -> Next {
    if matches!(next, Next::Continues) { Next::Ends } else { next }
}

/// `-c`, `-ec`, `-xc`: options that take the script as the next word.
fn is_script_flag(flag: &str) -> bool {
    flag.starts_with('-') && flag.ends_with('c')
}

fn script_steps(model: &ApplicationModel, run: &mut Run, script: &str) -> Next {
    let loops = ["while true", "while :", "for (("].iter().any(|it| script.contains(it));
    if loops {
        if !only_sleeps(script) {
            run.lines.push((run.time_ms, not_simulated_line(script)));
        }
        return Next::Waits;
    }
    let separated = script.replace("&&", "\n&& ").replace("||", "\n|| ").replace(';', "\n");
    for line in separated.lines().take(STEPS_MAX) {
        let line = line.trim();
        let (skipped, command) = match line.get(..2) {
            Some("&&") => (run.status != 0, &line[2..]),
            Some("||") => (run.status == 0, &line[2..]),
            _ => (false, line),
        };
        let words = split_words(command);
        if skipped || words.is_empty() {
            continue;
        }
        match step(model, run, &words) {
            Next::Continues => {}
            next => return next,
        }
    }
    Next::Continues
}

/// Whether nothing in a script can be seen from outside: it loops and sleeps.
fn only_sleeps(script: &str) -> bool {
    const SILENT: &[&str] =
        &["while", "do", "done", "for", "true", ":", "sleep", "wait", "trap", "exit", "set"];
    let commands =
        script.split([';', '\n', '&', '|']).map(|it| it.trim().trim_start_matches("do "));
    let mut names = commands.filter_map(|it| it.split_whitespace().next());
    names.all(|it| SILENT.contains(&it))
}

/// Words of a simple command: quotes are taken off, nothing is expanded.
fn split_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// `30`, `1.5`, `2m`, `1h`, `1d` in milliseconds.
fn sleep_ms(text: &str) -> Option<u64> {
    let (number, unit_ms) = match text.bytes().next_back()? {
        b's' => (&text[..text.len() - 1], 1000),
        b'm' => (&text[..text.len() - 1], 60_000),
        b'h' => (&text[..text.len() - 1], 3_600_000),
        b'd' => (&text[..text.len() - 1], 86_400_000),
        _ => (text, 1000),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths =
        whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(fraction.parse().ok()?)?;
    Some(thousandths.checked_mul(unit_ms)? / 1000)
}

/// How a line begins that says that a command was not followed.
const NOT_SIMULATED: &str = "opsdrill: not simulated: ";

fn not_simulated_line(command: &str) -> String {
    format!("{NOT_SIMULATED}{command}")
}

fn not_simulated(command: &str) -> Act {
    Act::Runs { lines: vec![(0, not_simulated_line(command))], after_ms: 0, exit_code: 1 }
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

    fn runs(lines: &[(u64, &str)], after_ms: u64, exit_code: i32) -> Act {
        let lines = lines.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
        Act::Runs { lines, after_ms, exit_code }
    }

    #[test]
    fn small_scripts_are_followed() {
        let script = |text| busybox(&["sh", "-c", text]).unwrap();
        assert_eq!(busybox(&[]).unwrap(), runs(&[], 0, 0));
        assert_eq!(busybox(&["sleep", "1.5"]).unwrap(), runs(&[], 1500, 0));
        assert_eq!(busybox(&["sleep", "infinity"]).unwrap(), Act::Waits { lines: vec![] });
        let expected = runs(&[(0, "a  b"), (2000, "c")], 2000, 3);
        assert_eq!(script("echo 'a  b'; sleep 2 && echo c; exit 3; echo d"), expected);
        assert_eq!(script("false || echo no && true"), runs(&[(0, "no")], 0, 0));
        assert_eq!(script("false && echo no"), runs(&[], 0, 1));
        assert_eq!(script("while true; do sleep 1; done"), Act::Waits { lines: vec![] });
        let text = "while true; do echo x; sleep 5; done";
        let said = (0, format!("opsdrill: not simulated: {text}"));
        assert_eq!(script(text), Act::Waits { lines: vec![said] });
    }

    #[test]
    fn what_is_not_known_is_said_or_not_found() {
        let Act::Runs { lines, exit_code: 1, .. } = busybox(&["wget", "http://x"]).unwrap() else {
            panic!("it must end with 1");
        };
        assert_eq!(lines[0].1, "opsdrill: not simulated: wget http://x");
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
        assert_eq!(act(&model, None, &spec), Ok(Act::Application(words("--port,1"))));
        spec.command = words("sleep,3600");
        assert_eq!(act(&model, None, &spec), Ok(runs(&[], 3_600_000, 0)));
    }
}
