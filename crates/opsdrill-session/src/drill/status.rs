//! `status`: how the users fare and what the objectives say; never why.

use std::fmt::Write as _;

use super::{Command, either, say};
use crate::front_end::{FrontEnd, Stream};
use crate::grade::text::lasting;
use crate::grade::users;
use crate::scenario::span;
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
        let name = session.play.scenario.title_of_users(&name, language);
        let word = either(["of requests succeed", "des requêtes réussissent"], language);
        let _ = writeln!(out, "{name}: {} {word}", users::percent(success, language));
    }
    let now = session.now();
    for (objective, watched) in
        session.play.scenario.file.objectives.iter().zip(&session.play.stage.objectives)
    {
        let title = say(&objective.title, language);
        let wanted = span::parse(&objective.hold).expect("checked when the scenario was loaded");
        let _ = match watched.met_since().map(|it| now.since(it)) {
            None => writeln!(out, "[ ] {title}"),
            Some(held) if held >= wanted => writeln!(out, "[x] {title}"),
            Some(held) => {
                let word = either(["so for", "vrai depuis"], language);
                let of = either(["of", "sur"], language);
                let (held, wanted) = (lasting(held.0), lasting(wanted.0));
                writeln!(out, "[~] {title} ({word} {held} {of} {wanted})")
            }
        };
    }
    front.print(Stream::Out, &out);
    LineEnd::default()
}
