//! `mktemp`: a new file or directory whose name comes from the session's chance.

use super::{Reply, Surroundings};
use crate::shell::Request;
use crate::{ToolResult, Workspace};

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const TRY_HELP: &str = "Try 'mktemp --help' for more information.\n";
/// How often a taken name is drawn again.
const ATTEMPTS: usize = 100;

#[derive(Default)]
struct Options {
    directory: bool,
    dry_run: bool,
    quiet: bool,
    parent: Option<String>,
    suffix: String,
    template: Option<String>,
}

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let options = match parse(request) {
        Ok(options) => options,
        Err(complaint) => return ToolResult::fail(complaint, 1).into(),
    };
    let template = options.template.clone().unwrap_or_else(|| "tmp.XXXXXXXXXX".to_owned());
    let stem = template.trim_end_matches('X');
    let holes = template.len() - stem.len();
    let (stem, holes, suffix) = match template.rfind('X') {
        _ if holes >= 3 => (stem.to_owned(), holes, options.suffix.clone()),
        Some(last) if options.suffix.is_empty() => {
            let head = &template[..=last];
            let stem = head.trim_end_matches('X');
            (stem.to_owned(), head.len() - stem.len(), template[last + 1..].to_owned())
        }
        _ => (String::new(), 0, String::new()),
    };
    if holes < 3 {
        return ToolResult::fail(format!("mktemp: too few X's in template ‘{template}’\n"), 1)
            .into();
    }
    for _ in 0..ATTEMPTS {
        let drawn: String = (0..holes)
            .map(|_| char::from(LETTERS[(around.host.random_u64("mktemp") % 62) as usize]))
            .collect();
        let name = format!("{stem}{drawn}{suffix}");
        let shown = options
            .parent
            .as_ref()
            .map_or(name.clone(), |parent| format!("{}/{name}", parent.trim_end_matches('/')));
        let path = Workspace::resolve(&request.cwd, &shown);
        if around.workspace.exists(&path) {
            continue;
        }
        let made = match (options.dry_run, options.directory) {
            (true, _) => Ok(()),
            (_, true)
                if around
                    .workspace
                    .is_dir(path.rsplit_once('/').map_or("/", |(parent, _)| parent)) =>
            {
                around.workspace.make_dirs(&path)
            }
            (_, true) => Err(crate::FileError::NotFound),
            (_, false) => around.workspace.write(&path, b""),
        };
        return match made {
            Ok(()) => ToolResult::ok(format!("{shown}\n")).into(),
            Err(_) if options.quiet => ToolResult::fail("", 1).into(),
            Err(error) => {
                let kind = if options.directory { "directory" } else { "file" };
                let template = options.parent.map_or(template.clone(), |parent| {
                    format!("{}/{template}", parent.trim_end_matches('/'))
                });
                ToolResult::fail(
                    format!("mktemp: failed to create {kind} via template ‘{template}’: {error}\n"),
                    1,
                )
                .into()
            }
        };
    }
    ToolResult::fail(
        format!("mktemp: failed to create file via template ‘{template}’: File exists\n"),
        1,
    )
    .into()
}

fn parse(request: &Request) -> Result<Options, String> {
    let mut options = Options::default();
    let temporary = || {
        request
            .env
            .get("TMPDIR")
            .filter(|dir| !dir.is_empty())
            .cloned()
            .unwrap_or_else(|| "/tmp".to_owned())
    };
    let mut words = request.argv[1..].iter();
    let mut in_temporary = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-d" | "--directory" => options.directory = true,
            "-u" | "--dry-run" => options.dry_run = true,
            "-q" | "--quiet" => options.quiet = true,
            "-t" | "--tmpdir" => in_temporary = true,
            "-p" => {
                options.parent = Some(
                    words
                        .next()
                        .ok_or_else(|| {
                            format!("mktemp: option requires an argument -- 'p'\n{TRY_HELP}")
                        })?
                        .clone(),
                );
            }
            "--suffix" => options.suffix = words.next().cloned().unwrap_or_default(),
            word if word.starts_with("--tmpdir=") => {
                options.parent = Some(word["--tmpdir=".len()..].to_owned());
            }
            word if word.starts_with("--suffix=") => {
                word["--suffix=".len()..].clone_into(&mut options.suffix);
            }
            word if word.starts_with("--") => {
                return Err(format!("mktemp: unrecognized option '{word}'\n{TRY_HELP}"));
            }
            word if word.len() > 1
                && word.starts_with('-')
                && word[1..].chars().all(|letter| "duqt".contains(letter)) =>
            {
                options.directory |= word.contains('d');
                options.dry_run |= word.contains('u');
                options.quiet |= word.contains('q');
                in_temporary |= word.contains('t');
            }
            word if word.len() > 1 && word.starts_with('-') => {
                return Err(format!("mktemp: invalid option -- '{}'\n{TRY_HELP}", &word[1..2]));
            }
            _ if options.template.is_some() => {
                return Err(format!("mktemp: too many templates\n{TRY_HELP}"));
            }
            template => options.template = Some(template.to_owned()),
        }
    }
    if options.parent.is_none() && (in_temporary || options.template.is_none()) {
        options.parent = Some(temporary());
    }
    Ok(options)
}
