//! `opsdrill serve`: a session for the trainee's own tools, over HTTPS.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_server::{Server, Settings};
use opsdrill_session::session::Options;
use opsdrill_session::{Library, Session};

use crate::files::{Lock, SessionFiles};
use crate::mirror::Mirror;
use crate::pace::Pace;
use crate::{content, serving};

/// The workspace's name in a session's folder.
const WORKSPACE: &str = "workspace";

/// Arguments of `serve`.
#[derive(Args)]
pub(crate) struct Serve {
    /// The scenario; see `opsdrill list`
    #[arg(required_unless_present = "empty", conflicts_with = "empty")]
    name: Option<String>,
    /// A cluster of three nodes with nothing on it
    #[arg(long)]
    empty: bool,
    /// The seed of all chance
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many simulated seconds pass in each second
    #[arg(long, default_value = "1", value_parser = Pace::parse)]
    pace: Pace,
    #[command(flatten)]
    door: Door,
}

/// Where the cluster is served, and to whom.
#[derive(Args)]
pub(crate) struct Door {
    /// The address and port to listen on; every other machine that reaches it can try to come in
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A further user who gets a certificate, with groups: `jane` or `jane:developers,testers`
    #[arg(long, value_name = "USER[:GROUP,…]")]
    user: Vec<String>,
}

impl Door {
    /// How the server is started for a session.
    pub(super) fn settings(&self, session: &Session) -> Settings {
        let first = session.identity();
        let further = self.user.iter().map(|it| opsdrill_server::credentials::user_of(it));
        Settings {
            listen: self.listen,
            namespace: session.scenario().file.namespace.clone(),
            users: std::iter::once(first).chain(further).collect(),
        }
    }
}

/// Runs a session at the prompt and for tools outside at the same time.
pub(super) fn conduct(
    session: &mut Session,
    files: &SessionFiles,
    lock: Lock,
    pace: Pace,
    door: &Door,
) -> Result<ExitCode, String> {
    // A served cluster lives in time.
    let pace = if pace == Pace::Jump { Pace::Times(1) } else { pace };
    let mut mirror = Mirror::lay_out(files.path(WORKSPACE), session, files.last_written())?;
    let mut sink = files.open(session.log(), lock)?;
    let (server, mut desk) = Server::start(&door.settings(session))?;
    serving::announce(&server, files, &mirror, session)?;
    let status = serving::beside_the_prompt(session, &mut sink, &mut desk, &mut mirror, pace)?;
    drop(server);
    super::keep_result(session, files)?;
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

impl Serve {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        if self.pace == Pace::Jump {
            return Err("a served cluster lives in time: write a number after --pace".to_owned());
        }
        let name = self.name.clone().unwrap_or_else(|| content::EMPTY.to_owned());
        let options = Options { seed: self.seed, ..Options::default() };
        let mut session =
            Session::new(library, &name, options).map_err(|problems| problems.join("\n"))?;
        let files = SessionFiles::create(&name)?;
        let lock = files.lock()?;
        if !self.empty {
            println!("{}", session.greeting());
        }
        let mut sink = files.open(session.log(), lock)?;
        let (server, mut desk) = Server::start(&self.door.settings(&session))?;
        let mut mirror = Mirror::lay_out(files.path(WORKSPACE), &session, None)?;
        serving::announce(&server, &files, &mirror, &session)?;
        serving::until_interrupted(&mut session, &mut sink, &mut desk, &mut mirror, self.pace)?;
        drop(server);
        super::keep_result(&session, &files)?;
        Ok(ExitCode::SUCCESS)
    }
}
