//! `shuf`: lines in an order from the session's chance.

use super::{Reply, Surroundings};
use crate::shell::Request;
use crate::{ToolResult, Workspace};

const TRY_HELP: &str = "Try 'shuf --help' for more information.\n";
/// Lines a range may have.
const MAX_LINES: u64 = 1_000_000;

#[derive(Default)]
struct Options {
    count: Option<usize>,
    echo: bool,
    repeat: bool,
    range: Option<(u64, u64)>,
    operands: Vec<String>,
}

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    match shuffle(request, around) {
        Ok(text) => ToolResult::ok(text).into(),
        Err(complaint) => ToolResult::fail(complaint, 1).into(),
    }
}

fn shuffle(request: &Request, around: &mut Surroundings<'_>) -> Result<String, String> {
    let options = parse(&request.argv[1..])?;
    let mut lines: Vec<String> = if let Some((low, high)) = options.range {
        (low..=high).map(|number| number.to_string()).collect()
    } else if options.echo {
        options.operands.clone()
    } else {
        let bytes = match options.operands.first().map(String::as_str) {
            None | Some("-") => request.stdin.clone().unwrap_or_default(),
            Some(file) => around
                .workspace
                .read(&Workspace::resolve(&request.cwd, file))
                .map_err(|error| format!("shuf: {file}: {error}\n"))?,
        };
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    };
    let mut draw = |below: usize| (around.host.random_u64("shuf") % below as u64) as usize;
    if options.repeat {
        let count = options.count.ok_or("opsdrill: not simulated: shuf -r without -n\n")?;
        if lines.is_empty() {
            return Err("shuf: no lines to repeat\n".to_owned());
        }
        let drawn =
            (0..count.min(MAX_LINES as usize)).flat_map(|_| [&lines[draw(lines.len())], "\n"]);
        return Ok(drawn.collect());
    }
    for last in (1..lines.len()).rev() {
        lines.swap(last, draw(last + 1));
    }
    lines.truncate(options.count.unwrap_or(usize::MAX));
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut value = |letter: &str| {
            words.next().cloned().ok_or_else(|| {
                format!("shuf: option requires an argument -- '{letter}'\n{TRY_HELP}")
            })
        };
        match word.as_str() {
            "-e" | "--echo" => options.echo = true,
            "-r" | "--repeat" => options.repeat = true,
            "-n" => options.count = Some(count(&value("n")?)?),
            "-i" => options.range = Some(range(&value("i")?)?),
            "-" => options.operands.push(word.clone()),
            word if word.starts_with("--head-count=") => {
                options.count = Some(count(&word["--head-count=".len()..])?);
            }
            word if word.starts_with("--input-range=") => {
                options.range = Some(range(&word["--input-range=".len()..])?);
            }
            word if word.starts_with("-n") => options.count = Some(count(&word[2..])?),
            word if word.starts_with("-i") => options.range = Some(range(&word[2..])?),
            word if word.starts_with('-') => {
                return Err(format!("opsdrill: not simulated: shuf {word}\n"));
            }
            operand => options.operands.push(operand.to_owned()),
        }
    }
    Ok(options)
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("shuf: invalid line count: ‘{text}’\n"))
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("shuf: invalid input range: ‘{text}’\n");
    let (low, high) = text.split_once('-').ok_or_else(wrong)?;
    let (low, high): (u64, u64) =
        (low.parse().map_err(|_| wrong())?, high.parse().map_err(|_| wrong())?);
    if low > high || high - low >= MAX_LINES { Err(wrong()) } else { Ok((low, high)) }
}
