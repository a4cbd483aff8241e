//! `status`: how the users fare and what the objectives say; never why.

use std::fmt::Write as _;

use super::{Command, either, say};
use crate::front_end::{FrontEnd, Stream};
use crate::grade::users;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "status",
    usage: "",
    summary: [
        "shows how the users fare and which objectives are reached",
        "montre l'état des utilisateurs et des objectifs",
    ],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    session.play.stage.judge();
    let language = session.language();
    let mut out = String::new();
    for (name, success) in users::now(&session.play.stage) {
        let word = either(["of requests succeed", "des requêtes réussissent"], language);
        let _ = writeln!(out, "{name}: {} {word}", users::percent(success));
    }
    for (objective, watched) in
        session.play.scenario.file.objectives.iter().zip(&session.play.stage.objectives)
    {
        let mark = if watched.met_since().is_some() { "[x]" } else { "[ ]" };
        let _ = writeln!(out, "{mark} {}", say(&objective.title, language));
    }
    front.print(Stream::Out, &out);
    LineEnd::default()
}
