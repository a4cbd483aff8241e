//! `redis-cli`: one command as arguments, or one a line of what it reads.

use std::fmt::Write as _;

use opsdrill_engine::physical::network::ConnectError;
use opsdrill_engine::physical::redis::Reply;
use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated, prints};

/// How long the DNS is asked, and how long a connection is tried.
const NAME_PATIENCE_MS: u64 = 10_000;
const PATIENCE_MS: u64 = 127_000;
/// The most lines that are read.
const LINES_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    host: String,
    port: u16,
    /// Whether answers are printed as they come, which is so wherever no terminal is.
    raw: Option<bool>,
    words: Vec<String>,
}

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let call = match parse(words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    let raw = call.raw.unwrap_or(!inside.terminal);
    if !call.words.is_empty() {
        let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
        return send(inside, &call, &words, raw);
    }
    let script = String::from_utf8_lossy(&inside.take_stdin()).into_owned();
    if inside.terminal && script.trim().is_empty() {
        return not_simulated("an interactive redis-cli: give the command as arguments");
    }
    let mut reply = ExecReply::default();
    for line in script.lines().take(LINES_MAX) {
        let words: Vec<&str> = line.split_whitespace().map(|it| it.trim_matches('"')).collect();
        match words.first().map(|it| it.to_lowercase()).as_deref() {
            None => continue,
            Some("exit" | "quit") => break,
            Some(_) => {}
        }
        let next = send(inside, &call, &words, raw);
        reply.stdout += &next.stdout;
        reply.stderr += &next.stderr;
        reply.exit_code = next.exit_code;
        if next.exit_code != 0 {
            break;
        }
    }
    reply
}

fn parse(words: &[String]) -> Result<Call, ExecReply> {
    let mut call = Call { host: "127.0.0.1".to_owned(), port: 6_379, raw: None, words: Vec::new() };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || {
            let complaint = "Unrecognized option or bad number of args for: ";
            rest.next().ok_or_else(|| fails(&format!("{complaint}'{word}'"), 1))
        };
        match word.as_str() {
            "-h" => call.host.clone_from(value()?),
            "-p" => {
                call.port = value()?.parse().map_err(|_| fails("Invalid server port.", 1))?;
            }
            "--raw" => call.raw = Some(true),
            "--no-raw" => call.raw = Some(false),
            "--no-auth-warning" => {}
            flag if flag.starts_with('-') => {
                return Err(not_simulated(&format!("redis-cli {flag}")));
            }
            _ => {
                call.words.push(word.clone());
                call.words.extend(rest.cloned());
                break;
            }
        }
    }
    Ok(call)
}

fn send(inside: &mut Inside<'_>, call: &Call, words: &[&str], raw: bool) -> ExecReply {
    let (host, port) = (call.host.as_str(), call.port);
    match inside.handle.redis(inside.cluster.world_mut(), host, port, words) {
        Ok(Some(Reply::Error(text))) if text.starts_with("opsdrill: ") => {
            not_simulated(text.trim_start_matches("opsdrill: not simulated: "))
        }
        Ok(Some(reply)) => {
            // redis-cli shows these two as they come even on a terminal.
            let first = words.first().map(|it| it.to_lowercase()).unwrap_or_default();
            let second = words.get(1).map(|it| it.to_lowercase()).unwrap_or_default();
            let plain = raw || first == "info" || (first == "client" && second == "list");
            prints(if plain { as_raw(&reply) + "\n" } else { for_people(&reply, 0) })
        }
        Ok(None) => fails("Error: Protocol error, got \"H\" as reply type byte", 1),
        Err(error) => {
            inside.waited_ms += match error {
                ConnectError::NameTimeout => NAME_PATIENCE_MS,
                ConnectError::Timeout => PATIENCE_MS,
                _ => 0,
            };
            let why = match error {
                ConnectError::NameNotFound => "Name or service not known",
                ConnectError::NameTimeout => "Temporary failure in name resolution",
                ConnectError::Refused => "Connection refused",
                ConnectError::Timeout => "Connection timed out",
                ConnectError::NoRoute => "No route to host",
            };
            fails(&format!("Could not connect to Redis at {host}:{port}: {why}"), 1)
        }
    }
}

/// An answer without decoration; errors are bare too, and the caller ends the line.
fn as_raw(reply: &Reply) -> String {
    match reply {
        Reply::Status(text) | Reply::Bulk(text) => text.clone(),
        Reply::Error(text) => format!("{text}\n"),
        Reply::Integer(number) => number.to_string(),
        Reply::Nil => String::new(),
        Reply::Array(items) => items.iter().map(as_raw).collect::<Vec<_>>().join("\n"),
    }
}

/// An answer as a terminal shows it, `indent` columns in.
fn for_people(reply: &Reply, indent: usize) -> String {
    match reply {
        Reply::Status(text) => format!("{text}\n"),
        Reply::Error(text) => format!("(error) {text}\n"),
        Reply::Integer(number) => format!("(integer) {number}\n"),
        Reply::Bulk(text) => format!("{text:?}\n"),
        Reply::Nil => "(nil)\n".to_owned(),
        Reply::Array(items) if items.is_empty() => "(empty array)\n".to_owned(),
        Reply::Array(items) => {
            let width = items.len().to_string().len();
            let mut text = String::new();
            for (place, item) in items.iter().enumerate() {
                let margin = if place == 0 { 0 } else { indent };
                let inner = for_people(item, indent + width + 2);
                let _ = write!(text, "{:margin$}{:>width$}) {inner}", "", place + 1);
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_come_before_the_command() {
        let call = parse(&words("-h cache -p 6380 config get -h")).unwrap();
        assert_eq!((call.host.as_str(), call.port), ("cache", 6_380));
        assert_eq!(call.words, ["config", "get", "-h"]);
        assert_eq!(parse(&words("--latency")).unwrap_err().exit_code, 126);
    }

    #[test]
    fn answers_are_bare_without_a_terminal_and_decorated_with_one() {
        let bulk = |text: &str| Reply::Bulk(text.to_owned());
        let pair = Reply::Array(vec![bulk("timeout"), bulk("0")]);
        assert_eq!(as_raw(&pair), "timeout\n0");
        assert_eq!(for_people(&pair, 0), "1) \"timeout\"\n2) \"0\"\n");
        assert_eq!(for_people(&Reply::Integer(3), 0), "(integer) 3\n");
    }
}
