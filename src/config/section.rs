//! One table of the file while it is being read: typed values out, mistakes noted.
//!
//! A section remembers every key that it was asked for. So the list of allowed keys is never
//! written twice: what nobody asked for is unknown, and what was asked for is what may be meant.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use super::settings::{Setting, Settings, seal};
use super::suggest::nearest;
use super::units::{parse_size, show_size};

/// A place in the text, in bytes.
pub(super) type Span = Range<usize>;

/// Keys whose values are never shown.
const SECRETS: [&str; 2] = ["password", "native_hash"];

/// What a secret is shown as.
const SECRET: &str = "(secret)";

/// The mistakes found so far, and the settings.
pub(super) struct Report<'a> {
    text: &'a str,
    found: RefCell<Vec<Noted>>,
    broken: Cell<bool>,
    settings: RefCell<BTreeMap<String, Setting>>,
}

struct Noted {
    mistake: Mistake,
    kind: MistakeKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MistakeKind {
    Syntax,
    Missing,
    Value,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            found: RefCell::default(),
            broken: Cell::new(false),
            settings: RefCell::default(),
        }
    }

    /// Notes that the text is no TOML at `span`.
    pub(super) fn syntax(&self, span: Span, message: &str) {
        self.broken.set(true);
        let advice = "write TOML: `key = value` lines under a `[table]` line, strings in quotes";
        let message = format!("not TOML: {}", message.replace('\n', ", "));
        self.note(MistakeKind::Syntax, &span, String::new(), message, advice.to_owned());
    }

    fn note(&self, kind: MistakeKind, at: &Span, key: String, message: String, advice: String) {
        let (line, column) = position(self.text, at.start);
        let mistake = Mistake { line, column, key, message, advice };
        self.found.borrow_mut().push(Noted { mistake, kind });
    }

    /// All mistakes in the order of the file. Beside broken syntax, what seems missing or wrong on
    /// the broken line is only its consequence, and left out.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        let mut found = self.found.into_inner();
        if self.broken.get() {
            let broken: BTreeSet<usize> = found
                .iter()
                .filter(|noted| noted.kind == MistakeKind::Syntax)
                .map(|noted| noted.mistake.line)
                .collect();
            found.retain(|noted| match noted.kind {
                MistakeKind::Syntax => true,
                MistakeKind::Missing => false,
                MistakeKind::Value => !broken.contains(&noted.mistake.line),
            });
        }
        let mut mistakes: Vec<Mistake> = found.into_iter().map(|noted| noted.mistake).collect();
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        mistakes
    }
}

/// Line and column, from 1, of the byte at `offset`.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// What an absent table looks like: all defaults.
static ABSENT: std::sync::LazyLock<DeTable<'static>> = std::sync::LazyLock::new(DeTable::new);

/// One table of the file.
pub(super) struct Section<'a> {
    report: &'a Report<'a>,
    table: &'a DeTable<'a>,
    path: String,
    /// The path with an entry's name in the place of its number.
    named: String,
    span: Span,
    present: bool,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    pub(super) fn root(report: &'a Report<'a>, table: &'a DeTable<'a>) -> Self {
        let (path, named) = (String::new(), String::new());
        Self { report, table, path, named, span: 0..0, present: true, asked: RefCell::default() }
    }

    /// The table under `key`; of a list, `at` is its place.
    fn inner(&self, key: &str, table: &'a DeTable<'a>, span: Span, at: Option<usize>) -> Self {
        let join = |path: &str| match path {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        };
        let (mut path, mut named) = (join(&self.path), join(&self.named));
        if let Some(at) = at {
            path = format!("{path}[{at}]");
            named = format!("{named}.{}", name_of(table).unwrap_or_else(|| at.to_string()));
        }
        let report = self.report;
        Self { report, table, path, named, span, present: true, asked: RefCell::default() }
    }

    /// All settings that were read so far.
    pub(super) fn settings(&self) -> Settings {
        Settings::new(self.report.settings.borrow().clone())
    }

    /// Notes the value that counts for `key`, which the file may leave out.
    pub(super) fn note(&self, key: &str, value: impl std::fmt::Display) {
        let named =
            if self.named.is_empty() { key.to_owned() } else { format!("{}.{key}", self.named) };
        let value = value.to_string();
        let setting = match SECRETS.contains(&key) {
            true => Setting { seal: seal(value.as_bytes()), shown: SECRET.to_owned() },
            false => Setting { shown: value, seal: 0 },
        };
        self.report.settings.borrow_mut().insert(named, setting);
    }

    /// Notes what is in the place that the value of `key` names, without showing it.
    pub(super) fn note_contents(&self, key: &str, contents: &[u8]) {
        let named =
            if self.named.is_empty() { key.to_owned() } else { format!("{}.{key}", self.named) };
        if let Some(setting) = self.report.settings.borrow_mut().get_mut(&named) {
            setting.seal = seal(contents);
        }
    }

    /// Whether the table stands in the file.
    pub(super) fn present(&self) -> bool {
        self.present
    }

    /// Whether `key` is given, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where the value of `key` stands; where the table begins when it is absent.
    pub(super) fn span_of(&self, key: &str) -> Span {
        self.table.get(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// Where the table begins.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The full path of `key`, as mistakes name it.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes that the value of `key` at `span` is wrong.
    pub(super) fn wrong(
        &self,
        key: &str,
        span: &Span,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let (kind, key) = (MistakeKind::Value, self.key(key));
        self.report.note(kind, span, key, message.into(), advice.into());
    }

    /// Notes that `key` must be given; `example` is a value that could be.
    pub(super) fn missing(&self, key: &str, example: &str) {
        self.missing_because(key, "missing", format!("write `{key} = {example}`"));
    }

    /// Notes that something must be given, with the reason and the advice; where the whole table
    /// is absent, that is added.
    pub(super) fn missing_because(&self, key: &str, message: &str, advice: impl Into<String>) {
        let mut advice = advice.into();
        if !self.present {
            advice.push_str(&format!(" in a table `[{}]`", self.path));
        }
        let key = self.key(key);
        self.report.note(MistakeKind::Missing, &self.span, key, message.to_owned(), advice);
    }

    /// The raw value of `key`, which counts as known from now on.
    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    /// Notes a value of the wrong type.
    fn wrong_type(&self, key: &str, value: &Spanned<DeValue>, expected: &str, advice: String) {
        let message = format!("expected {expected}, found {}", kind_of(value.get_ref()));
        self.wrong(key, &value.span(), message, advice);
    }

    /// The text under `key`.
    pub(super) fn string(&self, key: &'static str, example: &str) -> Option<Found<&'a str>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => {
                self.note(key, text);
                Some(Found { value: text.as_ref(), span: value.span() })
            }
            _ => {
                self.wrong_type(key, value, "a string", format!("write `{key} = \"{example}\"`"));
                None
            }
        }
    }

    /// The text under `key`, noting its absence.
    pub(super) fn required(&self, key: &'static str, example: &str) -> Option<Found<&'a str>> {
        if self.value(key).is_none() {
            self.missing(key, &format!("\"{example}\""));
        }
        self.string(key, example)
    }

    /// The texts in the array under `key`; a lone string counts as one. `None` when absent.
    pub(super) fn strings(
        &self,
        key: &'static str,
        example: &str,
    ) -> Option<Found<Vec<Found<&'a str>>>> {
        let value = self.value(key)?;
        let advice = || format!("write `{key} = [\"{example}\"]`");
        let items = match value.get_ref() {
            DeValue::String(text) => {
                vec![Found { value: text.as_ref(), span: value.span() }]
            }
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| match item.get_ref() {
                    DeValue::String(text) => {
                        Some(Found { value: text.as_ref(), span: item.span() })
                    }
                    _ => {
                        self.wrong_type(key, item, "a string", advice());
                        None
                    }
                })
                .collect(),
            _ => {
                self.wrong_type(key, value, "a list of strings", advice());
                return None;
            }
        };
        let shown: Vec<&str> = items.iter().map(|item| item.value).collect();
        self.note(key, shown.join(", "));
        Some(Found { value: items, span: value.span() })
    }

    /// The truth value under `key`, else `default`.
    pub(super) fn boolean(&self, key: &'static str, default: bool) -> bool {
        let value = self.value(key);
        let read = value.and_then(|value| value.get_ref().as_bool());
        if let (Some(value), None) = (value, read) {
            self.wrong_type(key, value, "true or false", format!("write `{key} = {default}`"));
        }
        let value = read.unwrap_or(default);
        self.note(key, value);
        value
    }

    /// The whole number under `key`, else `default`. Outside `bounds` is a mistake.
    pub(super) fn integer(
        &self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        let number = self.number(key, bounds, (default, true), "");
        self.note(key, number);
        number
    }

    /// The duration under `key`, which names its unit: it ends in `_ms`.
    pub(super) fn milliseconds(
        &self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
        default: u64,
    ) -> Duration {
        debug_assert!(key.ends_with("_ms"));
        let number = self.number(key, bounds, (default, true), " milliseconds");
        self.note(key, number);
        Duration::from_millis(number)
    }

    /// The fraction from 0 to 1 under `key`, in thousandths, else `default`.
    pub(super) fn thousandths(&self, key: &'static str, default: u32) -> u32 {
        let share = self.thousandths_in(key, default);
        self.note(key, f64::from(share) / 1000.0);
        share
    }

    fn thousandths_in(&self, key: &'static str, default: u32) -> u32 {
        let Some(value) = self.value(key) else { return default };
        let number: Option<f64> = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        match number {
            Some(share) if (0.0..=1.0).contains(&share) => (share * 1000.0).round() as u32,
            _ => {
                let advice = format!("write `{key} = {}`", f64::from(default) / 1000.0);
                self.wrong(key, &value.span(), "not a fraction from 0 to 1", advice);
                default
            }
        }
    }

    fn number(
        &self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
        (default, counts): (u64, bool),
        unit: &str,
    ) -> u64 {
        let Some(value) = self.value(key) else { return default };
        let advice = || format!("write a number from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(number) = value.get_ref() else {
            let expected = format!("a whole number{}", if unit.is_empty() { "" } else { " of" });
            let advice = format!("write `{key} = {default}`");
            self.wrong_type(key, value, &format!("{expected}{unit}"), advice);
            return default;
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if bounds.contains(&number) => number,
            _ => {
                let message = format!("{number}{unit} is out of bounds");
                let shown = counts.then(|| format!(" (the default is {default})"));
                let advice = format!("{}{}", advice(), shown.unwrap_or_default());
                self.wrong(key, &value.span(), message, advice);
                default
            }
        }
    }

    /// The size in bytes under `key`: a string such as "64MiB", or a number of bytes.
    pub(super) fn size(&self, key: &'static str, bounds: RangeInclusive<u64>, default: u64) -> u64 {
        let size = self.size_in(key, bounds, default);
        self.note(key, show_size(size));
        size
    }

    fn size_in(&self, key: &'static str, bounds: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(value) = self.value(key) else { return default };
        let size = match value.get_ref() {
            DeValue::String(text) => parse_size(text),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let (low, high) = (show_size(*bounds.start()), show_size(*bounds.end()));
        match size {
            Some(size) if bounds.contains(&size) => return size,
            Some(size) => {
                let message = format!("{} is out of bounds", show_size(size));
                let advice = format!("write a size from \"{low}\" to \"{high}\"");
                self.wrong(key, &value.span(), message, advice);
            }
            None => {
                let advice = format!("write `{key} = \"{}\"`", show_size(default));
                self.wrong(key, &value.span(), "not a size in bytes, KiB, MiB or GiB", advice);
            }
        }
        default
    }

    /// One of the words of `choices` under `key`; the first is the default.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let (first, default) = *choices.first()?;
        if self.value(key).is_none() {
            self.note(key, first);
            return Some(default);
        }
        let found = self.string(key, first)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == found.value) {
            return Some(*value);
        }
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let near = nearest(found.value, choices.iter().map(|(word, _)| *word));
        let advice = match near {
            Some(word) => format!("write `{key} = \"{word}\"` (allowed: {})", words.join(", ")),
            None => format!("write one of {}", words.join(", ")),
        };
        self.wrong(key, &found.span, format!("unknown word {:?}", found.value), advice);
        None
    }

    /// As [`Self::milliseconds`]; `None` where the key is absent. `example` is a value that could be.
    pub(super) fn optional_milliseconds(
        &self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
        example: u64,
    ) -> Option<Duration> {
        self.value(key)?;
        let number = self.number(key, bounds, (example, false), " milliseconds");
        self.note(key, number);
        Some(Duration::from_millis(number))
    }

    /// As [`Self::choice`]; `None` where the key is absent.
    pub(super) fn optional_choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        self.value(key)?;
        self.choice(key, choices)
    }

    /// The table under `key`; an empty one when it is absent or no table.
    pub(super) fn table(&self, key: &'static str) -> Section<'a> {
        let absent = |span| Self { present: false, ..self.inner(key, &ABSENT, span, None) };
        let Some(value) = self.value(key) else { return absent(self.span.clone()) };
        match value.get_ref() {
            DeValue::Table(table) => self.inner(key, table, value.span(), None),
            _ => {
                self.wrong_type(key, value, "a table", format!("write `[{}]`", self.key(key)));
                absent(value.span())
            }
        }
    }

    /// The tables of the list under `key`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let path = self.key(key);
        let advice = || format!("write `[[{path}]]` above each entry");
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, "a list of tables", advice());
            return Vec::new();
        };
        let mut sections = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    sections.push(self.inner(key, table, item.span(), Some(index)));
                }
                _ => self.wrong_type(key, item, "a table", advice()),
            }
        }
        sections
    }

    /// Whether `key` holds a text.
    pub(super) fn is_string(&self, key: &str) -> bool {
        let value = self.table.get(key);
        value.is_some_and(|value| matches!(value.get_ref(), DeValue::String(_)))
    }

    /// Every key of the table with its value as text: strings, numbers and booleans (as ON and OFF).
    pub(super) fn scalars(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (key, value) in self.table {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::String(text) => found.push((name.to_owned(), text.as_ref().to_owned())),
                DeValue::Integer(number) => {
                    found.push((name.to_owned(), number.as_str().to_owned()));
                }
                DeValue::Float(number) => found.push((name.to_owned(), number.as_str().to_owned())),
                DeValue::Boolean(on) => {
                    found.push((name.to_owned(), if *on { "ON" } else { "OFF" }.to_owned()));
                }
                _ => {
                    let advice = format!("write `{name} = \"value\"`");
                    self.wrong_type(name, value, "a text or a number", advice);
                }
            }
        }
        found
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if asked.contains(name) {
                continue;
            }
            let known: Vec<&str> = asked.iter().copied().collect();
            let advice = match nearest(name, known.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => format!("remove it, or write one of {}", known.join(", ")),
            };
            self.wrong(name, &key.span(), "unknown key", advice);
        }
    }
}

/// What people call an entry of a list: its name, and the host that belongs to it.
fn name_of(table: &DeTable) -> Option<String> {
    let text = |key: &str| match table.get(key)?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    };
    let name = text("name")?;
    Some(text("host").map_or(name.clone(), |host| format!("{name}@{host}")))
}

/// What a value is, in words.
fn kind_of(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
