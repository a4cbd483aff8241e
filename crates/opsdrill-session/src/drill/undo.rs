//! `undo`: goes back before the last command; time goes back with it.

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "undo",
    usage: "",
    summary: ["goes back before the last command", "revient avant la dernière commande"],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    if session.undo() {
        return LineEnd::default();
    }
    front.print(
        Stream::Err,
        either(["undo: there is nothing to undo\n", "undo : rien à annuler\n"], language),
    );
    LineEnd { status: 1, ..LineEnd::default() }
}
