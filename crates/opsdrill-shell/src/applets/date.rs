//! `date`: the simulated date in GNU's formats. The machine's time zone is UTC, as servers' are.

mod format;
mod parse;

pub(super) use format::format_date;
pub(super) use parse::parse_date;

use super::{Reply, Surroundings};
use crate::shell::{Request, unix_ms};
use crate::{ToolResult, Workspace};

const TRY_HELP: &str = "Try 'date --help' for more information.\n";
/// What the C locale shows without a format.
const DEFAULT_FORMAT: &str = "%a %b %e %H:%M:%S %Z %Y";

#[derive(Default)]
struct Options {
    format: Option<String>,
    date: Option<String>,
    reference: Option<String>,
}

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    match show(request, around) {
        Ok(text) => ToolResult::ok(text).into(),
        Err(complaint) => ToolResult::fail(complaint, 1).into(),
    }
}

fn show(request: &Request, around: &Surroundings<'_>) -> Result<String, String> {
    let options = parse_options(&request.argv[1..])?;
    let utc =
        request.argv.iter().any(|word| matches!(word.as_str(), "-u" | "--utc" | "--universal"));
    if let Some(zone) = request
        .env
        .get("TZ")
        .filter(|zone| !utc && !matches!(zone.as_str(), "" | "UTC" | "UTC0" | "Etc/UTC" | "GMT"))
    {
        return Err(format!(
            "opsdrill: not simulated: date in the time zone {zone} (the machine's is UTC)\n"
        ));
    }
    let now = unix_ms(around.host);
    let moment = match (&options.date, &options.reference) {
        (Some(text), _) => {
            parse_date(text, now).ok_or_else(|| format!("date: invalid date ‘{text}’\n"))?
        }
        (None, Some(file)) => {
            let path = Workspace::resolve(&request.cwd, file);
            around.workspace.modified(&path).map_err(|error| format!("date: {file}: {error}\n"))?
        }
        (None, None) => now,
    };
    Ok(format_date(options.format.as_deref().unwrap_or(DEFAULT_FORMAT), moment) + "\n")
}

fn parse_options(args: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut value = |letter: char| {
            words.next().cloned().ok_or_else(|| {
                format!("date: option requires an argument -- '{letter}'\n{TRY_HELP}")
            })
        };
        match word.as_str() {
            "-u" | "--utc" | "--universal" => {}
            "-d" | "--date" => options.date = Some(value('d')?),
            "-r" => options.reference = Some(value('r')?),
            "-R" | "--rfc-email" | "--rfc-2822" => {
                options.format = Some("%a, %d %b %Y %H:%M:%S %z".to_owned());
            }
            "-I" | "--iso-8601" => options.format = Some(iso("date")?.to_owned()),
            word if word.starts_with("--date=") => {
                options.date = Some(word["--date=".len()..].to_owned());
            }
            word if word.starts_with("--reference=") => {
                options.reference = Some(word["--reference=".len()..].to_owned());
            }
            word if word.starts_with("--iso-8601=") => {
                options.format = Some(iso(&word["--iso-8601=".len()..])?.to_owned());
            }
            word if word.starts_with("-I") => options.format = Some(iso(&word[2..])?.to_owned()),
            word if word.starts_with("--rfc-3339=") => {
                options.format = Some(rfc_3339(&word["--rfc-3339=".len()..])?.to_owned());
            }
            word if word.starts_with("-ud") => {
                options.date =
                    Some(if word.len() > 3 { word[3..].to_owned() } else { value('d')? });
            }
            word if word.starts_with("-d") => options.date = Some(word[2..].to_owned()),
            "-s" | "--set" | "-f" | "--file" | "--debug" => {
                return Err(format!("opsdrill: not simulated: date {word}\n"));
            }
            word if word.starts_with("--") => {
                return Err(format!("date: unrecognized option '{word}'\n{TRY_HELP}"));
            }
            word if word.len() > 1 && word.starts_with('-') => {
                return Err(format!("date: invalid option -- '{}'\n{TRY_HELP}", &word[1..2]));
            }
            word if word.starts_with('+') => {
                if options.format.is_some() {
                    return Err("date: multiple output formats specified\n".to_owned());
                }
                options.format = Some(word[1..].to_owned());
            }
            word => return Err(format!("date: invalid date ‘{word}’\n")),
        }
    }
    Ok(options)
}

fn iso(precision: &str) -> Result<&'static str, String> {
    Ok(match precision {
        "date" => "%Y-%m-%d",
        "hours" => "%Y-%m-%dT%H%:z",
        "minutes" => "%Y-%m-%dT%H:%M%:z",
        "seconds" => "%Y-%m-%dT%H:%M:%S%:z",
        "ns" => "%Y-%m-%dT%H:%M:%S,%N%:z",
        other => {
            return Err(format!("date: invalid argument ‘{other}’ for ‘--iso-8601’\n{TRY_HELP}"));
        }
    })
}

fn rfc_3339(precision: &str) -> Result<&'static str, String> {
    Ok(match precision {
        "date" => "%Y-%m-%d",
        "seconds" => "%Y-%m-%d %H:%M:%S%:z",
        "ns" => "%Y-%m-%d %H:%M:%S.%N%:z",
        other => {
            return Err(format!("date: invalid argument ‘{other}’ for ‘--rfc-3339’\n{TRY_HELP}"));
        }
    })
}
