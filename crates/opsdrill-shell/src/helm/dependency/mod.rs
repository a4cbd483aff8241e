//! `helm dependency`: the charts that a chart needs.
//!
//! - [`update`]: fetching them

mod update;

use opsdrill_helm::Chart;
use opsdrill_helm::chart::Dependency;
use opsdrill_sprig::functions::paths;
use opsdrill_sprig::version::{Constraint, Version};

use crate::kubectl::flags::{Arguments, Flag};

use crate::helm::charts::is_packed;
use crate::helm::command::{Command, Count};
use crate::helm::context::Helm;
use crate::helm::failure::Outcome;
use crate::helm::output;

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("dependency", "manage a chart's dependencies", PARTS)
        .aliases(&["dep", "dependencies"]);

/// What `build` and `update` share.
const FETCHING: &[Flag] = &[
    Flag::switch("skip-refresh").about("Do not refresh the cached indexes."),
    Flag::switch("verify").about("Look whether what is fetched is signed, which is not simulated."),
    Flag::text("keyring").default("pubring.gpg").about("Where keys are."),
    Flag::text("username").not_simulated(),
    Flag::text("password").not_simulated(),
    Flag::switch("insecure-skip-tls-verify").about("Believe any certificate."),
    Flag::switch("plain-http").not_simulated(),
    Flag::text("ca-file").not_simulated(),
    Flag::text("cert-file").not_simulated(),
    Flag::text("key-file").not_simulated(),
];

const PARTS: &[Command] = &[
    Command::new(
        "build",
        "CHART",
        "rebuild the charts/ directory based on the Chart.lock file",
        update::build,
    )
    .takes(Count::AtMost(1))
    .flags(&[FETCHING]),
    Command::new("list", "CHART", "list the dependencies for the given chart", list)
        .aliases(&["ls"])
        .takes(Count::AtMost(1))
        .flags(&[&[Flag::integer("max-col-width", "80").about("The widest column.")]]),
    Command::new(
        "update",
        "CHART",
        "update charts/ based on the contents of Chart.yaml",
        update::update,
    )
    .aliases(&["up"])
    .takes(Count::AtMost(1))
    .flags(&[FETCHING]),
];

fn list(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let path = &paths::cleaned(arguments.positional.first().map_or(".", String::as_str));
    let chart = helm.chart(path)?;
    let Some(asked) = &chart.metadata.dependencies else {
        let folder = paths::cleaned(&format!("{path}/charts"));
        helm.out(&format!("WARNING: no dependencies at {folder}\n"));
        return Ok(());
    };
    let mut rows = vec![["NAME", "VERSION", "REPOSITORY", "STATUS"].map(str::to_owned).to_vec()];
    for dependency in asked {
        rows.push(vec![
            dependency.name.clone(),
            dependency.version.clone(),
            dependency.repository.clone(),
            standing(helm, path, dependency, &chart).to_owned(),
        ]);
    }
    let most = usize::try_from(arguments.integer("max-col-width")).ok().filter(|it| *it > 0);
    helm.out(&format!("{}\n\n", output::table(&rows, most)));
    for name in helm.kube.surroundings.entries(&format!("{path}/charts")).unwrap_or_default() {
        let file = format!("{path}/charts/{name}");
        if !helm.is_folder(&file) && !is_packed(&name) {
            continue;
        }
        let text = match helm.chart(&file) {
            Err(_) => format!("WARNING: {file:?} is not a chart.\n"),
            Ok(found) if asked.iter().all(|it| it.name != found.name()) => {
                format!("WARNING: {file:?} is not in Chart.yaml.\n")
            }
            Ok(_) => continue,
        };
        helm.out(&text);
    }
    Ok(())
}

/// How a needed chart stands.
fn standing(helm: &Helm, path: &str, wanted: &Dependency, chart: &Chart) -> &'static str {
    let prefix = format!("{}-", wanted.name);
    let folder = format!("{path}/charts");
    let names = helm.kube.surroundings.entries(&folder).unwrap_or_default();
    let packed: Vec<&String> =
        names.iter().filter(|it| it.starts_with(&prefix) && is_packed(it)).collect();
    if let [only] = packed.as_slice() {
        return match helm.chart(&format!("{folder}/{only}")) {
            Err(_) => "corrupt",
            Ok(found) if found.name() != wanted.name => "misnamed",
            Ok(found) => version(&found, wanted).unwrap_or("ok"),
        };
    }
    if packed.len() > 1 {
        return "too many matches";
    }
    match chart.subcharts.iter().find(|it| it.name() == wanted.name) {
        None => "missing",
        Some(found) => version(found, wanted).unwrap_or("unpacked"),
    }
}

/// What is wrong with a chart's version, if anything is.
fn version(found: &Chart, wanted: &Dependency) -> Option<&'static str> {
    if found.metadata.version == wanted.version {
        return None;
    }
    match (Constraint::parse(&wanted.version), Version::parse(&found.metadata.version)) {
        (Ok(range), Ok(version)) if range.allows(&version) => None,
        (Ok(_), Ok(_)) => Some("wrong version"),
        _ => Some("invalid version"),
    }
}
