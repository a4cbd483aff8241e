//! `clock`: the simulated date and how long the incident lasts.

use opsdrill_objects::timestamp;

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "clock",
    usage: "",
    summary: [
        "shows the simulated date and how long you have been at it",
        "affiche la date simulée et la durée écoulée",
    ],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let stage = session.stage();
    let seconds = stage.cluster.now().since(stage.start).as_seconds();
    let date = timestamp::format(stage.cluster.unix_now());
    let since = either(["since the ticket", "depuis le ticket"], session.language());
    front.print(
        Stream::Out,
        &format!(
            "{date}  +{}:{:02}:{:02} {since}\n",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ),
    );
    LineEnd::default()
}
