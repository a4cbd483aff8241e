//! `opsdrill list`: the scenarios.

use std::process::ExitCode;

use clap::Args;
use opsdrill_session::{Library, Scenario};

/// Arguments of `list`.
#[derive(Args)]
pub(crate) struct List {
    /// Prints the names only
    #[arg(long)]
    names: bool,
}

/// The headings of the columns.
const HEADINGS: [&str; 4] = ["NAME", "LEVEL", "TIME", "TITLE"];

impl List {
    pub(super) fn run(self, library: &Library) -> ExitCode {
        if self.names {
            library.names().for_each(|name| println!("{name}"));
            return ExitCode::SUCCESS;
        }
        let rows = library.names().map(|name| row(library, name));
        let rows: Vec<_> = std::iter::once(HEADINGS.map(str::to_owned)).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|it| it[column].chars().count()).max();
        let widths = [0, 1, 2].map(|column| width(column).unwrap_or_default());
        for [name, level, time, title] in &rows {
            println!(
                "{name:<0$}  {level:<1$}  {time:>2$}  {title}",
                widths[0], widths[1], widths[2]
            );
        }
        ExitCode::SUCCESS
    }
}

/// The cells of a scenario.
fn row(library: &Library, name: &str) -> [String; 4] {
    match Scenario::load(library, name, 0) {
        Ok(it) => [
            name.to_owned(),
            format!("{:?}", it.file.level).to_lowercase(),
            format!("{} min", it.file.minutes),
            it.file.title.en,
        ],
        Err(problems) => {
            let title = format!("cannot be read: {}", problems[0]);
            [name.to_owned(), "-".to_owned(), "-".to_owned(), title]
        }
    }
}
