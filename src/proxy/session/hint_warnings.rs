//! What a hint says wrongly is a warning: counted in the statement's answer, and shown by the `SHOW WARNINGS` that
//! follows, behind what the server has to show.
//!
//! The server knows nothing of them: `SHOW COUNT(*) WARNINGS`, `@@warning_count` and `GET DIAGNOSTICS` do not
//! count them.

use std::rc::Rc;

use crate::proxy::topology::{Flavour, ServerId};
use crate::sql::{Cause, ConditionsQuestion, Needs, StatementClass, parse_conditions_question};
use crate::wire::header::{HEADER_LEN, Header, put_packet_with};
use crate::wire::response::Expect;
use crate::wire::text_rows::put_text_row;

use super::Session;
use super::client::Arrived;
use super::hints::Wishes;
use super::relay::Change;
use super::statement::Statement;

/// ER_PARSE_ERROR, as the bundled server's own warnings about hints.
const CODE: &str = "1064";

/// Rows behind those of a server.
#[derive(Debug, Default)]
pub struct Appended {
    /// Payloads.
    rows: Vec<Vec<u8>>,
    /// Rows of the whole result at most.
    most: u64,
}

impl Appended {
    /// Those that come behind so many rows of the server.
    pub fn behind(&self, rows: u64) -> &[Vec<u8>] {
        let room = usize::try_from(self.most.saturating_sub(rows)).unwrap_or(usize::MAX);
        self.rows.get(..room).unwrap_or(&self.rows)
    }
}

/// What was wrong with the hints of the last statement, and the kind of server that ran it.
pub type HintWarnings = Option<(Rc<Wishes>, Flavour)>;

impl Session {
    /// How many warnings the answer of `server` gets.
    pub(super) fn count_hint_warnings(&self, statement: &Statement, server: ServerId) -> u16 {
        match (&statement.wishes, statement.expect) {
            (Some(wishes), Expect::Results) => {
                let count = wishes.problems(self.flavour(server)).count();
                u16::try_from(count).unwrap_or(u16::MAX)
            }
            _ => 0,
        }
    }

    /// The warnings about the last statement's hints, where the statement at hand shows warnings.
    pub(super) fn hint_warnings_to_show(
        &self,
        arrived: Arrived,
        statement: &Statement,
    ) -> Appended {
        let Some((wishes, flavour)) = &self.hint_warnings else { return Appended::default() };
        if !shows_diagnostics(&statement.class) || statement.prepared.is_some() {
            return Appended::default();
        }
        let sql = self.client.payload(arrived).get(1..).unwrap_or_default();
        let question = parse_conditions_question(sql, self.state.lex());
        let most = |question: ConditionsQuestion| {
            let some = question.errors || question.count || question.skip > 0;
            if some { 0 } else { question.limit }
        };
        let most = question.map_or(0, most);
        Appended { rows: wishes.problems(*flavour).map(row).collect(), most }
    }

    /// An answer of the proxy's own, so many rows, with the warnings about hints behind them.
    pub(super) fn with_hint_warnings(
        &self,
        arrived: Arrived,
        statement: &Statement,
        (answer, rows): (Vec<u8>, u64),
    ) -> Vec<u8> {
        let appended = self.hint_warnings_to_show(arrived, statement);
        match with_rows(Change::None, &answer, appended.behind(rows)) {
            Change::Replace(answer) => answer,
            _ => answer,
        }
    }

    /// A statement has run: its hints' warnings are the ones to be shown. What shows warnings leaves them.
    pub(super) fn note_hint_warnings(&mut self, statement: &Statement, server: ServerId) {
        let wrong = statement.wishes.as_ref().filter(|_| statement.expect == Expect::Results);
        if wrong.is_none() && self.hint_warnings.is_none() || shows_diagnostics(&statement.class) {
            return;
        }
        let flavour = self.flavour(server);
        let wrong = wrong.filter(|wishes| wishes.problems(flavour).next().is_some());
        self.hint_warnings = wrong.map(|wishes| (wishes.clone(), flavour));
    }

    pub(super) fn flavour(&self, server: ServerId) -> Flavour {
        self.local.with_view(|view| view.server(server).map_or(Flavour::Unknown, |s| s.flavour))
    }
}

fn shows_diagnostics(class: &StatementClass) -> bool {
    class.cause == Cause::Show && class.needs.contains(Needs::LAST_STATEMENT)
}

fn row(problem: &str) -> Vec<u8> {
    let mut row = Vec::new();
    put_text_row(&mut row, ["Warning", CODE, problem].into_iter().map(Some));
    row
}

/// The end of a result with further rows before it. `end` is the packet that the server sent, `change` what the
/// client would get instead.
pub(super) fn with_rows(change: Change, end: &[u8], rows: &[Vec<u8>]) -> Change {
    let packets = match change {
        Change::None => end.to_vec(),
        Change::Replace(packets) => packets,
        other => return other,
    };
    let (before, last) = packets.split_at(last_packet(&packets));
    let Some(header) = Header::peek(last) else { return Change::Replace(packets) };
    let (mut out, mut sequence) = (before.to_vec(), header.seq);
    for row in rows {
        put_packet_with(&mut out, &mut sequence, |out| out.extend_from_slice(row));
    }
    let last = last.get(HEADER_LEN..).unwrap_or_default();
    put_packet_with(&mut out, &mut sequence, |out| out.extend_from_slice(last));
    Change::Replace(out)
}

/// Where the last of some packets begins.
fn last_packet(packets: &[u8]) -> usize {
    let mut at = 0;
    while let Some(header) = packets.get(at..).and_then(Header::peek) {
        let next = at + header.packet_len();
        if next >= packets.len() {
            break;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::session::relay::packet;

    const EOF: &[u8] = b"\xfe\0\0\x02\0";

    #[test]
    fn rows_go_before_the_last_packet_and_are_numbered() {
        let put = |out: &mut Vec<u8>| out.extend_from_slice(EOF);
        let rows = [row("a"), row("b")];
        let check = |change: Change, sequences: &[u8]| {
            let Change::Replace(bytes) = change else { panic!("not replaced") };
            let (mut rest, mut found) = (&bytes[..], Vec::new());
            while let Some(header) = Header::peek(rest) {
                found.push(header.seq);
                let last = rest.len() == header.packet_len();
                assert_eq!(&rest[4..9] == EOF, last || header.seq == 4 && sequences[0] == 4);
                rest = &rest[header.packet_len()..];
            }
            assert_eq!(found, sequences);
        };
        check(with_rows(Change::None, &packet(5, put), &rows), &[5, 6, 7]);
        let middle = [packet(4, put), packet(5, put)].concat();
        check(with_rows(Change::Replace(middle), &[], &rows), &[4, 5, 6, 7]);
        assert_eq!(row("a"), b"\x07Warning\x041064\x01a");
    }
}
