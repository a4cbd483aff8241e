//! `kubectl get`: lists of objects, their documents, and changes while they happen.

mod subresource;

use std::sync::Arc;

use opsdrill_objects::Object;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::table::{TableOptions, TableStream};
use crate::kubectl::printers::{self, Format, Output, documents, table};
use crate::kubectl::raw::{self, Method};
use crate::kubectl::resources::{Query, Want, Wants};
use crate::kubectl::shared_flags::{
    ALL_NAMESPACES, CHUNK_SIZE, FIELD_SELECTOR, FILES, LABEL_SELECTOR, PRINTING,
};
use crate::kubectl::sorting::{self, Held};
use crate::kubectl::watch::{self, Watch};

/// `kubectl get`.
pub(super) struct Get;

impl Verb for Get {
    const NAME: &'static str = "get";
    const USAGE: &'static str = "(TYPE[.VERSION][.GROUP] [NAME | -l LABEL] | TYPE/NAME …)";
    const SUMMARY: &'static str = "Print one or many objects";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            FIELD_SELECTOR,
            ALL_NAMESPACES,
            CHUNK_SIZE,
            Flag::switch("watch").short('w').about("Go on printing changes."),
            Flag::switch("watch-only").about("Print changes only."),
            Flag::switch("output-watch-events").about("Say what kind of change each line is."),
            Flag::switch("ignore-not-found").about("Missing objects are no failure."),
            Flag::list("label-columns").short('L').about("Labels to print as columns."),
            Flag::switch("show-labels").about("Print all labels in the last column."),
            Flag::switch("show-kind").about("Print the type before each name."),
            Flag::switch("no-headers").about("No headings."),
            Flag::text("sort-by").about("A path whose values order the list."),
            Flag::switch("server-print").default("true").about("Columns as the server has them."),
            Flag::text("subresource").about("Read status or scale instead of the object."),
            Flag::text("raw").about("A path of the API to read instead."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        check(arguments)?;
        if !arguments.text("raw").is_empty() {
            return raw::run(context, Method::Get, arguments.text("raw"));
        }
        let output = printers::output_of(context, arguments)?;
        let query = Query::of(arguments).types_mean_all();
        if query.words.is_empty() && query.sources.is_empty() {
            context.err("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n");
            return Err(ToolError::usage(
                "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
            ));
        }
        let wants = query.resolve(context)?;
        if arguments.switch("watch") || arguments.switch("watch-only") {
            return watch(context, arguments, &query, &wants, &output);
        }
        if !arguments.text("subresource").is_empty() {
            return subresource::run(context, arguments, &wants, &output);
        }
        let (mut objects, mut errors) = query.fetch(context, &wants.list);
        if arguments.switch("ignore-not-found") {
            errors.retain(|it| !it.is_not_found());
        }
        let path = arguments.text("sort-by");
        match output {
            Output::Table { wide } => {
                objects = in_table_order(&objects);
                if !path.is_empty() {
                    objects = sort_tables(context, objects, arguments, &wants)?;
                }
                let options = table_options(arguments, &wants, wide);
                let text = table::print(&objects, &options, context.now());
                context.out(&text);
                if objects.is_empty() && errors.is_empty() && !arguments.switch("ignore-not-found")
                {
                    say_nothing_found(context, &wants, arguments);
                }
            }
            Output::Documents(format) => {
                let nothing =
                    objects.is_empty() && (wants.single || arguments.switch("ignore-not-found"));
                let sorted = if path.is_empty() || wants.single {
                    Ok(())
                } else {
                    sorting::sort(context, &mut objects, path, Held::Documents)
                };
                match sorted {
                    Err(error) => errors.push(error),
                    Ok(()) if nothing => {}
                    Ok(()) => {
                        print_documents(context, arguments, &mut objects, &format, wants.single)?;
                    }
                }
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// Objects in the order of the server's tables.
fn in_table_order(objects: &[Arc<Object>]) -> Vec<Arc<Object>> {
    let runs = objects.chunk_by(|one, other| one.kind == other.kind);
    runs.flat_map(|run| run[0].kind.info().rows(run).into_owned()).collect()
}

/// Sorts what is printed as tables. The rows of a server's table are sorted; if it cannot be done, nothing of it is printed,
/// and nobody complains. Without the server's columns the objects themselves are sorted.
fn sort_tables(
    context: &mut Context,
    objects: Vec<Arc<Object>>,
    arguments: &Arguments,
    wants: &Wants,
) -> Result<Vec<Arc<Object>>, ToolError> {
    let path = arguments.text("sort-by");
    let mut objects = objects;
    if !arguments.switch("server-print") {
        if objects.len() > 1 {
            sorting::sort(context, &mut objects, path, Held::Documents)?;
        }
        return Ok(objects);
    }
    let by_name = wants.list.iter().any(|it| matches!(it, Want::One { .. }));
    let mut tables: Vec<Vec<Arc<Object>>> = if by_name {
        objects.into_iter().map(|it| vec![it]).collect()
    } else {
        objects.chunk_by(|one, other| one.kind == other.kind).map(<[_]>::to_vec).collect()
    };
    if wants.list.len() > 1 && tables.len() > 1 {
        sorting::sort_tables(context, &mut tables, path)?;
    }
    let mut sorted = Vec::new();
    for mut table in tables {
        if table.len() > 1 {
            match sorting::sort(context, &mut table, path, Held::Rows) {
                Ok(()) => {}
                Err(exit @ ToolError::Exit(_)) => return Err(exit),
                Err(_) => continue,
            }
        }
        sorted.extend(table);
    }
    Ok(sorted)
}

fn check(arguments: &Arguments) -> Result<(), ToolError> {
    if !arguments.text("raw").is_empty() {
        return check_raw(arguments);
    }
    let output = arguments.text("output");
    if arguments.switch("show-labels") && !matches!(output, "" | "wide") {
        return Err(ToolError::plain(format!(
            "--show-labels option cannot be used with {output} printer"
        )));
    }
    let watched = arguments.switch("watch") || arguments.switch("watch-only");
    if arguments.switch("output-watch-events") && !watched {
        return Err(ToolError::plain(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    Ok(())
}

/// What cannot stand beside `--raw`.
fn check_raw(arguments: &Arguments) -> Result<(), ToolError> {
    let is_set = |name| arguments.is_set(name);
    let complaint = if is_set("watch")
        || is_set("watch-only")
        || is_set("label-columns")
        || is_set("show-labels")
    {
        "--raw may not be specified with other flags that filter the server request or alter the output"
    } else if !arguments.text("output").is_empty() {
        "--raw and --output are mutually exclusive"
    } else if !arguments.positional.is_empty() {
        "arguments may not be passed when --raw is specified"
    } else {
        return raw::check_path(arguments.text("raw"));
    };
    Err(ToolError::plain(complaint))
}

fn print_documents(
    context: &mut Context,
    arguments: &Arguments,
    objects: &mut [Arc<Object>],
    format: &Format,
    single: bool,
) -> Result<(), ToolError> {
    let values: Vec<_> = objects.iter().map(|it| printers::document(it, arguments)).collect();
    let text = documents::print(format, &values, single)?;
    context.out(&text);
    Ok(())
}

fn table_options(arguments: &Arguments, wants: &Wants, wide: bool) -> TableOptions {
    let mut kinds: Vec<_> = wants.list.iter().map(Want::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    TableOptions {
        wide,
        bare: !arguments.switch("server-print"),
        no_headers: arguments.switch("no-headers"),
        with_namespace: arguments.switch("all-namespaces")
            && kinds.iter().any(|it| it.info().namespaced),
        with_kind: kinds.len() > 1 || arguments.switch("show-kind"),
        label_columns: arguments.list("label-columns"),
        show_labels: arguments.switch("show-labels"),
    }
}

fn say_nothing_found(context: &mut Context, wants: &Wants, arguments: &Arguments) {
    let namespaced = wants.list.iter().all(|it| it.kind().info().namespaced);
    let text = if namespaced && !arguments.switch("all-namespaces") {
        format!("No resources found in {} namespace.\n", context.namespace)
    } else {
        "No resources found\n".to_owned()
    };
    context.err(&text);
}

/// What is watched, and its state before.
fn start(
    context: &mut Context,
    arguments: &Arguments,
    query: &Query,
    wants: &Wants,
) -> Result<(Watch, Vec<Arc<Object>>), ToolError> {
    let [want] = wants.list.as_slice() else {
        return Err(ToolError::plain(format!(
            "watch is only supported on individual resources and resource collections - {} resources were found",
            wants.list.len()
        )));
    };
    let (kind, namespace, fields) = match want {
        Want::All { kind, namespace } => (*kind, namespace, query.fields.clone()),
        Want::One { kind, namespace, name } => {
            context.get(*kind, name, namespace)?;
            (*kind, namespace, format!("metadata.name={name}"))
        }
    };
    let (objects, resource_version) = context.list(kind, namespace, &query.labels, &fields)?;
    let watch = Watch {
        kind,
        namespace: namespace.clone(),
        labels: query.labels.clone(),
        fields,
        resource_version,
        timeout_ms: context.request_timeout_ms(arguments)?,
    };
    Ok((watch, objects))
}

/// Prints what there is, then every change.
fn watch(
    context: &mut Context,
    arguments: &Arguments,
    query: &Query,
    wants: &Wants,
    output: &Output,
) -> Outcome {
    if matches!(output, Output::Documents(Format::Columns(_))) {
        return Err(ToolError::not_simulated("kubectl get --watch -o custom-columns"));
    }
    if arguments.is_set("sort-by") {
        let (asked, of_what) = if arguments.switch("watch") {
            ("--watch", " for watch events received")
        } else {
            ("--watch-only", "")
        };
        context.err(&format!("warning: {asked} requested, --sort-by will be ignored{of_what}\n"));
    }
    let (watch, objects) = start(context, arguments, query, wants)?;
    let labelled = arguments.switch("output-watch-events");
    let wide = matches!(output, Output::Table { wide: true });
    let mut lines = TableStream::new(table_options(arguments, wants, wide));
    let mut documents_printed = 0;
    let mut print = |context: &mut Context, change: &str, objects: &[Arc<Object>]| {
        let now = context.now();
        let mut text = String::new();
        match output {
            Output::Table { .. } if !labelled => text.push_str(&lines.print(objects, now)),
            Output::Table { .. } => {
                for object in objects {
                    text.push_str(&lines.print_change(change, object, now));
                }
            }
            Output::Documents(format) => {
                for object in objects {
                    let value = printers::document(object, arguments);
                    let value = if labelled {
                        serde_json::json!({ "type": change, "object": value })
                    } else {
                        value
                    };
                    if *format == Format::Yaml && documents_printed > 0 {
                        text.push_str("---\n");
                    }
                    documents_printed += 1;
                    text.push_str(&documents::print(format, &[value], true)?);
                }
            }
        }
        context.out(&text);
        Ok::<(), ToolError>(())
    };
    if !arguments.switch("watch-only") {
        print(context, "ADDED", &objects)?;
    }
    watch.run(context, |context, event| {
        print(context, watch::word(event.change), std::slice::from_ref(&event.object))?;
        Ok(true)
    })
}
