//! `kubectl cp`: files between the trainee's machine and a container.

use opsdrill_objects::Kind;

use crate::door::{ContainerPlace, CopiedFile, CopyError};
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// How deep folders are copied.
const DEPTH_MAX: usize = 16;

/// `kubectl cp`.
pub(super) struct Cp;

impl Verb for Cp {
    const NAME: &'static str = "cp";
    const USAGE: &'static str = "[[NAMESPACE/]POD:]FROM [[NAMESPACE/]POD:]TO [-c CONTAINER]";
    const SUMMARY: &'static str = "Copy files and folders to and from containers";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("container").short('c').about("The container."),
        Flag::switch("no-preserve").about("Leave owner and mode of the files as they come."),
        Flag::integer("retries", "0").about("How often a broken transfer is begun again."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [from, to] = arguments.positional.as_slice() else {
            return Err(ToolError::plain("source and destination are required"));
        };
        let (from, to) = (Place::parse(from)?, Place::parse(to)?);
        match (&from.pod, &to.pod) {
            (Some(_), Some(_)) => {
                Err(ToolError::plain("one of src or dest must be a local file specification"))
            }
            (None, None) => {
                Err(ToolError::plain("one of src or dest must be a remote file specification"))
            }
            _ if from.path.is_empty() || to.path.is_empty() => {
                Err(ToolError::plain("filepath can not be empty"))
            }
            (Some(_), None) => copy_from(context, arguments, &from, &to.path),
            (None, Some(_)) => copy_to(context, arguments, &from.path, &to),
        }
    }
}

/// One end of the copy.
struct Place {
    namespace: Option<String>,
    /// The pod; `None` for the trainee's machine.
    pod: Option<String>,
    path: String,
}

impl Place {
    fn parse(text: &str) -> Result<Self, ToolError> {
        let local = || Self { namespace: None, pod: None, path: text.to_owned() };
        let Some((pod, path)) = text.split_once(':') else { return Ok(local()) };
        if pod.is_empty() {
            return Ok(local());
        }
        let parts: Vec<&str> = pod.split('/').collect();
        let (namespace, pod) = match parts.as_slice() {
            [pod] => (None, *pod),
            [namespace, pod] => (Some((*namespace).to_owned()), *pod),
            _ => {
                return Err(ToolError::plain(
                    "filespec must match the canonical format: [[namespace/]pod:]file/path",
                ));
            }
        };
        Ok(Self { namespace, pod: Some(pod.to_owned()), path: path.to_owned() })
    }

    /// The container that is meant.
    fn container(
        &self,
        context: &mut Context,
        arguments: &Arguments,
    ) -> Result<ContainerPlace, ToolError> {
        let namespace = self.namespace.clone().unwrap_or_else(|| context.namespace.clone());
        let name = self.pod.clone().expect("the caller looked for a pod");
        let object = context.get(Kind::Pod, &name, &namespace)?;
        let pod = object.pod().expect("a pod was asked for");
        if pod.is_finished() {
            return Err(ToolError::plain(format!(
                "cannot exec into a container in a completed pod; current phase is {}",
                pod.phase()
            )));
        }
        let container = match arguments.text("container") {
            "" => super::logs::default_container(context, &object, false),
            given => given.to_owned(),
        };
        Ok(ContainerPlace { namespace, pod: name, container })
    }
}

/// What `tar` or the server complain of, as kubectl passes it on.
fn complain(context: &mut Context, error: CopyError) -> ToolError {
    match error {
        CopyError::Tar { stderr, exit_code } => {
            context.err(&stderr);
            context.err(&format!("command terminated with exit code {exit_code}\n"));
            ToolError::Exit(exit_code)
        }
        CopyError::Refused(refusal) => super::exec::failure(refusal),
    }
}

fn copy_to(context: &mut Context, arguments: &Arguments, from: &str, to: &Place) -> Outcome {
    let is_folder = context.surroundings.entries(from).is_some();
    if !is_folder && context.surroundings.read(from).is_err() {
        return Err(ToolError::plain(format!("{from} doesn't exist in local filesystem")));
    }
    let place = to.container(context, arguments)?;
    let mut target = to.path.trim_end_matches('/').to_owned();
    let base = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let inside = context.door.is_folder(&place, &to.path).unwrap_or_default();
    if inside && !matches!(base, "" | "." | "..") {
        target = format!("{target}/{base}");
    }
    let (folder, name) = match target.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => (".", target.as_str()),
    };
    let mut files = Vec::new();
    pack(context, from, name, DEPTH_MAX, &mut files)?;
    match context.door.copy_in(&place, folder, &files) {
        Ok(()) => Ok(0),
        Err(error) => Err(complain(context, error)),
    }
}

/// Reads a file, or a folder with all that lies in it, under another name.
fn pack(
    context: &Context,
    path: &str,
    name: &str,
    depth: usize,
    files: &mut Vec<CopiedFile>,
) -> Result<(), ToolError> {
    let Some(names) = context.surroundings.entries(path) else {
        let read = context.surroundings.read(path);
        let bytes = read.map_err(|why| ToolError::plain(format!("open {path}: {}", why.0)))?;
        files.push(CopiedFile { path: name.to_owned(), content: Some(bytes) });
        return Ok(());
    };
    files.push(CopiedFile { path: name.to_owned(), content: None });
    if depth == 0 {
        return Err(ToolError::not_simulated("kubectl cp of folders so deep"));
    }
    for entry in names {
        let path = format!("{}/{entry}", path.trim_end_matches('/'));
        pack(context, &path, &format!("{name}/{entry}"), depth - 1, files)?;
    }
    Ok(())
}

fn copy_from(context: &mut Context, arguments: &Arguments, from: &Place, to: &str) -> Outcome {
    let place = from.container(context, arguments)?;
    let copied = match context.door.copy_out(&place, &from.path) {
        Ok(copied) => copied,
        Err(error) => return Err(complain(context, error)),
    };
    context.err(&copied.stderr);
    for file in &copied.files {
        let path = if file.path.is_empty() {
            to.to_owned()
        } else {
            format!("{}/{}", to.trim_end_matches('/'), file.path)
        };
        let is_folder = context.surroundings.entries(&path).is_some();
        let done = match &file.content {
            Some(_) if is_folder => {
                return Err(ToolError::plain(format!("open {path}: is a directory")));
            }
            Some(bytes) => {
                let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                let made = match above {
                    "" => Ok(()),
                    above => context.surroundings.make_folder(above),
                };
                made.and_then(|()| context.surroundings.write(&path, bytes))
            }
            None => context.surroundings.make_folder(&path),
        };
        done.map_err(|why| ToolError::plain(format!("open {path}: {}", why.0)))?;
    }
    Ok(0)
}
