//! `helm repo list`.

use opsdrill_helm::release::json::{self, Fields};

use crate::kubectl::flags::Arguments;

use crate::helm::command::Command;
use crate::helm::context::Helm;
use crate::helm::failure::Outcome;
use crate::helm::flags::OUTPUT;
use crate::helm::output::{self, Format};

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("list", "", "list chart repositories", run).aliases(&["ls"]).flags(&[&[OUTPUT]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let known = helm.known_repositories()?.unwrap_or_default().all;
    if format != Format::Table {
        let items = known.iter().map(|it| {
            let mut fields = Fields::default();
            fields.text("name", &it.name);
            fields.text("url", &it.url);
            fields.end()
        });
        helm.out(&output::document(&json::list(items), format));
        return Ok(());
    }
    if known.is_empty() {
        return Err("no repositories to show".into());
    }
    let header = vec!["NAME".to_owned(), "URL".to_owned()];
    let rows = known.into_iter().map(|it| vec![it.name, it.url]);
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    helm.out(&(output::table(&rows, None) + "\n"));
    Ok(())
}
