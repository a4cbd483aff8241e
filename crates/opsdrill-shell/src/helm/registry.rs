//! `helm registry`: logins to registries.

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("registry", "login to or logout from a registry", PARTS);

const PARTS: &[Command] = &[
    Command::new("login", "[host]", "login to a registry", log_in).takes(Count::AtLeast(1)).flags(
        &[&[
            Flag::text("username").short('u').about("The user."),
            Flag::text("password").short('p').about("The user's password."),
            Flag::switch("password-stdin").about("Read the password from standard input."),
            Flag::switch("insecure").about("Believe any certificate."),
            Flag::switch("plain-http").not_simulated(),
            Flag::text("ca-file").not_simulated(),
            Flag::text("cert-file").not_simulated(),
            Flag::text("key-file").not_simulated(),
        ]],
    ),
    Command::new("logout", "[host]", "logout from a registry", log_out).takes(Count::AtLeast(1)),
];

fn log_in(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    helm.check_logins()?;
    let given = arguments.text("password");
    let password = if arguments.switch("password-stdin") {
        let text = String::from_utf8_lossy(helm.kube.stdin.unwrap_or_default()).into_owned();
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.strip_suffix('\r').unwrap_or(text).to_owned()
    } else if given.is_empty() {
        return Err(Failure::NotSimulated("a question for a password".to_owned()));
    } else {
        helm.err("WARNING: Using --password via the CLI is insecure. Use --password-stdin.\n");
        given.to_owned()
    };
    let host = &arguments.positional[0];
    let host = ["oci://", "http://", "https://"]
        .iter()
        .find_map(|it| host.strip_prefix(it))
        .unwrap_or(host);
    let host = host.split('/').next().unwrap_or(host).to_owned();
    helm.log_in(&host, arguments.text("username"), &password)
}

fn log_out(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    helm.check_logins()?;
    helm.log_out(&arguments.positional[0].clone())
}
