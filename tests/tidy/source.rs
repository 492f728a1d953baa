//! Rust source as the tidy checks see it: without comments and strings, as tokens, as paths.
//!
//! This is no parser. It knows enough of the lexical grammar that a word in a comment or a string
//! is never taken for code, and enough of paths that `use crate::{a, b::{c, d}}` is seen whole.

/// `text` with the inside of comments, strings and character literals turned into spaces. Lines
/// and columns stay what they are.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none starts there.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or(' ');
    let inside_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next(1) == '/' => line_end(chars, at),
        '/' if next(1) == '*' => block_end(chars, at),
        '"' => string_end(chars, at),
        '\'' => char_end(chars, at),
        'r' if !inside_word && matches!(next(1), '"' | '#') => raw_end(chars, at, at + 1),
        'b' | 'c' if !inside_word && next(1) == 'r' => raw_end(chars, at, at + 2),
        _ => at,
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|c| **c != '\n').count()
}

fn block_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// A character literal, unless it is a lifetime.
fn char_end(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        let close = chars.iter().skip(at + 3).position(|c| *c == '\'');
        return close.map_or(chars.len(), |close| at + 4 + close);
    }
    if chars.get(at + 2) == Some(&'\'') { at + 3 } else { at }
}

/// A raw string whose hashes begin at `hashes`; `at` when it is none (a raw identifier).
fn raw_end(chars: &[char], at: usize, hashes: usize) -> usize {
    let count = chars[hashes..].iter().take_while(|c| **c == '#').count();
    if chars.get(hashes + count) != Some(&'"') {
        return at;
    }
    let closing = |i: usize| {
        chars[i] == '"' && chars[i + 1..].iter().take(count).filter(|c| **c == '#').count() == count
    };
    let start = hashes + count + 1;
    (start..chars.len()).find(|i| closing(*i)).map_or(chars.len(), |i| i + 1 + count)
}

/// `code` without its `#[cfg(test)]` items. Lines stay what they are.
pub fn without_tests(code: &str) -> String {
    let mut chars: Vec<char> = code.chars().collect();
    let marker: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + marker.len() <= chars.len() {
        if chars[at..at + marker.len()] != marker[..] {
            at += 1;
            continue;
        }
        let end = item_end(&chars, at + marker.len());
        for c in &mut chars[at..end] {
            if *c != '\n' {
                *c = ' ';
            }
        }
        at = end;
    }
    chars.into_iter().collect()
}

/// Where the item that follows `at` ends: at its `;`, or at the brace that closes its first one.
fn item_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    for (i, c) in chars.iter().enumerate().skip(at) {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return i + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return i + 1,
            _ => {}
        }
    }
    chars.len()
}

/// The names in `#[cfg(test)] mod name;`: files that are tests.
pub fn test_modules(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let marker = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    tokens
        .windows(marker.len() + 2)
        .filter(|window| window.starts_with(&marker.map(str::to_owned)) && window[9] == ";")
        .map(|window| window[8].clone())
        .collect()
}

/// Words, `::`, and single other characters.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut rest = code.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if c == ':' && rest.peek() == Some(&':') {
            rest.next();
            tokens.push("::".to_owned());
        } else if !c.is_whitespace() {
            tokens.push(c.to_string());
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// Every path in `code`, groups spelled out: `a::{b, c::d}` gives `a::b` and `a::c::d`.
pub fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let inner = at > 0 && tokens[at - 1] == "::";
        let starts = is_word(&tokens[at]) && !inner;
        if starts && tokens.get(at + 1).is_some_and(|next| next == "::") {
            at = path(&tokens, at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Reads one path at `at` behind `prefix`; returns where it ends.
fn path(tokens: &[String], at: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path_so_far = prefix.to_vec();
    let mut i = at;
    while i < tokens.len() {
        if is_word(&tokens[i]) || tokens[i] == "*" {
            path_so_far.push(tokens[i].clone());
            i += 1;
        } else if tokens[i] == "{" {
            return group(tokens, i + 1, &path_so_far, found);
        } else {
            break;
        }
        if tokens.get(i).is_none_or(|token| token != "::") {
            break;
        }
        i += 1;
    }
    found.push(path_so_far);
    i
}

/// Reads the members of a group up to its closing brace.
fn group(tokens: &[String], at: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut i = at;
    while i < tokens.len() && tokens[i] != "}" {
        i = if tokens[i] == "as" {
            i + 2
        } else if is_word(&tokens[i]) || tokens[i] == "{" {
            path(tokens, i, prefix, found).max(i + 1)
        } else {
            i + 1
        };
    }
    i + 1
}
