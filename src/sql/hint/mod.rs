//! Hints: what a statement, or a session's user variable, asks of the proxy and of the bundled server.
//!
//! ```sql
//! SELECT … /* anabranch: route=primary, consistency=global, max_lag=200ms */
//! /* anabranch: replica, after=3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5 */ SELECT …
//! COMMIT /* anabranch: ack=full_sync */
//! ```
//!
//! What other proxies' hints say (`foreign`) is read, too: `-- maxscale route to master`, `/*FORCE_MASTER*/` and
//! their like.
//!
//! To every other server such a comment says nothing. One parser reads them for both halves, each of which
//! acts on the keys that are its own: the proxy on `route`, `consistency`, `max_lag` and `after`, the server
//! on `ack`. Case and white space do not matter; `,` or `;` stands between two hints, a space does too; a value
//! may be in quotes. The last hint of a key counts. What is not understood is a [`Hints::problems`] text and
//! changes nothing, so a hint can never make a statement fail.

mod comments;
mod foreign;
mod items;
#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::time::Duration;

use super::LexMode;
use comments::Said;

/// Bytes of one comment's content; a longer one is a problem and not read.
pub const MAX_COMMENT_BYTES: usize = 16 * 1024;
/// Comments with hints in one text; further ones are a problem and not read.
pub const MAX_COMMENTS: usize = 16;
/// Problems that are kept of one text.
pub const MAX_PROBLEMS: usize = 8;
/// Characters of a wrong word that a problem repeats.
const MAX_SHOWN: usize = 40;

/// Where a statement is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// On the primary.
    Primary,
    /// On a replica, if it is proven to be a read.
    Replica,
}

/// A certain server, which only another proxy's hint names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The one of this name, if the statement may run there.
    Named(String),
    /// The one that the session's last statement ran on.
    Last,
}

/// What a read may miss; each promises more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consistency {
    /// Anything that was committed at some time.
    Eventual,
    /// Nothing that is older than a limit.
    Bounded,
    /// Nothing that the session has seen.
    Monotonic,
    /// Nothing that the session has written, either.
    Session,
    /// Nothing that anybody's commit had returned for.
    Global,
}

/// What a commit waits for; each more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ack {
    /// Nothing beyond being durable on the primary.
    Async,
    /// Some replicas have it.
    SemiSync,
    /// A majority of all copies have it.
    Quorum,
    /// Every replica in sync has applied it.
    FullSync,
}

/// What the hints of one text, or the hint variables of a session, ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// `route=primary`, `route=replica`, or the word alone.
    pub route: Option<Route>,
    /// `maxscale route to server …`; never together with `route`.
    pub place: Option<Place>,
    /// `consistency=…`
    pub consistency: Option<Consistency>,
    /// `max_lag=200ms`; a number without a unit is milliseconds.
    pub max_lag: Option<Duration>,
    /// `after=…`: a GTID set of MySQL or a position of MariaDB, as it was written: the text is not checked here.
    pub after: Option<String>,
    /// `ack=…`
    pub ack: Option<Ack>,
    /// What was not understood, a sentence each; at most [`MAX_PROBLEMS`].
    pub problems: Vec<String>,
}

impl Hints {
    /// The hints in a text's comments; `None` where no comment is one, which most texts are found to be at the
    /// price of a search for the marks of comments. Comments in strings, in names and in `/*! … */` are none; nor is one behind
    /// bytes that the lexer does not understand.
    pub fn find(sql: &[u8], mode: LexMode) -> Option<Self> {
        let last = comments::last_candidate(sql)?;
        let mut hints = Self::default();
        let mut count = 0;
        comments::each(sql, mode, last, |said| {
            count += 1;
            match said {
                _ if count > MAX_COMMENTS => hints.problem(format!(
                    "Only the first {MAX_COMMENTS} anabranch hints of a statement are read"
                )),
                _ if said.len() > MAX_COMMENT_BYTES => hints.problem(format!(
                    "An anabranch hint of more than {MAX_COMMENT_BYTES} bytes is not read"
                )),
                Said::Own(text) => items::read(&String::from_utf8_lossy(text), &mut hints),
                Said::MaxScale(text) => {
                    foreign::maxscale(&String::from_utf8_lossy(text), &mut hints);
                }
                Said::ShardingSphere(text) => {
                    foreign::shardingsphere(&String::from_utf8_lossy(text), &mut hints);
                }
                Said::Force(route) => _ = hints.go(route),
            }
            count <= MAX_COMMENTS
        });
        (count > 0).then_some(hints)
    }

    /// Sets one by its key, in any case.
    ///
    /// # Errors
    /// A sentence: there is no such key, or the value is none of it. Nothing has changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        let wrong = |allowed: &str| {
            format!("The anabranch hint '{}' is {allowed}, not '{}'", shown(key), shown(value))
        };
        match key.trim().to_ascii_lowercase().as_str() {
            "route" => _ = self.go(value.parse().map_err(|()| wrong(ROUTES))?),
            "consistency" => {
                self.consistency = Some(value.parse().map_err(|()| wrong(CONSISTENCIES))?);
            }
            "max_lag" => self.max_lag = Some(duration(value).ok_or_else(|| wrong(DURATION))?),
            "after" if value.is_empty() => return Err(wrong("a set of GTIDs")),
            "after" => self.after = Some(value.to_owned()),
            "ack" => self.ack = Some(value.parse().map_err(|()| wrong(ACKS))?),
            _ => return Err(format!("Unknown anabranch hint '{}'", shown(key))),
        }
        Ok(())
    }

    /// `true`, as it is understood.
    fn go(&mut self, route: Route) -> bool {
        (self.route, self.place) = (Some(route), None);
        true
    }

    /// `true`, as it is understood.
    fn go_to(&mut self, place: Place) -> bool {
        (self.route, self.place) = (None, Some(place));
        true
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(text);
        }
    }
}

const ROUTES: &str = "primary or replica";
const CONSISTENCIES: &str = "eventual, bounded, monotonic, session or global";
const ACKS: &str = "async, semi_sync, quorum or full_sync";
const DURATION: &str = "a time like 200ms, 2s or 1min";

impl FromStr for Route {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        named(&[("primary", Self::Primary), ("replica", Self::Replica)], text)
    }
}

impl FromStr for Consistency {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            ("eventual", Self::Eventual),
            ("bounded", Self::Bounded),
            ("monotonic", Self::Monotonic),
            ("session", Self::Session),
            ("global", Self::Global),
        ];
        named(&all, text)
    }
}

impl FromStr for Ack {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            ("async", Self::Async),
            ("semi_sync", Self::SemiSync),
            ("quorum", Self::Quorum),
            ("full_sync", Self::FullSync),
        ];
        named(&all, text)
    }
}

fn named<T: Copy>(all: &[(&str, T)], text: &str) -> Result<T, ()> {
    let found = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, value)| *value).ok_or(())
}

/// `200ms`, `2 s`, `1min`; a number alone is milliseconds.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let factor = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        _ => return None,
    };
    number.checked_mul(factor).map(Duration::from_millis)
}

/// A word for people: its beginning, without what could break a line of a log.
fn shown(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect()
}
