//! What `range` goes through.

use crate::node::{Branch, Pipe};
use crate::print::display;
use crate::value::{IntType, Native, Value};

use super::{Execution, Flow, Operand};

/// Indexes or keys with their elements, one after another.
type Elements = Box<dyn Iterator<Item = (Operand, Operand)>>;

fn number(place: usize) -> Operand {
    Operand::plain(Value::int(i64::try_from(place).unwrap_or(i64::MAX)))
}

fn numbered(elements: Vec<Operand>) -> Elements {
    Box::new(elements.into_iter().enumerate().map(|(place, it)| (number(place), it)))
}

fn keyed(entries: Vec<(String, Operand)>) -> Elements {
    Box::new(entries.into_iter().map(|(key, it)| (Operand::plain(Value::text(key)), it)))
}

fn of_native(native: &dyn Native) -> Option<Elements> {
    if let Some(entries) = native.entries() {
        let plain = |(key, it)| (key, Operand::plain(it));
        return Some(keyed(entries.into_iter().map(plain).collect()));
    }
    let elements = native.elements()?;
    Some(numbered(elements.into_iter().map(Operand::plain).collect()))
}

impl<'t> Execution<'t> {
    pub(super) fn range(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow, String> {
        let value = self.pipeline(dot, &branch.pipe)?;
        let mut elements = self.elements(&value, &branch.pipe)?.peekable();
        if elements.peek().is_none() {
            return branch.otherwise.as_ref().map_or(Ok(Flow::Next), |it| self.list(dot, it));
        }
        let mark = self.variables.len();
        for (index, element) in elements {
            self.step()?;
            self.name_element(&branch.pipe, index, &element);
            let flow = self.list(&element, &branch.list)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn elements(&self, value: &Operand, pipe: &Pipe) -> Result<Elements, String> {
        let cannot = |shown: String| self.complain(&format!("range can't iterate over {shown}"));
        match &value.value {
            None => Ok(numbered(Vec::new())),
            Some(Value::List(items)) => {
                Ok(numbered(items.iter().cloned().map(Operand::boxed).collect()))
            }
            Some(Value::Map(fields)) => {
                let fields = fields.borrow();
                let entry =
                    |(key, it): (&String, &Value)| (key.clone(), Operand::boxed(it.clone()));
                Ok(keyed(fields.iter().map(entry).collect()))
            }
            Some(Value::Bytes(bytes)) => {
                let byte = |it: &u8| Operand::plain(Value::Int(IntType::Uint8, i64::from(*it)));
                Ok(numbered(bytes.iter().map(byte).collect()))
            }
            Some(Value::Native(native)) => {
                of_native(&**native).map_or_else(|| cannot(native.text()), Ok)
            }
            Some(Value::Int(kind, count)) if *kind != IntType::Uint8 => {
                if pipe.variables.len() > 1 {
                    return self.complain(&format!(
                        "can't use {count} to iterate over more than one variable"
                    ));
                }
                let kind = *kind;
                let each = move |it| Operand::plain(Value::Int(kind, it));
                Ok(Box::new((0..*count).map(move |it| (each(it), each(it)))))
            }
            Some(other) => cannot(display(other)),
        }
    }

    /// Gives the variables of a `range` their values: the element, or index and element.
    fn name_element(&mut self, pipe: &'t Pipe, index: Operand, element: &Operand) {
        let values = match pipe.variables.len() {
            0 => Vec::new(),
            1 => vec![element.clone()],
            _ => vec![index, element.clone()],
        };
        for (variable, value) in pipe.variables.iter().zip(values) {
            self.set(variable, value);
        }
    }
}
