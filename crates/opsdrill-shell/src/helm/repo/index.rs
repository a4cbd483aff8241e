//! `helm repo index`: an index of the archives in a folder.

use opsdrill_helm::Chart;
use opsdrill_helm::repository::index::{Entry, Index};

use crate::kubectl::flags::{Arguments, Flag};

use crate::helm::charts::is_packed;
use crate::helm::command::{Command, Count};
use crate::helm::context::Helm;
use crate::helm::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "index",
    "[DIR]",
    "generate an index file given a directory containing packaged charts",
    run,
)
.takes(Count::Exactly(1))
.flags(&[&[
    Flag::text("url").about("The address of the repository."),
    Flag::text("merge").about("An index of which all is taken over that is not there."),
    Flag::switch("json").about("Write JSON."),
]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let folder = helm.absolute(&arguments.positional[0]);
    let url = arguments.text("url").trim_end_matches('/').to_owned();
    let mut index = Index::default();
    let inside = |folder: &str| helm.kube.surroundings.entries(folder).unwrap_or_default();
    let own = inside(&folder).into_iter().filter(|it| is_packed(it));
    let below = inside(&folder).into_iter().flat_map(|name| {
        let files = inside(&format!("{folder}/{name}")).into_iter().filter(|it| is_packed(it));
        files.map(move |it| format!("{name}/{it}")).collect::<Vec<_>>()
    });
    let paths: Vec<String> = own.chain(below).collect();
    for path in paths {
        let Ok(bytes) = helm.kube.surroundings.read(&format!("{folder}/{path}")) else { continue };
        // What is no chart is passed over.
        let Ok(chart) = Chart::from_archive(&bytes) else { continue };
        let place = if url.is_empty() { path } else { format!("{url}/{path}") };
        index.add(Entry::new(chart.metadata, place, &bytes, helm.now()));
    }
    let merged = arguments.text("merge");
    if !merged.is_empty() {
        if let Ok(bytes) = helm.kube.surroundings.read(merged) {
            let read = Index::read(&String::from_utf8_lossy(&bytes), merged);
            let failed = |why| format!("merge failed: error loading {merged}: {why}");
            index.merge(read.map_err(failed)?.index);
        } else {
            let empty = Index::default().to_yaml(helm.now());
            helm.write_all(merged, empty.as_bytes())?;
        }
    }
    index.sort();
    let now = helm.now();
    let text = if arguments.switch("json") { index.to_json(now) } else { index.to_yaml(now) };
    let file = format!("{folder}/index.yaml");
    helm.kube.surroundings.write(&file, text.as_bytes()).map_err(|why| {
        let number = helm.kube.door.random_u64("temporary files") % (1 << 32);
        Failure::Plain(format!("open {file}{number}: {}", why.0))
    })
}
