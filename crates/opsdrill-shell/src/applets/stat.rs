//! `stat` of GNU coreutils.

use super::date::format_date;
use super::ls::layout::mode_text;
use super::{Reply, Surroundings};
use crate::shell::Request;
use crate::workspace::Details;
use crate::{ToolResult, Workspace};

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    if around.machine.container.is_some() {
        return ToolResult::fail("opsdrill: not simulated: stat in containers\n", 126).into();
    }
    let (mut format, mut files) = (None, Vec::new());
    let mut words = request.argv[1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-c" | "--format" => format = words.next().cloned(),
            "-L" => {}
            long if long.starts_with("--format=") => format = Some(long[9..].to_owned()),
            short if short.starts_with("-c") => format = Some(short[2..].to_owned()),
            flag if flag.starts_with('-') && flag.len() > 1 => {
                let text = format!("opsdrill: not simulated: stat {flag}\n");
                return ToolResult::fail(text, 126).into();
            }
            file => files.push(file),
        }
    }
    if files.is_empty() {
        let text = "stat: missing operand\nTry 'stat --help' for more information.\n";
        return ToolResult::fail(text, 1).into();
    }
    let (mut out, mut err) = (String::new(), String::new());
    for file in files {
        match around.workspace.details(&Workspace::resolve(&request.cwd, file)) {
            Ok(details) => {
                let owner = if details.is_system { "root" } else { &around.machine.user };
                match &format {
                    None => out += &whole(file, &details, owner),
                    Some(format) => match filled(format, file, &details, owner) {
                        Ok(text) => out += &(text + "\n"),
                        Err(letter) => {
                            err += &format!("opsdrill: not simulated: stat -c %{letter}\n");
                        }
                    },
                }
            }
            Err(error) => err += &format!("stat: cannot statx '{file}': {error}\n"),
        }
    }
    let status = i32::from(!err.is_empty());
    ToolResult { stdout: out.into_bytes(), stderr: err.into_bytes(), status }.into()
}

fn kind(details: &Details) -> &'static str {
    match details.letter {
        'd' => "directory",
        'l' => "symbolic link",
        'c' => "character special file",
        _ if details.size == 0 => "regular empty file",
        _ => "regular file",
    }
}

fn blocks(details: &Details) -> usize {
    details.size.div_ceil(4096) * 8
}

fn date(details: &Details) -> String {
    let seconds = format_date("%Y-%m-%d %H:%M:%S", details.modified_ms);
    format!("{seconds}.{:03}000000 +0000", details.modified_ms.rem_euclid(1000))
}

/// A number that is the same whenever the path is.
fn inode(file: &str) -> u32 {
    let hash = blake3::hash(file.as_bytes());
    let bytes = hash.as_bytes();
    131_072 + u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) % 500_000
}

fn whole(file: &str, details: &Details, owner: &str) -> String {
    let id = if owner == "root" { 0 } else { 1000 };
    let arrow = details.target.as_ref().map_or(String::new(), |it| format!(" -> {it}"));
    let (size, blocks, kind, date) = (details.size, blocks(details), kind(details), date(details));
    let (mode, letters, links) = (details.mode, mode_text(details), details.links);
    format!(
        "  File: {file}{arrow}\n  Size: {size:<10}\tBlocks: {blocks:<10} IO Block: 4096   {kind}\n\
         Device: 8,1\tInode: {:<10}  Links: {links}\n\
         Access: ({mode:04o}/{letters})  Uid: ({id:>5}/{owner:>8})   Gid: ({id:>5}/{owner:>8})\n\
         Access: {date}\nModify: {date}\nChange: {date}\n Birth: {date}\n",
        inode(file),
    )
}

fn filled(format: &str, file: &str, details: &Details, owner: &str) -> Result<String, char> {
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        text += &match letters.next().unwrap_or('%') {
            'n' => file.to_owned(),
            's' => details.size.to_string(),
            'a' => format!("{:o}", details.mode),
            'A' => mode_text(details),
            'F' => kind(details).to_owned(),
            'h' => details.links.to_string(),
            'b' => blocks(details).to_string(),
            'U' | 'G' => owner.to_owned(),
            'u' | 'g' => (if owner == "root" { "0" } else { "1000" }).to_owned(),
            'Y' | 'X' | 'Z' => details.modified_ms.div_euclid(1000).to_string(),
            'y' | 'x' | 'z' => date(details),
            '%' => "%".to_owned(),
            letter => return Err(letter),
        };
    }
    Ok(text)
}
