//! `help`: the commands of the drill.

use super::{COMMANDS, Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command =
    Command { name: "help", usage: "[COMMAND]", summary: SUMMARY, run };

const SUMMARY: [&str; 2] =
    ["shows this list, or what a command does", "affiche cette liste, ou ce que fait une commande"];

const INTRODUCTION: [&str; 2] = [
    "This is a shell with kubectl on a simulated cluster. Beside the commands you know there are:",
    "Ceci est un shell avec kubectl sur un cluster simulé. Outre les commandes habituelles, il y a :",
];

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    match arguments {
        [] => {}
        [name] => {
            if let Some(command) = COMMANDS.iter().find(|it| it.name == name) {
                return command.run(session, &["--help".to_owned()], front);
            }
            let text = either(
                ["no command of the drill is called", "aucune commande de l'exercice ne s'appelle"],
                language,
            );
            return COMMAND.refuse(&format!("{text} {name:?}"), language, front);
        }
        _ => {
            let text = either(["one command at most", "une commande au plus"], language);
            return COMMAND.refuse(text, language, front);
        }
    }
    let mut text = format!("{}\n", either(INTRODUCTION, language));
    for command in COMMANDS {
        let call = format!("{} {}", command.name, command.usage);
        text += &format!("  {:<44} {}\n", call.trim_end(), either(command.summary, language));
    }
    front.print(Stream::Out, &text);
    LineEnd::default()
}
