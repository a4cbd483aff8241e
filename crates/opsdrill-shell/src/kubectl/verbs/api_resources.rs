//! `kubectl api-resources`.

use opsdrill_objects::KindInfo;
use opsdrill_objects::table::{LIST, align, tabbed};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::metrics;

/// `kubectl api-resources`.
pub(super) struct ApiResources;

impl Verb for ApiResources {
    const NAME: &'static str = "api-resources";
    const SUMMARY: &'static str = "Print the resource types that the server knows";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("output").short('o').about("wide or name."),
        Flag::switch("namespaced")
            .default("true")
            .about("Only types that are (or are not) namespaced."),
        Flag::text("api-group").about("Only types of this group."),
        Flag::text("sort-by").about("name or kind."),
        Flag::switch("no-headers").about("No headings."),
        Flag::switch("cached").about("Nothing is cached here: the answer is the same."),
        Flag::list("verbs").about("Only types that know all of these verbs."),
        Flag::list("categories").about("Only types of all of these categories."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.positional.is_empty() {
            let words = arguments.positional.join(" ");
            return Err(ToolError::usage(format!("unexpected arguments: [{words}]")));
        }
        let kinds = context.door.kinds();
        let measured = metrics::resources(&kinds).map(Row::measured);
        let all = kinds.rows().flat_map(rows_of).chain(measured);
        let mut rows: Vec<Row> = all.filter(|it| is_wanted(it, arguments)).collect();
        rows.sort_by_key(|it| (it.group, it.version, it.plural));
        match arguments.text("sort-by") {
            "" => {}
            "name" => rows.sort_by_key(|it| it.plural),
            "kind" => rows.sort_by_key(|it| (it.kind, it.plural)),
            _ => return Err(ToolError::plain("--sort-by accepts only name or kind")),
        }
        let text = match arguments.text("output") {
            "name" => rows.iter().map(|it| format!("{}\n", it.qualified_plural())).collect(),
            "" => table(&rows, false, arguments.switch("no-headers")),
            "wide" => table(&rows, true, arguments.switch("no-headers")),
            // 1.32 knows these two only.
            other => return Err(ToolError::plain(format!("--output {other} is not available"))),
        };
        context.out(&text);
        Ok(0)
    }
}

/// A type in one of its groups.
struct Row {
    plural: &'static str,
    short_names: &'static [&'static str],
    group: &'static str,
    version: &'static str,
    namespaced: bool,
    kind: &'static str,
    verbs: &'static [&'static str],
    categories: &'static [&'static str],
}

/// A kind in all its groups: in another group the same objects are a type of their own; in another version they are not.
fn rows_of(kind: &'static KindInfo) -> impl Iterator<Item = Row> {
    let others = kind.other_versions.iter().filter(|it| it.group != kind.group);
    let others = others.map(|it| (it.group, it.version));
    std::iter::once((kind.group, kind.version)).chain(others).map(|(group, version)| Row {
        plural: kind.plural,
        short_names: kind.short_names,
        group,
        version,
        namespaced: kind.namespaced,
        kind: kind.name,
        verbs: kind.verbs,
        categories: kind.categories,
    })
}

impl Row {
    /// A type of the metrics server's.
    fn measured(resource: metrics::Resource) -> Self {
        Self {
            plural: resource.plural,
            short_names: &[],
            group: metrics::GROUP,
            version: metrics::VERSION,
            namespaced: resource.namespaced,
            kind: resource.kind,
            verbs: metrics::VERBS,
            categories: &[],
        }
    }

    fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    fn qualified_plural(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }
}

fn is_wanted(row: &Row, arguments: &Arguments) -> bool {
    (!arguments.is_set("namespaced") || row.namespaced == arguments.switch("namespaced"))
        && (!arguments.is_set("api-group") || row.group == arguments.text("api-group"))
        && arguments.list("verbs").iter().all(|it| row.verbs.contains(&it.as_str()))
        && arguments.list("categories").iter().all(|it| row.categories.contains(&it.as_str()))
}

fn table(rows: &[Row], wide: bool, no_headers: bool) -> String {
    let mut header = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
    if wide {
        header.extend(["VERBS", "CATEGORIES"]);
    }
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let cells = |row: &Row| {
        let mut cells = vec![
            row.plural.to_owned(),
            row.short_names.join(","),
            row.api_version(),
            row.namespaced.to_string(),
            row.kind.to_owned(),
        ];
        if wide {
            cells.push(row.verbs.join(","));
            cells.push(row.categories.join(","));
        }
        cells
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    align(&tabbed((!no_headers).then_some(header.as_slice()), &rows), LIST)
}
