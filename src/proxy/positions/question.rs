//! What servers are asked about their position, in the words of each kind, and what a read sends ahead to wait.

use std::fmt::Write;
use std::time::Duration;

use crate::gtid::Position;
use crate::proxy::topology::{Fields, Flavour};

/// What a primary of MySQL's kind shows before it counts it as executed is owned by the thread that commits
/// it. So a position that bounds what readers saw is both, and in this order: a transaction moves from
/// the first to the second.
const OF_MYSQL_PRIMARY: &str = "SELECT @@global.gtid_mode AS mode, @@global.gtid_owned AS owned, \
     @@global.gtid_executed AS gtid";

const OF_MYSQL: &str = "@@global.gtid_mode AS mode, @@global.gtid_executed AS gtid";

/// MariaDB writes a transaction to the binlog before it shows it, so the binlog's position bounds what
/// readers saw; the other one has what was replicated without being logged.
const OF_MARIADB_PRIMARY: &str =
    "SELECT @@global.gtid_binlog_pos AS owned, @@global.gtid_current_pos AS gtid";

const OF_MARIADB: &str = "@@global.gtid_current_pos AS gtid";

/// What the usual wait takes: a set of one source.
const WAIT_BYTES: usize = 160;

/// The question to a primary.
pub fn of_primary(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::MariaDb => OF_MARIADB_PRIMARY,
        _ => OF_MYSQL_PRIMARY,
    }
}

/// The question to a replica, after a wait for a transaction if one is given.
pub fn of_replica(flavour: Flavour, next: Option<&Position>, limit: Duration) -> String {
    let position = match flavour {
        Flavour::MariaDb => OF_MARIADB,
        _ => OF_MYSQL,
    };
    match next {
        Some(next) => format!("SELECT {}, {position}", wait(next, limit)),
        None => format!("SELECT {position}"),
    }
}

/// A question that is answered as soon as a server has applied a position, or when `limit` is over. Its one value is
/// read by [`waited`]. One that `tells` also says what the server has then.
pub fn wait_question(position: &Position, limit: Duration, tells: bool) -> String {
    let mut text = String::with_capacity(WAIT_BYTES);
    text.push_str(if tells { "SELECT CONCAT(" } else { "SELECT " });
    put_wait(&mut text, position, limit);
    if tells {
        text.push_str(match position {
            Position::MySql(_) => ",' ',@@global.gtid_executed)",
            Position::MariaDb(_) => ",' ',@@global.gtid_current_pos)",
        });
    }
    text
}

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited {
    /// In time, on a server that has this, if it told.
    Reached(Option<Position>),
    InVain,
}

/// The answer to [`wait_question`].
pub fn waited(answer: &str) -> Waited {
    match answer.split_once(' ').unwrap_or((answer, "")) {
        ("0", "") => Waited::Reached(None),
        ("0", told) => Waited::Reached(Position::parse(told).ok()),
        _ => Waited::InVain,
    }
}

/// The function that waits until a server has applied a position: 0 when it has, else something else.
fn put_wait(text: &mut String, position: &Position, limit: Duration) {
    let (seconds, micros) = (limit.as_secs(), limit.subsec_micros());
    let function = match position {
        Position::MySql(_) => "WAIT_FOR_EXECUTED_GTID_SET",
        Position::MariaDb(_) => "MASTER_GTID_WAIT",
    };
    // A String takes all that is written to it.
    let _ = write!(text, "{function}('{position}',{seconds}.{micros:06})");
}

fn wait(position: &Position, limit: Duration) -> String {
    let mut text = String::with_capacity(WAIT_BYTES);
    put_wait(&mut text, position, limit);
    text
}

/// The position in an answer; `None` from a server without GTIDs.
pub fn answer(flavour: Flavour, fields: &Fields) -> Option<Position> {
    let text = fields.text(&["gtid"])?;
    let owned = fields.text(&["owned"]).unwrap_or_default();
    if flavour == Flavour::MariaDb {
        let mut position: crate::gtid::MariaDbPosition = text.parse().ok()?;
        position.union(&owned.parse().ok()?);
        return Some(Position::MariaDb(position));
    }
    if !fields.text(&["mode"]).is_some_and(|mode| mode.eq_ignore_ascii_case("on")) {
        return None;
    }
    let mut set: crate::gtid::GtidSet = text.parse().ok()?;
    set.union(&without_owners(&owned).parse().ok()?);
    Some(Position::MySql(set))
}

/// `uuid:4#12:5#13` names each transaction with the thread that owns it; the set is what is left
/// without the threads.
fn without_owners(owned: &str) -> String {
    let mut set = String::with_capacity(owned.len());
    let mut skipping = false;
    for letter in owned.chars() {
        match letter {
            '#' => skipping = true,
            ':' | ',' | '\n' => skipping = false,
            _ => {}
        }
        if !skipping {
            set.push(letter);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_left_out() {
        assert_eq!(without_owners("a:4#12:5#13,\nb:1#7"), "a:4:5,\nb:1");
        assert_eq!(without_owners(""), "");
    }

    #[test]
    fn what_a_wait_tells_is_read() {
        let position = Position::parse("0-1-7").expect("a position");
        let question = wait_question(&position, Duration::from_millis(10), true);
        let wanted =
            "SELECT CONCAT(MASTER_GTID_WAIT('0-1-7',0.010000),' ',@@global.gtid_current_pos)";
        assert_eq!(question, wanted);
        assert_eq!(waited("0"), Waited::Reached(None));
        assert_eq!(waited("0 0-1-7"), Waited::Reached(Some(position)));
        assert_eq!(waited("0 no position"), Waited::Reached(None));
        for in_vain in ["", "1", "-1", "-1 0-1-6", "1 0-1-7"] {
            assert_eq!(waited(in_vain), Waited::InVain, "{in_vain}");
        }
    }

    #[test]
    fn each_kind_waits_in_its_words() {
        let limit = Duration::from_millis(10);
        let mariadb = Position::parse("0-1-7").expect("a position");
        assert_eq!(wait(&mariadb, limit), "MASTER_GTID_WAIT('0-1-7',0.010000)");
        let mysql = Position::parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5").expect("a set");
        let wanted =
            "WAIT_FOR_EXECUTED_GTID_SET('3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5',0.010000)";
        assert_eq!(wait(&mysql, limit), wanted);
    }
}
