//! A row of items as nodes, with the parser's complaints.

use std::collections::BTreeMap;

use crate::lexer::{self, Item, ItemKind, Keyword};
use crate::node::{Branch, BranchKind, Call, Command, List, Node, Pipe, Term, Word};
use crate::print::quote;
use crate::value::Value;

mod constant;

/// How deep templates may be nested.
const DEPTH_MAX: usize = 200;

/// Templates of one text: the text's own under its name, and those it defines.
pub type Trees = BTreeMap<String, List>;

/// Takes a text apart; `has_function` knows the names of functions.
///
/// # Errors
/// Go's complaint, `template: name:1: …`.
pub fn parse(name: &str, text: &str, has_function: &dyn Fn(&str) -> bool) -> Result<Trees, String> {
    let mut parser = Parser {
        name,
        has_function,
        items: lexer::items(text),
        next: 0,
        read: 0,
        variables: vec!["$".to_owned()],
        ranges: 0,
        depth: 0,
        action_line: 0,
        trees: Trees::new(),
    };
    parser.parse()?;
    Ok(parser.trees)
}

/// How a row of nodes ended.
enum End {
    End,
    Else,
}

impl End {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A node, or the end of the row that it stands in.
enum Piece {
    Node(Node),
    End(End),
}

struct Parser<'a> {
    name: &'a str,
    has_function: &'a dyn Fn(&str) -> bool,
    items: Vec<Item>,
    /// The next item.
    next: usize,
    /// How many items were looked at; complaints name the line of the last.
    read: usize,
    variables: Vec<String>,
    /// How many `range` stand around.
    ranges: usize,
    depth: usize,
    /// The line on which the action began; 0 outside.
    action_line: usize,
    trees: Trees,
}

impl Parser<'_> {
    fn next(&mut self) -> Item {
        let last = self.items.len() - 1;
        let item = self.items[self.next.min(last)].clone();
        self.next += 1;
        self.read = self.read.max(self.next.min(last + 1));
        item
    }

    fn back(&mut self) {
        self.next -= 1;
    }

    fn peek(&mut self) -> Item {
        let item = self.next();
        self.back();
        item
    }

    fn next_non_space(&mut self) -> Item {
        loop {
            let item = self.next();
            if item.kind != ItemKind::Space {
                return item;
            }
        }
    }

    fn peek_non_space(&mut self) -> Item {
        let item = self.next_non_space();
        self.back();
        item
    }

    fn complain<T>(&self, what: &str) -> Result<T, String> {
        let line = self.items[self.read.max(1) - 1].line;
        Err(format!("template: {}:{line}: {what}", self.name))
    }

    fn unexpected<T>(&self, item: &Item, context: &str) -> Result<T, String> {
        if item.kind != ItemKind::Error {
            return self.complain(&format!("unexpected {item} in {context}"));
        }
        let mut text = item.text.clone();
        if self.action_line != 0 && self.action_line != item.line {
            let started = format!(" in action started at {}:{}", self.name, self.action_line);
            let known = text.ends_with(" action");
            text.push_str(if known { &started[" in action".len()..] } else { &started });
        }
        self.complain(&text)
    }

    fn expect(&mut self, kind: ItemKind, context: &str) -> Result<Item, String> {
        let item = self.next_non_space();
        if item.kind == kind { Ok(item) } else { self.unexpected(&item, context) }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.complain("max expression depth exceeded");
        }
        Ok(())
    }

    fn add(&mut self, name: String, list: List) -> Result<(), String> {
        match self.trees.get(&name) {
            Some(known) if !known.is_blank() && !list.is_blank() => self
                .complain(&format!("template: multiple definition of template {}", quote(&name))),
            Some(known) if !known.is_blank() => Ok(()),
            _ => {
                self.trees.insert(name, list);
                Ok(())
            }
        }
    }

    fn parse(&mut self) -> Result<(), String> {
        let mut root = List::default();
        loop {
            let item = self.peek();
            if item.kind == ItemKind::Eof {
                break;
            }
            if item.kind == ItemKind::LeftDelim {
                let before = self.next;
                self.next();
                if self.next_non_space().kind == ItemKind::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.next = before;
            }
            match self.piece()? {
                Piece::Node(node) => root.nodes.push(node),
                Piece::End(end) => return self.complain(&format!("unexpected {}", end.text())),
            }
        }
        self.add(self.name.to_owned(), root)
    }

    /// Nodes of another template, which sees no variables of this one.
    fn apart(&mut self, context: &str) -> Result<List, String> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let action_line = std::mem::take(&mut self.action_line);
        let (list, end) = self.list()?;
        if let End::Else = end {
            return self.complain(&format!("unexpected {} in {context}", end.text()));
        }
        (self.variables, self.ranges, self.action_line) = (variables, ranges, action_line);
        Ok(list)
    }

    fn definition(&mut self) -> Result<(), String> {
        const CONTEXT: &str = "define clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        self.expect(ItemKind::RightDelim, CONTEXT)?;
        let list = self.apart(CONTEXT)?;
        self.add(name, list)
    }

    fn template_name(&mut self, item: &Item, context: &str) -> Result<String, String> {
        if !matches!(item.kind, ItemKind::String | ItemKind::RawString) {
            return self.unexpected(item, context);
        }
        match constant::unquote(&item.text) {
            Some(name) => Ok(name),
            None => self.complain("invalid syntax"),
        }
    }

    fn list(&mut self) -> Result<(List, End), String> {
        self.deeper()?;
        let mut list = List::default();
        while self.peek_non_space().kind != ItemKind::Eof {
            match self.piece()? {
                Piece::Node(node) => list.nodes.push(node),
                Piece::End(end) => {
                    self.depth -= 1;
                    return Ok((list, end));
                }
            }
        }
        self.complain("unexpected EOF")
    }

    /// Text or an action.
    fn piece(&mut self) -> Result<Piece, String> {
        let item = self.next_non_space();
        match item.kind {
            ItemKind::Text => Ok(Piece::Node(Node::Text(item.text))),
            ItemKind::LeftDelim => {
                self.action_line = item.line;
                let piece = self.action();
                self.action_line = 0;
                piece
            }
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Result<Piece, String> {
        let item = self.next_non_space();
        let ItemKind::Keyword(keyword) = item.kind else {
            self.back();
            return Ok(Piece::Node(Node::Action(self.pipeline("command", ItemKind::RightDelim)?)));
        };
        Ok(Piece::Node(match keyword {
            Keyword::End => {
                self.expect(ItemKind::RightDelim, "end")?;
                return Ok(Piece::End(End::End));
            }
            Keyword::Else => {
                let next = self.peek_non_space();
                let goes_on = [Keyword::If, Keyword::With].map(ItemKind::Keyword);
                if !goes_on.contains(&next.kind) {
                    self.expect(ItemKind::RightDelim, "else")?;
                }
                return Ok(Piece::End(End::Else));
            }
            Keyword::If => self.branch(BranchKind::If)?,
            Keyword::Range => self.branch(BranchKind::Range)?,
            Keyword::With => self.branch(BranchKind::With)?,
            Keyword::Break => self.leave("{{break}}", Node::Break)?,
            Keyword::Continue => self.leave("{{continue}}", Node::Continue)?,
            Keyword::Block => self.block()?,
            Keyword::Template => self.call()?,
            Keyword::Nil | Keyword::Define => {
                self.back();
                Node::Action(self.pipeline("command", ItemKind::RightDelim)?)
            }
        }))
    }

    fn leave(&mut self, word: &str, node: Node) -> Result<Node, String> {
        let item = self.next_non_space();
        if item.kind != ItemKind::RightDelim {
            return self.unexpected(&item, word);
        }
        if self.ranges == 0 {
            return self.complain(&format!("{word} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    fn branch(&mut self, kind: BranchKind) -> Result<Node, String> {
        let outside = self.variables.len();
        let pipe = self.pipeline(kind.word(), ItemKind::RightDelim)?;
        let inside = usize::from(kind == BranchKind::Range);
        self.ranges += inside;
        let (list, end) = self.list()?;
        self.ranges -= inside;
        let again = match kind {
            BranchKind::If => Some(Keyword::If),
            BranchKind::With => Some(Keyword::With),
            BranchKind::Range => None,
        };
        let otherwise = match end {
            End::End => None,
            End::Else if again.is_some_and(|it| self.peek().kind == ItemKind::Keyword(it)) => {
                self.next();
                self.deeper()?;
                let node = self.branch(kind)?;
                self.depth -= 1;
                Some(List { nodes: vec![node] })
            }
            End::Else => {
                let (list, end) = self.list()?;
                if let End::Else = end {
                    return self.complain(&format!("expected end; found {}", end.text()));
                }
                Some(list)
            }
        };
        self.variables.truncate(outside);
        Ok(Node::Branch(Branch { kind, pipe, list, otherwise }))
    }

    fn block(&mut self) -> Result<Node, String> {
        const CONTEXT: &str = "block clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, ItemKind::RightDelim)?;
        let list = self.apart(CONTEXT)?;
        self.add(name.clone(), list)?;
        Ok(Node::Template(Call { position: item.position, name, pipe: Some(pipe) }))
    }

    fn call(&mut self) -> Result<Node, String> {
        const CONTEXT: &str = "template clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != ItemKind::RightDelim {
            self.back();
            pipe = Some(self.pipeline(CONTEXT, ItemKind::RightDelim)?);
        }
        Ok(Node::Template(Call { position: item.position, name, pipe }))
    }

    fn pipeline(&mut self, context: &str, end: ItemKind) -> Result<Pipe, String> {
        self.deeper()?;
        let position = self.peek_non_space().position;
        let mut pipe =
            Pipe { position, is_assignment: false, variables: Vec::new(), commands: Vec::new() };
        self.declarations(context, &mut pipe)?;
        loop {
            let item = self.next_non_space();
            match item.kind {
                it if it == end => break,
                ItemKind::Bool
                | ItemKind::CharConstant
                | ItemKind::Dot
                | ItemKind::Field
                | ItemKind::Identifier
                | ItemKind::Number
                | ItemKind::Keyword(Keyword::Nil)
                | ItemKind::RawString
                | ItemKind::String
                | ItemKind::Variable
                | ItemKind::LeftParen => {
                    self.back();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&item, context),
            }
        }
        if pipe.commands.is_empty() {
            return self.complain(&format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(command.words[0].term, Term::Constant(..) | Term::Dot | Term::Nil) {
                let stage = index + 1;
                return self.complain(&format!("non executable command in pipeline stage {stage}"));
            }
        }
        self.depth -= 1;
        Ok(pipe)
    }

    /// `$x :=`, `$x =` and `$i, $x :=`.
    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Result<(), String> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != ItemKind::Variable {
                return Ok(());
            }
            let before = self.next;
            self.next();
            let next = self.peek_non_space();
            let comma = next.kind == ItemKind::Char && next.text == ",";
            if !comma && !matches!(next.kind, ItemKind::Assign | ItemKind::Declare) {
                self.next = before;
                return Ok(());
            }
            self.next_non_space();
            pipe.variables.push(variable.text.clone());
            self.variables.push(variable.text);
            if !comma {
                pipe.is_assignment = next.kind == ItemKind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.variables.len() >= 2 {
                return self.complain(&format!("too many declarations in {context}"));
            }
            let follows = self.peek_non_space().kind;
            if !matches!(follows, ItemKind::Variable | ItemKind::RightDelim | ItemKind::RightParen)
            {
                return self.complain("range can only initialize variables");
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut command = Command { position: self.peek_non_space().position, words: Vec::new() };
        loop {
            self.peek_non_space();
            if let Some(word) = self.operand()? {
                command.words.push(word);
            }
            let item = self.next();
            match item.kind {
                ItemKind::Space => continue,
                ItemKind::RightDelim | ItemKind::RightParen => self.back(),
                ItemKind::Pipe => {}
                _ => return self.unexpected(&item, "operand"),
            }
            break;
        }
        if command.words.is_empty() {
            return self.complain("empty command");
        }
        Ok(command)
    }

    /// A term and the fields after it.
    fn operand(&mut self) -> Result<Option<Word>, String> {
        let Some(word) = self.term()? else { return Ok(None) };
        let next = self.peek();
        if next.kind != ItemKind::Field {
            return Ok(Some(word));
        }
        let mut more = Vec::new();
        while self.peek().kind == ItemKind::Field {
            more.push(self.next().text[1..].to_owned());
        }
        let position = next.position;
        let term = match word.term {
            Term::Field(names) => Term::Field([names, more].concat()),
            Term::Variable(names) => Term::Variable([names, more].concat()),
            Term::Constant(..) | Term::Nil | Term::Dot => {
                let shown = quote(&word.to_string());
                return self.complain(&format!("unexpected . after term {shown}"));
            }
            _ => Term::Chain(Box::new(word), more),
        };
        Ok(Some(Word { position, term }))
    }

    fn term(&mut self) -> Result<Option<Word>, String> {
        let item = self.next_non_space();
        let position = item.position;
        let term = match item.kind {
            ItemKind::Identifier => {
                if !(self.has_function)(&item.text) {
                    let shown = quote(&item.text);
                    return self.complain(&format!("function {shown} not defined"));
                }
                Term::Function(item.text)
            }
            ItemKind::Dot => Term::Dot,
            ItemKind::Keyword(Keyword::Nil) => Term::Nil,
            ItemKind::Variable => {
                if !self.variables.contains(&item.text) {
                    let shown = quote(&item.text);
                    return self.complain(&format!("undefined variable {shown}"));
                }
                Term::Variable(vec![item.text])
            }
            ItemKind::Field => Term::Field(vec![item.text[1..].to_owned()]),
            ItemKind::Bool => Term::Constant(Value::Bool(item.text == "true"), item.text),
            ItemKind::CharConstant | ItemKind::Number => match constant::number(&item.text) {
                Ok(value) => Term::Constant(value, item.text),
                Err(why) => return self.complain(&why),
            },
            ItemKind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", ItemKind::RightParen)?;
                return Ok(Some(Word { position: pipe.position, term: Term::Pipe(pipe) }));
            }
            ItemKind::String | ItemKind::RawString => match constant::unquote(&item.text) {
                Some(text) => Term::Constant(Value::text(text), item.text),
                None => return self.complain("invalid syntax"),
            },
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Word { position, term }))
    }
}
