//! The words of a container's command as a script.

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_shell::{ContainerShell, Script};

use crate::container_shell::{kind_of, line_of};

/// The exit status of a script that is not there.
const NO_SCRIPT: i32 = 2;
const NOT_FOUND: i32 = 127;

/// The script, or what is said instead and the exit status.
pub(super) fn of(
    handle: &ContainerHandle,
    cluster: &Cluster,
    words: &[String],
) -> Result<Script, (String, i32)> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(Script::default());
    };
    if is_shell(program) {
        return of_shell(handle, cluster, program, arguments);
    }
    let contents =
        if program.contains('/') { handle.read_file(cluster.world(), program).ok() } else { None };
    let text = contents.map(|it| String::from_utf8_lossy(&it).into_owned());
    let Some(text) = text.filter(|it| it.starts_with("#!")) else {
        return Ok(Script { text: line_of(words, false), ..Script::default() });
    };
    let line = text.lines().next().unwrap_or_default();
    let mut interpreter = line[2..].split_whitespace();
    let first = interpreter.next().unwrap_or_default();
    let name = if first.ends_with("/env") { interpreter.next().unwrap_or_default() } else { first };
    if !is_shell(name) {
        return Err((format!("opsdrill: not simulated: {program} ({line})\n"), 126));
    }
    let settings: String = interpreter
        .filter_map(|it| it.strip_prefix('-'))
        .map(|it| format!("set -{it}; "))
        .collect();
    let (name, arguments) = (program.clone(), arguments.to_vec());
    Ok(Script { text: settings + &text, name, arguments })
}

fn is_shell(program: &str) -> bool {
    matches!(base(program), "sh" | "ash" | "bash" | "dash")
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `sh -ec TEXT NAME ARGUMENTS`, `sh -x FILE ARGUMENTS`, `sh`.
fn of_shell(
    handle: &ContainerHandle,
    cluster: &Cluster,
    shell: &str,
    arguments: &[String],
) -> Result<Script, (String, i32)> {
    let mut settings = String::new();
    let mut is_text = false;
    let mut rest = arguments.iter();
    let mut operand = None;
    while let Some(word) = rest.next() {
        match word.strip_prefix(['-', '+']) {
            Some("o") => {
                if let Some(name) = rest.next() {
                    settings += &format!("set -o {name}; ");
                }
            }
            Some("-" | "") => {}
            Some(flags) if !flags.starts_with('-') => {
                is_text |= flags.contains('c');
                let kept: String = flags.chars().filter(|it| "eufxv".contains(*it)).collect();
                if !kept.is_empty() {
                    settings += &format!("set -{kept}; ");
                }
                if flags.contains('o')
                    && let Some(name) = rest.next()
                {
                    settings += &format!("set -o {name}; ");
                }
            }
            Some(_) => {}
            None => {
                operand = Some(word);
                break;
            }
        }
    }
    let mut rest: Vec<String> = rest.cloned().collect();
    let Some(operand) = operand else { return Ok(Script::default()) };
    if is_text {
        let name = if rest.is_empty() { base(shell).to_owned() } else { rest.remove(0) };
        return Ok(Script { text: settings + operand, name, arguments: rest });
    }
    let Ok(contents) = handle.read_file(cluster.world(), operand) else {
        return Err(match kind_of(handle, shell) {
            ContainerShell::Ash => {
                (format!("sh: can't open '{operand}': No such file or directory\n"), NO_SCRIPT)
            }
            ContainerShell::Dash => {
                (format!("sh: 0: cannot open {operand}: No such file\n"), NO_SCRIPT)
            }
            ContainerShell::Bash => {
                (format!("bash: {operand}: No such file or directory\n"), NOT_FOUND)
            }
        });
    };
    let text = settings + &String::from_utf8_lossy(&contents);
    Ok(Script { text, name: operand.clone(), arguments: rest })
}

/// The names by which the image's application is started.
pub(super) fn applications(handle: &ContainerHandle, cluster: &Cluster) -> Vec<String> {
    let image = &handle.image;
    let candidates = image.entrypoint.first().into_iter().chain(image.command.first());
    let known = candidates.chain(&image.commands).map(|it| base(it).to_owned());
    let is_own =
        |it: &String| handle.application(cluster.world(), std::slice::from_ref(it)).is_some();
    let entrypoints = |it: &String| it.ends_with("entrypoint.sh");
    known.filter(|it| is_own(it) || entrypoints(it)).collect()
}
