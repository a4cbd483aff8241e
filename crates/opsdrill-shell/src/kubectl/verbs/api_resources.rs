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
        Flag::switch("cached").not_simulated(),
        Flag::list("verbs").not_simulated(),
        Flag::list("categories").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.positional.is_empty() {
            let words = arguments.positional.join(" ");
            return Err(ToolError::usage(format!("unexpected arguments: [{words}]")));
        }
        let kinds = context.door.kinds();
        let mut rows: Vec<&KindInfo> = kinds.rows().filter(|it| is_wanted(it, arguments)).collect();
        match arguments.text("sort-by") {
            "" => rows.sort_by_key(|it| (it.group, it.version, it.plural)),
            "name" => rows.sort_by_key(|it| it.plural),
            "kind" => rows.sort_by_key(|it| it.name),
            _ => return Err(ToolError::plain("--sort-by accepts only name or kind")),
        }
        let text = match arguments.text("output") {
            "name" => rows.iter().map(|it| format!("{}\n", it.qualified_plural())).collect(),
            "" => table(&rows, false, arguments.switch("no-headers")),
            "wide" => table(&rows, true, arguments.switch("no-headers")),
            other => return Err(ToolError::plain(format!("--output {other} is not available"))),
        };
        context.out(&text);
        Ok(0)
    }
}

fn is_wanted(kind: &KindInfo, arguments: &Arguments) -> bool {
    (!arguments.is_set("namespaced") || kind.namespaced == arguments.switch("namespaced"))
        && (!arguments.is_set("api-group") || kind.group == arguments.text("api-group"))
}

fn table(rows: &[&KindInfo], wide: bool, no_headers: bool) -> String {
    let mut header = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
    if wide {
        header.extend(["VERBS", "CATEGORIES"]);
    }
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let cells = |it: &&KindInfo| {
        let mut cells = vec![
            it.plural.to_owned(),
            it.short_names.join(","),
            it.api_version(),
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
