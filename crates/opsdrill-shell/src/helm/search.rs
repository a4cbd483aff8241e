//! `helm search`: charts by words, in the indexes of the repositories that are known.

use std::cmp::Ordering;

use opsdrill_helm::release::json::{self, Fields};
use opsdrill_helm::repository::index::Entry;
use opsdrill_sprig::functions::patterns;
use opsdrill_sprig::version::{Constraint, Version};

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::OUTPUT;
use super::output::{self, Format};

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("search", "search for a keyword in charts", PARTS);

const PARTS: &[Command] = &[
    Command::not_simulated("hub", "search for charts in the Artifact Hub or your own hub instance"),
    Command::new("repo", "[keyword]", "search repositories for a keyword in charts", run)
        .takes(Count::Any)
        .flags(&[&[
            OUTPUT,
            Flag::switch("regexp").short('r').about("The words are an expression."),
            Flag::switch("versions").short('l').about("Every version of every chart."),
            Flag::switch("devel").about("Versions in the making, too."),
            Flag::text("version").about("Versions that will do."),
            Flag::integer("max-col-width", "50").about("The widest column."),
            Flag::switch("fail-on-no-result").about("Fail if nothing is found."),
        ]]),
];

/// The part of what is searched that a hit must be in at the latest.
const SCORE_MAX: usize = 25;

/// What parts the name, the path, the description and the words of a chart.
const SEPARATOR: char = '\u{b}';

/// A chart that was found.
struct Found {
    name: String,
    score: usize,
    entry: Entry,
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let format = Format::of(arguments)?;
    let wanted = match (arguments.text("version"), arguments.switch("devel")) {
        ("", true) => ">0.0.0-0",
        ("", false) => ">0.0.0",
        (given, _) => given,
    };
    let all = charts(helm)?;
    let mut found = chosen(all, arguments)?;
    found.sort_by(by_score);
    let range = Constraint::parse(wanted)
        .map_err(|why| Failure::Plain(format!("an invalid version/constraint format: {why}")))?;
    let mut shown: Vec<Found> = Vec::new();
    for it in found {
        let is_known =
            !arguments.switch("versions") && shown.iter().any(|known| known.name == it.name);
        let fits = |version: Version| range.allows(&version);
        if !is_known && Version::parse(&it.entry.metadata.version).is_ok_and(fits) {
            shown.push(it);
        }
    }
    if shown.is_empty() && arguments.switch("fail-on-no-result") {
        return Err("no results found".into());
    }
    let text = match format {
        Format::Table if shown.is_empty() => "No results found\n".to_owned(),
        Format::Table => {
            let most = usize::try_from(arguments.integer("max-col-width")).ok();
            table(&shown, most.filter(|it| *it > 0))
        }
        _ => output::document(&json::list(shown.iter().map(document)), format),
    };
    helm.out(&text);
    Ok(())
}

/// Every version of every chart of the repositories that are known.
fn charts(helm: &mut Helm) -> Outcome<Vec<Found>> {
    let known = helm.known_repositories()?.unwrap_or_default();
    if known.all.is_empty() {
        return Err("no repositories configured".into());
    }
    let mut all = Vec::new();
    for repository in known.all {
        let name = &repository.name;
        match helm.cached_index(name) {
            Ok(index) => {
                for (chart, entries) in index.entries {
                    all.extend(entries.into_iter().map(|entry| Found {
                        name: format!("{name}/{chart}"),
                        score: 0,
                        entry,
                    }));
                }
            }
            Err(why) => helm.err(&format!(
                "WARNING: Repo {name:?} is corrupt or missing. Try 'helm repo update'.\nWARNING: {}\n",
                why.text()
            )),
        }
    }
    Ok(all)
}

fn chosen(all: Vec<Found>, arguments: &Arguments) -> Outcome<Vec<Found>> {
    if arguments.positional.is_empty() {
        return Ok(all);
    }
    let words = arguments.positional.join(" ");
    let pattern = if arguments.switch("regexp") { Some(patterns::compile(&words)?) } else { None };
    let mut found = Vec::new();
    for mut it in all {
        let repository = it.name.split('/').next().unwrap_or_default();
        let Entry { metadata, .. } = &it.entry;
        let text = [
            metadata.name.clone(),
            format!("{repository}/{}", metadata.name),
            metadata.description.clone(),
            metadata.keywords.join(" "),
        ]
        .join(&SEPARATOR.to_string());
        let text = if pattern.is_some() { text } else { text.to_lowercase() };
        let place = match &pattern {
            Some(pattern) => pattern.find(&text).map(|it| it.start()),
            None => text.find(&words.to_lowercase()),
        };
        let Some(place) = place else { continue };
        it.score = text[..place].matches(SEPARATOR).count();
        if it.score < SCORE_MAX {
            found.push(it);
        }
    }
    Ok(found)
}

/// The best first, then by name, the newest first.
fn by_score(one: &Found, other: &Found) -> Ordering {
    let version = |it: &Found| Version::parse(&it.entry.metadata.version).ok();
    let newest = || match (version(one), version(other)) {
        (Some(one), Some(other)) => other.compare(&one),
        _ => Ordering::Equal,
    };
    one.score.cmp(&other.score).then_with(|| one.name.cmp(&other.name)).then_with(newest)
}

fn table(found: &[Found], most: Option<usize>) -> String {
    let header = ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"].map(str::to_owned);
    let rows = found.iter().map(|it| {
        let metadata = &it.entry.metadata;
        vec![
            it.name.clone(),
            metadata.version.clone(),
            metadata.app_version.clone(),
            metadata.description.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header.to_vec()).chain(rows).collect();
    output::table(&rows, most) + "\n"
}

fn document(found: &Found) -> String {
    let metadata = &found.entry.metadata;
    let mut fields = Fields::default();
    fields.text("name", &found.name);
    fields.text("version", &metadata.version);
    fields.text("app_version", &metadata.app_version);
    fields.text("description", &metadata.description);
    fields.end()
}
