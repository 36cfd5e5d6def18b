//! Text to a filter, or what is wrong with it and where.

use std::ops::Range;

use super::{Error, Expression, Literal, Operator};
use crate::domain::filter::Path;

/// Deeper than any filter that the server takes, and far from the end of any stack.
const DEEPEST: usize = 24;

#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// `None` lets every row pass.
    pub expression: Result<Option<Expression>, Error>,
    pub expected: Expected,
}

/// What stands, or may stand, where the text ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Expected {
    #[default]
    Nothing,
    /// A column, a word, `not`; behind a term also `and` and `or`.
    Term {
        from: usize,
        behind_one: bool,
    },
    Operator {
        column: String,
        from: usize,
    },
    Value {
        column: String,
        from: usize,
    },
    Join {
        from: usize,
    },
}

/// Reads a filter. Whatever the text is, it is read or the error says where it goes wrong.
pub fn parse(text: &str) -> Parsed {
    let mut parser = Parser { text, at: 0, depth: 0, expected: Expected::Term { from: 0, behind_one: false } };
    let expression = parser.whole();
    Parsed { expression, expected: parser.expected }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    expected: Expected,
}

/// Where a word ends.
#[derive(Clone, Copy)]
enum Ends {
    /// Before an operator too.
    Name,
    Value,
    /// Before a comma too.
    Element,
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Option<Expression>, Error> {
        self.skip_space();
        if self.is_at_end() {
            self.expected = Expected::Term { from: self.at, behind_one: false };
            return Ok(None);
        }
        let expression = self.any()?;
        if !self.is_at_end() {
            return Err(Error::new(&self.rest(1), "there is no ( before this"));
        }
        Ok(Some(expression))
    }

    fn any(&mut self) -> Result<Expression, Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::new(&self.rest(1), "this is nested too deeply"));
        }
        let mut list = vec![self.all()?];
        while self.keyword("or") {
            list.push(self.all()?);
        }
        self.depth -= 1;
        Ok(one_or(list, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, Error> {
        let mut list = vec![self.term(false)?];
        loop {
            let before = self.at;
            self.skip_space();
            if self.is_at_end() {
                let is_word = matches!(list.last(), Some(Expression::Word(_)));
                if self.at > before && !is_word {
                    self.expected = Expected::Join { from: self.at };
                }
                break;
            }
            if self.starts_with(")") || self.is_keyword("or") {
                break;
            }
            let joined = self.keyword("and");
            list.push(self.term(!joined)?);
        }
        Ok(one_or(list, Expression::All))
    }

    fn term(&mut self, behind_one: bool) -> Result<Expression, Error> {
        self.skip_space();
        let from = self.at;
        if self.is_at_end() {
            self.expected = Expected::Term { from, behind_one };
            return Err(Error::new(&self.rest(0), "a column or a word is missing"));
        }
        if self.take("(") {
            return self.group(from);
        }
        if self.keyword("not") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(Error::new(&(from..self.at), "this is nested too deeply"));
            }
            let inner = self.term(false);
            self.depth -= 1;
            return Ok(Expression::Not(Box::new(inner?)));
        }
        if self.is_keyword("and") || self.is_keyword("or") {
            let place = from..self.word_end(Ends::Name);
            return Err(Error::new(&place, "a column or a word is missing before this; quotes make it a word"));
        }
        let name = self.literal(Ends::Name)?;
        if name.text.is_empty() && !name.quoted {
            return Err(Error::new(&self.rest(1), "a column is missing before this; quotes make it a word"));
        }
        if self.is_at_end() && !name.quoted {
            self.expected = Expected::Term { from, behind_one };
        }
        self.comparison(name)
    }

    fn group(&mut self, from: usize) -> Result<Expression, Error> {
        let inner = self.any()?;
        self.skip_space();
        if !self.take(")") {
            return Err(Error::new(&(from..self.text.len()), "the ) is missing"));
        }
        Ok(inner)
    }

    /// The comparison that begins with a name, or the name as a word where none does.
    fn comparison(&mut self, name: Literal) -> Result<Expression, Error> {
        let behind = self.at;
        self.skip_space();
        if self.is_at_end() && self.at > behind {
            self.expected = Expected::Operator { column: name.text.clone(), from: self.at };
        }
        if self.take("!~") {
            let contains = self.compared(name, Operator::Contains)?;
            return Ok(Expression::Not(Box::new(contains)));
        }
        if let Some((_, operator)) = Operator::ALL.into_iter().find(|(sign, _)| self.take(sign)) {
            return self.compared(name, operator);
        }
        let negated = self.keyword("not");
        if self.keyword("in") {
            self.skip_space();
            if self.take("(") {
                check_column(&name)?;
                let list = self.list(name)?;
                return Ok(if negated { Expression::Not(Box::new(list)) } else { list });
            }
        }
        self.at = behind;
        Ok(Expression::Word(name))
    }

    fn compared(&mut self, column: Literal, operator: Operator) -> Result<Expression, Error> {
        check_column(&column)?;
        let value = self.value(&column, Ends::Value)?;
        Ok(Expression::Compare(column, operator, value))
    }

    fn list(&mut self, column: Literal) -> Result<Expression, Error> {
        let mut values = Vec::new();
        loop {
            values.push(self.value(&column, Ends::Element)?);
            self.skip_space();
            if self.take(")") {
                self.expected = Expected::Nothing;
                return Ok(Expression::In(column, values));
            }
            if !self.take(",") {
                return Err(Error::new(&self.rest(1), "a , or the ) is missing"));
            }
        }
    }

    fn value(&mut self, column: &Literal, ends: Ends) -> Result<Literal, Error> {
        self.skip_space();
        let expected = Expected::Value { column: column.text.clone(), from: self.at };
        if self.is_at_end() {
            self.expected = expected;
            return Err(Error::new(&self.rest(0), format!("a value for {} is missing", column.text)));
        }
        let value = self.literal(ends)?;
        if value.text.is_empty() && !value.quoted {
            return Err(Error::new(&self.rest(1), format!("a value for {} is missing before this", column.text)));
        }
        if self.is_at_end() && !value.quoted {
            self.expected = expected;
        }
        Ok(value)
    }

    fn literal(&mut self, ends: Ends) -> Result<Literal, Error> {
        let from = self.at;
        if !self.take("\"") {
            self.at = self.word_end(ends);
            let text = self.text[from..self.at].to_owned();
            return Ok(Literal { text, quoted: false, place: from..self.at });
        }
        let mut text = String::new();
        let mut escaped = false;
        for (index, character) in self.text[self.at..].char_indices() {
            if !escaped && character == '"' {
                self.at += index + 1;
                self.expected = Expected::Nothing;
                return Ok(Literal { text, quoted: true, place: from..self.at });
            }
            escaped = !escaped && character == '\\';
            if !escaped {
                text.push(character);
            }
        }
        self.at = self.text.len();
        self.expected = Expected::Nothing;
        Err(Error::new(&(from..self.at), "the closing \" is missing"))
    }

    fn word_end(&self, ends: Ends) -> usize {
        let rest = &self.text[self.at..];
        let is_end = |(index, character): &(usize, char)| match character {
            '(' | ')' => true,
            ',' => matches!(ends, Ends::Element),
            '=' | '<' | '>' | '~' => matches!(ends, Ends::Name),
            '!' => matches!(ends, Ends::Name) && rest[index + 1..].starts_with(['=', '~']),
            other => other.is_whitespace(),
        };
        rest.char_indices().find(is_end).map_or(self.text.len(), |(index, _)| self.at + index)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        self.text[self.at..self.word_end(Ends::Name)].eq_ignore_ascii_case(keyword)
    }

    /// Takes the keyword if it is the next word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.at;
        self.skip_space();
        let end = self.word_end(Ends::Name);
        let found = self.is_keyword(keyword);
        self.at = if found { end } else { before };
        found
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn starts_with(&self, sign: &str) -> bool {
        self.text[self.at..].starts_with(sign)
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }

    const fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// The next so many characters.
    fn rest(&self, characters: usize) -> Range<usize> {
        let rest = &self.text[self.at..];
        let end = rest.char_indices().nth(characters).map_or(rest.len(), |(end, _)| end);
        self.at..self.at + end
    }
}

fn one_or(mut terms: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        end => {
            terms.extend(end);
            many(terms)
        }
    }
}

fn check_column(name: &Literal) -> Result<(), Error> {
    match Path::parse(&name.text) {
        Ok(_) => Ok(()),
        Err(invalid) => Err(Error::new(&name.place, invalid.to_string())),
    }
}
