//! `touch`: creates files and sets their date, from the simulated clock.

use std::fmt::Write as _;

use super::date::parse_date;
use super::{Reply, Surroundings};
use crate::shell::{Request, unix_ms};
use crate::{FileError, ToolResult, Workspace};

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let (mut create, mut when, mut files) = (true, unix_ms(around.host), Vec::new());
    let now = when;
    let mut words = request.argv[1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-a" | "-m" | "-h" => {}
            "-c" | "--no-create" => create = false,
            "-d" | "-r" => {
                let Some(value) = words.next() else {
                    return ToolResult::fail(format!("touch: option requires an argument -- '{}'\nTry 'touch --help' for more information.\n", &word[1..]), 1).into();
                };
                let found = if word == "-d" {
                    parse_date(value, now)
                        .ok_or_else(|| format!("touch: invalid date format ‘{value}’\n"))
                } else {
                    let path = Workspace::resolve(&request.cwd, value);
                    around.workspace.modified(&path).map_err(|error| {
                        format!("touch: failed to get attributes of '{value}': {error}\n")
                    })
                };
                match found {
                    Ok(found) => when = found,
                    Err(complaint) => return ToolResult::fail(complaint, 1).into(),
                }
            }
            option if option.len() > 1 && option.starts_with('-') => {
                return ToolResult::fail(format!("opsdrill: not simulated: touch {option}\n"), 1)
                    .into();
            }
            file => files.push(file),
        }
    }
    if files.is_empty() {
        return ToolResult::fail(
            "touch: missing file operand\nTry 'touch --help' for more information.\n",
            1,
        )
        .into();
    }
    let mut complaints = String::new();
    for file in files {
        let path = Workspace::resolve(&request.cwd, file);
        let touched = match around.workspace.touch(&path, when) {
            Err(FileError::NotFound) if !create => Ok(()),
            Err(FileError::NotFound) => around
                .workspace
                .write(&path, b"")
                .and_then(|()| around.workspace.touch(&path, when)),
            other => other,
        };
        if let Err(error) = touched {
            let _ = writeln!(complaints, "touch: cannot touch '{file}': {error}");
        }
    }
    let status = i32::from(!complaints.is_empty());
    ToolResult::fail(complaints, status).into()
}
