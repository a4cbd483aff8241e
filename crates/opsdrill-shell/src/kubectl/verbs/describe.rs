//! `kubectl describe`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::describe::describe;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::{Query, Want};
use crate::kubectl::shared_flags::{ALL_NAMESPACES, CHUNK_SIZE, FILES, LABEL_SELECTOR};

/// `kubectl describe`.
pub(super) struct Describe;

impl Verb for Describe {
    const NAME: &'static str = "describe";
    const USAGE: &'static str = "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)";
    const SUMMARY: &'static str = "Describe objects, with what belongs to them";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            ALL_NAMESPACES,
            CHUNK_SIZE,
            Flag::switch("show-events").default("true").about("Show events."),
        ],
        FILES,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let query = Query::of(arguments).types_mean_all();
        if query.words.is_empty() && query.sources.is_empty() {
            return Err(ToolError::plain(
                "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
            ));
        }
        let wants = query.resolve(context)?;
        let (mut objects, mut errors) = query.fetch(context, &wants.list);
        if objects.is_empty()
            && errors.iter().all(ToolError::is_not_found)
            && let [Want::One { kind, namespace, name }] = wants.list.as_slice()
            && query.words.len() == 2
        {
            // A name that does not exist may be the beginning of names that do.
            let (all, _) = context.list(*kind, namespace, "", "")?;
            objects = all.into_iter().filter(|it| it.meta.name.starts_with(&**name)).collect();
            if !objects.is_empty() {
                errors.clear();
            }
        }
        if objects.is_empty() && errors.is_empty() {
            let text = if query.all_namespaces {
                "No resources found\n".to_owned()
            } else {
                format!("No resources found in {} namespace.\n", context.namespace)
            };
            context.err(&text);
        }
        let by_prefix = !objects.is_empty()
            && matches!(wants.list.as_slice(), [Want::One { name, .. }] if *objects[0].meta.name != **name);
        for (place, object) in objects.iter().enumerate() {
            match describe(context, object, arguments.switch("show-events")) {
                Ok(text) => {
                    // Those found by the beginning of their names end in an empty line each.
                    let (gap, end) = match (by_prefix, place) {
                        (true, _) => ("", "\n"),
                        (false, 0) => ("", ""),
                        (false, _) => ("\n\n", ""),
                    };
                    context.out(&format!("{gap}{text}{end}"));
                }
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}
