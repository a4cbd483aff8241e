//! `help`: the commands of the drill.

use super::{COMMANDS, Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command =
    Command { name: "help", usage: "", summary: ["shows this list", "affiche cette liste"], run };

const INTRODUCTION: [&str; 2] = [
    "This is a shell with kubectl on a simulated cluster. Beside the commands you know there are:",
    "Ceci est un shell avec kubectl sur un cluster simulé. Outre les commandes habituelles, il y a :",
];

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    let mut text = format!("{}\n", either(INTRODUCTION, language));
    for command in COMMANDS {
        let call = format!("{} {}", command.name, command.usage);
        text += &format!("  {:<44} {}\n", call.trim_end(), either(command.summary, language));
    }
    front.print(Stream::Out, &text);
    LineEnd::default()
}
