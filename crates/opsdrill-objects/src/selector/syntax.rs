//! The text form of label selectors, with apimachinery's words for what is wrong with one.

use std::collections::BTreeSet;

use super::SelectorError;
use super::names::is_qualified_name;
use super::requirement::{Operator, Requirement, invalid};
use crate::go_format::quote;

/// The operators between key and value, as error messages list them.
const BINARY_OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    End,
    CloseParenthesis,
    OpenParenthesis,
    Comma,
    Not,
    Operator(Operator, &'a str),
    /// A key or value, also `in` and `notin` where a value stands.
    Word(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::End => "",
            Self::CloseParenthesis => ")",
            Self::OpenParenthesis => "(",
            Self::Comma => ",",
            Self::Not => "!",
            Self::Operator(_, text) | Self::Word(text) => text,
        }
    }

    fn ends_requirement(self) -> bool {
        matches!(self, Self::End | Self::Comma)
    }
}

/// Reads the requirements in the order they are written.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    let mut parser = Parser { tokens: tokens(text), position: 0 };
    parser.requirements().map_err(SelectorError)
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    // The original stops at a zero byte, too.
    let mut rest = text.split('\0').next().unwrap_or_default();
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let (token, length) = match rest.as_bytes() {
            [] => break,
            [b')', ..] => (Token::CloseParenthesis, 1),
            [b'(', ..] => (Token::OpenParenthesis, 1),
            [b',', ..] => (Token::Comma, 1),
            [b'=', b'=', ..] => (Token::Operator(Operator::DoubleEquals, "=="), 2),
            [b'=', ..] => (Token::Operator(Operator::Equals, "="), 1),
            [b'!', b'=', ..] => (Token::Operator(Operator::NotEquals, "!="), 2),
            [b'!', ..] => (Token::Not, 1),
            [b'>', ..] => (Token::Operator(Operator::GreaterThan, ">"), 1),
            [b'<', ..] => (Token::Operator(Operator::LessThan, "<"), 1),
            _ => {
                let end = rest.find(|it| "=!(),>< \t\r\n".contains(it)).unwrap_or(rest.len());
                (Token::Word(&rest[..end]), end)
            }
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    position: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.position).copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.position += 1;
        token
    }

    fn requirements(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                Token::Word(_) | Token::Not => {}
                Token::End => return Ok(requirements),
                other => {
                    let found = other.text();
                    return Err(format!(
                        "found '{found}', expected: !, identifier, or 'end of string'"
                    ));
                }
            }
            let requirement = self.requirement();
            requirements
                .push(requirement.map_err(|it| format!("unable to parse requirement: {it}"))?);
            match self.next() {
                Token::End => return Ok(requirements),
                Token::Comma if matches!(self.peek(), Token::Word(_) | Token::Not) => {}
                Token::Comma => {
                    let found = self.peek().text();
                    return Err(format!("found '{found}', expected: identifier after ','"));
                }
                other => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: ',' or 'end of string'"));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Token::Not;
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        let key_errors = is_qualified_name(key);
        if !key_errors.is_empty() {
            return Err(invalid("<nil>", &quote(key), &key_errors.join("; ")));
        }
        if negated || self.peek().ends_requirement() {
            let operator = if negated { Operator::DoesNotExist } else { Operator::Exists };
            return checked(key, operator, BTreeSet::new());
        }
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => self.exact_value()?,
        };
        checked(key, operator, values)
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.next() {
            Token::Operator(operator, _) => Ok(operator),
            Token::Word("in") => Ok(Operator::In),
            Token::Word("notin") => Ok(Operator::NotIn),
            other => Err(format!("found '{}', expected: {BINARY_OPERATORS}", other.text())),
        }
    }

    fn exact_value(&mut self) -> Result<BTreeSet<&'a str>, String> {
        if self.peek().ends_requirement() {
            return Ok(BTreeSet::from([""]));
        }
        match self.next() {
            Token::Word(value) => Ok(BTreeSet::from([value])),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn values(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let open = self.next();
        if open != Token::OpenParenthesis {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        match self.peek() {
            Token::Word(_) | Token::Comma => {
                let values = self.listed_values()?;
                // The list only ends at a closing parenthesis.
                self.next();
                Ok(values)
            }
            Token::CloseParenthesis => {
                self.next();
                Ok(BTreeSet::from([""]))
            }
            other => Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
    }

    /// Values up to a closing parenthesis, which stays; a value between two commas may be empty.
    fn listed_values(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.insert(value);
                    match self.peek() {
                        Token::Comma => {}
                        Token::CloseParenthesis => return Ok(values),
                        other => {
                            return Err(format!("found '{}', expected: ',' or ')'", other.text()));
                        }
                    }
                }
                Token::Comma => {
                    let is_first = values.is_empty();
                    let next = self.peek();
                    if is_first || matches!(next, Token::CloseParenthesis | Token::Comma) {
                        values.insert("");
                    }
                    if next == Token::CloseParenthesis {
                        return Ok(values);
                    }
                    if next == Token::Comma {
                        self.next();
                    }
                }
                other => {
                    return Err(format!("found '{}', expected: ',', or identifier", other.text()));
                }
            }
        }
    }
}

fn checked(key: &str, operator: Operator, values: BTreeSet<&str>) -> Result<Requirement, String> {
    let values = values.into_iter().map(str::to_owned).collect();
    Requirement::new(key, operator, values).map_err(|it| it.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Selector;

    fn check(text: &str, printed: &str) {
        assert_eq!(Selector::parse(text).unwrap().to_string(), printed, "{text}");
    }

    fn check_error(text: &str, error: &str) {
        assert_eq!(Selector::parse(text).unwrap_err().to_string(), error, "{text}");
    }

    #[test]
    fn prints_what_it_reads() {
        check("", "");
        check("a=b", "a=b");
        check("a==b", "a==b");
        check(" c != d , a = b ", "a=b,c!=d");
        check("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()");
        check("f notin (z),!g,h", "f notin (z),!g,h");
        check("a=", "a=");
        check("a=,b", "a=,b");
        check("n>1,m<2", "m<2,n>1");
        check("a in (in,notin)", "a in (in,notin)");
        check("in in (in)", "in in (in)");
        check("x in (b,a,b)", "x in (a,b)");
        check("app=web,app!=x", "app=web,app!=x");
    }

    #[test]
    fn says_what_apimachinery_says() {
        check_error(",", "found ',', expected: !, identifier, or 'end of string'");
        check_error("a=b,", "found '', expected: identifier after ','");
        check_error("a=b,,c", "found ',', expected: identifier after ','");
        check_error(
            "a b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        );
        check_error("a=b c", "found 'c', expected: ',' or 'end of string'");
        check_error("!a=b", "found '=', expected: ',' or 'end of string'");
        check_error("!", "unable to parse requirement: found '', expected: identifier");
        check_error("a in b", "unable to parse requirement: found 'b' expected: '('");
        check_error(
            "a in (",
            "unable to parse requirement: found '', expected: ',', ')' or identifier",
        );
        check_error("a in (b", "unable to parse requirement: found '', expected: ',' or ')'");
        check_error(
            "a in (b,",
            "unable to parse requirement: found '', expected: ',', or identifier",
        );
        check_error("a==!b", "unable to parse requirement: found '!', expected: identifier");
        check_error(
            "n>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": \
             for 'Gt', 'Lt' operators, the value must be an integer",
        );
    }

    #[test]
    fn says_where_a_name_is_wrong() {
        let key = Selector::parse("-a=b").unwrap_err().to_string();
        let start = "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must";
        assert!(key.starts_with(start), "{key}");
        let value = Selector::parse("app=-b").unwrap_err().to_string();
        let start = "unable to parse requirement: values[0][app]: Invalid value: \"-b\": a valid";
        assert!(value.starts_with(start), "{value}");
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(text in "[a-c=!<>(), in]{0,24}") {
            if let Ok(selector) = Selector::parse(&text) {
                let printed = selector.to_string();
                prop_assert_eq!(Selector::parse(&printed).map(|it| it.to_string()), Ok(printed));
            }
        }
    }
}
