//! The users of the kubeconfig.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

use super::clusters::{entry, names};
use super::contexts::{file_of, unexpected};

/// `kubectl config get-users`.
pub(super) struct GetUsers;

impl Verb for GetUsers {
    const NAME: &'static str = "get-users";
    const SUMMARY: &'static str = "Print the users of the kubeconfig";

    fn run(context: &mut Context, _: &Arguments) -> Outcome {
        let text = names(&context.config.users);
        context.out(&text);
        Ok(0)
    }
}

/// `kubectl config set-credentials`.
pub(super) struct SetCredentials;

impl Verb for SetCredentials {
    const NAME: &'static str = "set-credentials";
    const USAGE: &'static str =
        "NAME [--token=TOKEN] [--client-certificate=FILE --client-key=FILE]";
    const SUMMARY: &'static str = "Change a user of the kubeconfig, or add one";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("token").about("A token."),
        Flag::text("username").about("A user name."),
        Flag::text("password").about("Its password."),
        Flag::text("client-certificate").about("A file with a certificate."),
        Flag::text("client-key").about("A file with its key."),
        Flag::switch("embed-certs").not_simulated(),
        Flag::text("auth-provider").not_simulated(),
        Flag::list("auth-provider-arg").not_simulated(),
        Flag::text("exec-api-version").not_simulated(),
        Flag::list("exec-arg").not_simulated(),
        Flag::text("exec-command").not_simulated(),
        Flag::array("exec-env").not_simulated(),
        Flag::text("exec-interactive-mode").not_simulated(),
        Flag::switch("exec-provide-cluster-info").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name] = arguments.positional.as_slice() else {
            let words = arguments.positional.join(" ");
            return Err(ToolError::plain(format!("unexpected args: [{words}]")));
        };
        let has = |flag: &str| !arguments.text(flag).is_empty();
        if has("token") && (has("username") || has("password")) {
            return Err(ToolError::plain(
                "you cannot specify more than one authentication method at the same time: --token, --username/--password",
            ));
        }
        let entry = entry(&mut context.config.users, name);
        for flag in ["token", "username", "password", "client-certificate", "client-key"] {
            if !arguments.is_set(flag) {
                continue;
            }
            let others: &[&str] = match flag {
                "token" => &["username", "password"],
                "username" | "password" => &["token"],
                "client-key" => &["client-key-data"],
                _ => &["client-certificate-data"],
            };
            for other in others {
                entry.fields.remove(*other);
            }
            entry.fields.insert(flag.to_owned(), arguments.text(flag).into());
        }
        context.out(&format!("User {name:?} set.\n"));
        Ok(0)
    }
}

/// `kubectl config delete-user`.
pub(super) struct DeleteUser;

impl Verb for DeleteUser {
    const NAME: &'static str = "delete-user";
    const USAGE: &'static str = "NAME";
    const SUMMARY: &'static str = "Take a user out of the kubeconfig";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = match arguments.positional.as_slice() {
            [] => return Err(ToolError::usage("user to delete is required")),
            [name] => name,
            _ => return Err(unexpected(arguments)),
        };
        let file = file_of(context);
        let before = context.config.users.len();
        context.config.users.retain(|it| it.name != *name);
        if context.config.users.len() == before {
            return Err(ToolError::plain(format!("cannot delete user {name}, not in {file}")));
        }
        context.out(&format!("deleted user {name} from {file}\n"));
        Ok(0)
    }
}
