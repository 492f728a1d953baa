//! A tree's `Debug` text without what says nothing: empty parts, positions, names of fields that are alone.

/// A part of a `Debug` text.
enum Node {
    /// A word, a number or a string.
    Leaf(String),
    /// `Name { field: … }`, `Name(…)`, `[…]`: name, opening, parts with their fields.
    Group(String, char, Vec<(String, Node)>),
}

/// The text of `{:?}`, shortened.
pub fn dump(debug: &str) -> String {
    let chars: Vec<char> = debug.chars().collect();
    let (node, _) = node(&chars, 0);
    show(&node)
}

fn node(chars: &[char], at: usize) -> (Node, usize) {
    if chars[at] == '"' || chars[at] == '\'' {
        return string(chars, at);
    }
    let mut end = at;
    while end < chars.len() && !"({[,)}]".contains(chars[end]) {
        end += 1;
    }
    let name: String = chars[at..end].iter().collect::<String>().trim().to_owned();
    match chars.get(end) {
        Some(&open @ ('(' | '{' | '[')) => group(chars, end + 1, name, open),
        _ => (Node::Leaf(name), end),
    }
}

fn string(chars: &[char], at: usize) -> (Node, usize) {
    let mut end = at + 1;
    while chars[end] != chars[at] {
        end += 1 + usize::from(chars[end] == '\\');
    }
    (Node::Leaf(chars[at..=end].iter().collect()), end + 1)
}

fn group(chars: &[char], mut at: usize, name: String, open: char) -> (Node, usize) {
    let mut parts = Vec::new();
    loop {
        while chars[at] == ' ' || chars[at] == ',' {
            at += 1;
        }
        if ")}]".contains(chars[at]) {
            return (Node::Group(name, open, parts), at + 1);
        }
        let mut field = String::new();
        if open == '{' {
            let colon = at + chars[at..].iter().position(|char| *char == ':').unwrap();
            field = chars[at..colon].iter().collect();
            at = colon + 2;
        }
        let (part, end) = node(chars, at);
        parts.push((field, part));
        at = end;
    }
}

fn is_empty(field: &str, node: &Node) -> bool {
    match node {
        Node::Leaf(text) => matches!(text.as_str(), "None" | "false" | "\"\"") || field == "flavor",
        Node::Group(name, open, parts) => {
            name == "Span"
                || name == "AttachedToken"
                || *open == '[' && parts.is_empty()
                || field == "span"
        }
    }
}

fn show(node: &Node) -> String {
    let Node::Group(name, open, parts) = node else {
        let Node::Leaf(text) = node else { unreachable!() };
        return text.clone();
    };
    let kept: Vec<&(String, Node)> =
        parts.iter().filter(|(field, part)| *open != '{' || !is_empty(field, part)).collect();
    let transparent =
        matches!(name.as_str(), "Some" | "ValueWithSpan" | "Ident" | "Identifier" | "ObjectName");
    if let ([(_, only)], true) = (kept.as_slice(), transparent) {
        return show(only);
    }
    let shown: Vec<String> = kept
        .iter()
        .map(|(field, part)| match field.as_str() {
            "" => show(part),
            field => format!("{field}: {}", show(part)),
        })
        .collect();
    let close = match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
    // `Insert(Insert {…})`: once is enough.
    if let ([(_, Node::Group(inner, ..))], '(') = (kept.as_slice(), open)
        && inner == name
    {
        return shown.join(", ");
    }
    if shown.is_empty() && *open != '[' {
        name.clone()
    } else {
        format!("{name}{open}{}{close}", shown.join(", "))
    }
}
