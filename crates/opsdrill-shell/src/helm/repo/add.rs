//! `helm repo add`.

use crate::kubectl::flags::{Arguments, Flag};

use crate::helm::command::{Command, Count};
use crate::helm::context::Helm;
use crate::helm::failure::{Failure, Outcome};
use crate::helm::repositories::Repository;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("add", "[NAME] [URL]", "add a chart repository", run)
        .takes(Count::Exactly(2))
        .flags(&[&[
            Flag::text("username").about("The user."),
            Flag::text("password").about("The user's password."),
            Flag::switch("password-stdin").about("Read the password from standard input."),
            Flag::switch("force-update").about("Take the place of the one of that name."),
            Flag::switch("no-update").about("Does nothing any more."),
            Flag::switch("allow-deprecated-repos").about("Allow addresses that are gone."),
            Flag::switch("pass-credentials").about("Use the password for other hosts, too."),
            Flag::switch("insecure-skip-tls-verify").about("Believe any certificate."),
            Flag::duration("timeout", "2m0s").about("How long the index may take."),
            Flag::text("ca-file").not_simulated(),
            Flag::text("cert-file").not_simulated(),
            Flag::text("key-file").not_simulated(),
        ]]);

/// Addresses that are gone for good, and what took their place.
const GONE: &[(&str, &str)] = &[
    ("//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
];

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let (name, url) = (&arguments.positional[0], &arguments.positional[1]);
    if !arguments.switch("allow-deprecated-repos")
        && let Some((_, instead)) = GONE.iter().find(|it| url.contains(it.0))
    {
        return Err(Failure::Plain(format!(
            "repo {url:?} is no longer available; try {instead:?} instead"
        )));
    }
    let mut known = helm.known_repositories()?.unwrap_or_default();
    let added = Repository {
        name: name.clone(),
        url: url.clone(),
        username: arguments.text("username").to_owned(),
        password: helm.password(arguments)?,
        is_insecure: arguments.switch("insecure-skip-tls-verify"),
        passes_credentials: arguments.switch("pass-credentials"),
    };
    if name.contains('/') {
        return Err(Failure::Plain(format!(
            "repository name ({name}) contains '/', please specify a different name without '/'"
        )));
    }
    if let Some(there) = known.find(name).filter(|_| !arguments.switch("force-update")) {
        if *there != added {
            return Err(Failure::Plain(format!(
                "repository name ({name}) already exists, please specify a different name"
            )));
        }
        helm.out(&format!("{name:?} already exists with the same configuration, skipping\n"));
        return Ok(());
    }
    added.check_scheme()?;
    helm.update_repository(&added).map_err(|why| {
        why.while_doing(&format!(
            "looks like {url:?} is not a valid chart repository or cannot be reached"
        ))
    })?;
    known.update(added);
    helm.keep_repositories(&known)?;
    helm.out(&format!("{name:?} has been added to your repositories\n"));
    Ok(())
}

impl Helm<'_> {
    /// The password that goes with `--username`.
    fn password(&self, arguments: &Arguments) -> Outcome<String> {
        let given = arguments.text("password");
        if !given.is_empty() || arguments.text("username").is_empty() {
            return Ok(given.to_owned());
        }
        match self.kube.stdin {
            Some(stdin) if arguments.switch("password-stdin") => {
                let text = String::from_utf8_lossy(stdin);
                let text = text.strip_suffix('\n').unwrap_or(&text);
                Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
            }
            _ => Err(Failure::NotSimulated("a question for a password".to_owned())),
        }
    }
}
