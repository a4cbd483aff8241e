//! The functions that Go brings along.

mod collections;
mod comparison;
mod escaping;
mod logic;
mod printing;

use crate::function::{Function, Type};

const ONE: &[Type] = &[Type::Reflected];
const TWO: &[Type] = &[Type::Reflected, Type::Reflected];
const MORE: Option<Type> = Some(Type::Reflected);
const ANY: Option<Type> = Some(Type::Any);

/// All of them.
pub(crate) fn builtins() -> Vec<Function> {
    vec![
        Function::new("and", ONE, MORE, logic::and).stopping_at(false),
        Function::new("or", ONE, MORE, logic::or).stopping_at(true),
        Function::new("not", ONE, None, logic::not),
        Function::new("call", ONE, MORE, logic::call),
        Function::new("eq", ONE, MORE, comparison::equal),
        Function::new("ne", TWO, None, comparison::not_equal),
        Function::new("lt", TWO, None, comparison::less),
        Function::new("le", TWO, None, comparison::less_or_equal),
        Function::new("gt", TWO, None, comparison::greater),
        Function::new("ge", TWO, None, comparison::greater_or_equal),
        Function::new("index", ONE, MORE, collections::index),
        Function::new("slice", ONE, MORE, collections::slice),
        Function::new("len", ONE, None, collections::length),
        Function::new("html", &[], ANY, escaping::html),
        Function::new("js", &[], ANY, escaping::js),
        Function::new("urlquery", &[], ANY, escaping::urlquery),
        Function::new("print", &[], ANY, printing::print),
        Function::new("println", &[], ANY, printing::println),
        Function::new("printf", &[Type::Text], ANY, printing::printf),
    ]
}
