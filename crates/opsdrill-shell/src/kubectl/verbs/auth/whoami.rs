//! `kubectl auth whoami`.

use opsdrill_engine::api::{Payload, Request, Target, Verb as Ask};
use opsdrill_objects::Kind;
use opsdrill_objects::table::{LIST, align};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::{self, Output, documents};
use crate::kubectl::shared_flags::PRINTING;

/// `kubectl auth whoami`.
pub(super) struct WhoAmI;

impl Verb for WhoAmI {
    const NAME: &'static str = "whoami";
    const SUMMARY: &'static str = "Print who the server takes one for";
    const FLAGS: &'static [&'static [Flag]] = &[PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let output = printers::output_of(context, arguments)?;
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
            "metadata": {},
        });
        let verb = Ask::Create(Payload::Document(body));
        let request = Request::new(verb, Target::all(Kind::SelfSubjectReview, ""));
        let review = context.ask_object(request)?.to_value();
        let text = match output {
            Output::Documents(format) => documents::print(&format, &[review], true)?,
            Output::Table { .. } => table(&review["status"]["userInfo"]),
        };
        context.out(&text);
        Ok(0)
    }
}

fn table(user: &Value) -> String {
    let list = |value: &Value| {
        let items = value.as_array().into_iter().flatten();
        let texts: Vec<&str> = items.filter_map(Value::as_str).collect();
        format!("[{}]", texts.join(" "))
    };
    let mut text = String::from("ATTRIBUTE\tVALUE\n");
    for (title, field) in [("Username", "username"), ("UID", "uid")] {
        if let Some(value) = user[field].as_str().filter(|it| !it.is_empty()) {
            text.push_str(&format!("{title}\t{value}\n"));
        }
    }
    if user["groups"].is_array() {
        text.push_str(&format!("Groups\t{}\n", list(&user["groups"])));
    }
    for (key, value) in user["extra"].as_object().into_iter().flatten() {
        text.push_str(&format!("Extra: {key}\t{}\n", list(value)));
    }
    align(&text, LIST)
}
