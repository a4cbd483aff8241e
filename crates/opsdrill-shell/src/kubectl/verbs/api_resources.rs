//! `kubectl api-resources`.

use opsdrill_objects::KindInfo;
use opsdrill_objects::table::{LIST, align, tabbed};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

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
        // The same objects in another group are a type of their own; in another version they are not.
        let in_others = |it: &'static KindInfo| {
            let others = it.other_versions.iter().filter(|other| other.group != it.group);
            others.map(move |other| Row { kind: it, group: other.group, version: other.version })
        };
        let own = |it: &'static KindInfo| Row { kind: it, group: it.group, version: it.version };
        let kinds = context.door.kinds();
        let all = kinds.rows().flat_map(|it| std::iter::once(own(it)).chain(in_others(it)));
        let mut rows: Vec<Row> = all.filter(|it| is_wanted(it, arguments)).collect();
        rows.sort_by_key(|it| (it.group, it.version, it.kind.plural));
        match arguments.text("sort-by") {
            "" => {}
            "name" => rows.sort_by_key(|it| it.kind.plural),
            "kind" => rows.sort_by_key(|it| it.kind.name),
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
    kind: &'static KindInfo,
    group: &'static str,
    version: &'static str,
}

impl Row {
    fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    fn qualified_plural(&self) -> String {
        match self.group {
            "" => self.kind.plural.to_owned(),
            group => format!("{}.{group}", self.kind.plural),
        }
    }
}

fn is_wanted(row: &Row, arguments: &Arguments) -> bool {
    let kind = row.kind;
    (!arguments.is_set("namespaced") || kind.namespaced == arguments.switch("namespaced"))
        && (!arguments.is_set("api-group") || row.group == arguments.text("api-group"))
        && arguments.list("verbs").iter().all(|it| kind.verbs.contains(&it.as_str()))
        && arguments.list("categories").iter().all(|it| kind.categories.contains(&it.as_str()))
}

fn table(rows: &[Row], wide: bool, no_headers: bool) -> String {
    let mut header = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
    if wide {
        header.extend(["VERBS", "CATEGORIES"]);
    }
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let cells = |row: &Row| {
        let it = row.kind;
        let mut cells = vec![
            it.plural.to_owned(),
            it.short_names.join(","),
            row.api_version(),
            it.namespaced.to_string(),
            it.name.to_owned(),
        ];
        if wide {
            cells.push(it.verbs.join(","));
            cells.push(it.categories.join(","));
        }
        cells
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    align(&tabbed((!no_headers).then_some(header.as_slice()), &rows), LIST)
}
