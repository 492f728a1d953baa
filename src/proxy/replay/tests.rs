//! Golden scripts for transactions that are replayed: one scenario a file in `testscripts/`.
//!
//! ```text
//! bounds bytes=N statements=N       what is kept of one transaction; a new session
//! session [autocommit=off] [ties] [shaped] [version=N]     how the session is from here on
//! send "SQL" [prepared] [cursor] [long=ID] [command=NAME]  a command is about to be sent: "again" if it may be sent twice
//! piece ID "DATA" [on]              parameter data ahead of an execution; `on`: not the first
//! answer [open|closed] [rows="…"] [error=N] [unsafe] [file] [opens_cursor] [replica]
//! lost [unsent]                     the commands that are run again, or why there are none
//! same | other [error=N]            the next of them is answered: as the first time, or otherwise
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use goldenscript::{Command, Context, Runner};

use super::{Answer, Asked, Bounds, Checksum, Record, Rerun, Sent, Situation, Sum, part};
use crate::metrics::Label;
use crate::sql::{LexMode, classify};
use crate::wire::command;
use crate::wire::response::Counts;

type Output = Result<String, Box<dyn Error>>;

struct Script {
    record: Record,
    situation: Situation,
    rerun: Rerun,
}

impl Script {
    fn new() -> Self {
        let bounds = Bounds { bytes: 1 << 20, statements: 100 };
        Self {
            record: Record::new(bounds),
            situation: Situation::default(),
            rerun: Rerun::default(),
        }
    }

    fn bounds(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let bytes = args.take_key("bytes").map_or(Ok(1 << 20), str::parse)?;
        let statements = args.take_key("statements").map_or(Ok(100), str::parse)?;
        args.reject_next()?;
        *self = Self { record: Record::new(Bounds { bytes, statements }), ..Self::new() };
        Ok(String::new())
    }

    fn session(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        self.situation = Situation {
            autocommit_off: args.take_key("autocommit") == Some("off"),
            version: args.take_key("version").map_or(Ok(0), str::parse)?,
            ..Situation::default()
        };
        while let Some(word) = args.next_pos() {
            match word {
                "ties" => self.situation.ties = true,
                "shaped" => self.situation.shaped = true,
                word => return Err(format!("unknown word {word}").into()),
            }
        }
        Ok(String::new())
    }

    fn send(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let sql = args.next_pos().ok_or("no text")?;
        let long_data = args.take_key("long").map(str::parse).transpose()?;
        let byte = match args.take_key("command") {
            Some("ping") => command::PING,
            Some("prepare") => command::STMT_PREPARE,
            Some("reset") => command::STMT_RESET,
            Some("fetch") => command::STMT_FETCH,
            Some(other) => return Err(format!("unknown command {other}").into()),
            None => command::QUERY,
        };
        let (mut prepared, mut cursor) = (false, false);
        while let Some(word) = args.next_pos() {
            prepared |= word == "prepared";
            cursor |= word == "cursor";
        }
        let class = Arc::new(classify(sql.as_bytes(), LexMode::default()));
        let text = Some(sql.as_bytes());
        let byte = if prepared { command::STMT_EXECUTE } else { byte };
        let part = part(&Asked { command: byte, class: &class, text, cursor });
        let payload = [&[byte], sql.as_bytes()].concat();
        let text = prepared.then(|| Rc::from(sql.as_bytes()));
        let counts = Counts::default();
        let sent = Sent { part, class: &class, payload: &payload, text, counts, long_data };
        self.record.sending(&sent, &self.situation);
        let again = if self.record.may_send_again() { "again" } else { "once" };
        Ok(format!("{part:?}: {again}"))
    }

    fn piece(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let id = args.next_pos().ok_or("no id")?.parse()?;
        let data = args.next_pos().ok_or("no data")?;
        let goes_on = args.next_pos() == Some("on");
        self.record.piece(id, data.as_bytes(), goes_on);
        Ok(String::new())
    }

    fn answer(&mut self, command: &Command) -> Output {
        let mut args = command.consume_args();
        let mut answer = Answer { version: self.situation.version, ..Answer::default() };
        answer.sum = sum(args.take_key("rows"));
        answer.error = args.take_key("error").map(str::parse).transpose()?;
        while let Some(word) = args.next_pos() {
            match word {
                "open" => answer.open = true,
                "closed" => answer.open = false,
                "unsafe" => answer.unsafe_write = true,
                "file" => answer.local_file = true,
                "opens_cursor" => answer.cursor = true,
                "replica" => answer.on_replica = true,
                word => return Err(format!("unknown word {word}").into()),
            }
        }
        self.record.answered(&answer);
        Ok(String::new())
    }

    fn lost(&mut self, command: &Command) -> Output {
        let sent = command.consume_args().next_pos() != Some("unsent");
        self.rerun = Rerun::default();
        match self.record.lost(sent) {
            Ok(()) => Ok(self.steps()),
            Err(why) => {
                self.record.clear();
                Ok(why.map_or("nothing to replay", Label::label).to_owned())
            }
        }
    }

    fn steps(&self) -> String {
        let place = if self.record.on_replica() { "replica" } else { "primary" };
        let mut text = format!("replay on the {place}:\n");
        for step in self.record.steps() {
            for piece in &step.pieces {
                _ = writeln!(text, "  data {}", String::from_utf8_lossy(piece));
            }
            let payload = self.record.payload(step).get(1..).unwrap_or_default();
            let how = if step.text.is_some() { "execute" } else { "query" };
            _ = writeln!(text, "  {how} {}", String::from_utf8_lossy(payload));
        }
        text + "  and the command at hand"
    }

    /// The next step is answered as the first time, or with another sum.
    fn answered_again(&mut self, same: bool, error: Option<u16>) -> Output {
        let Some(step) = self.rerun.step(&self.record) else { return Err("at the end".into()) };
        let known = [None, Some("1"), Some("2")].into_iter().map(sum);
        let wanted = |sum: &Sum| step.is_answered_by(*sum) == same;
        let answer = known.into_iter().find(wanted).ok_or("no such sum")?;
        Ok(match self.rerun.answered(&self.record, answer, error) {
            Ok(()) if self.rerun.step(&self.record).is_none() => "done".to_owned(),
            Ok(()) => "on".to_owned(),
            Err(trouble) => format!("{trouble:?}"),
        })
    }
}

/// Of an answer with these rows.
fn sum(rows: Option<&str>) -> Sum {
    let mut checksum = Checksum::default();
    let rows = rows.unwrap_or_default();
    checksum.plain(&[&[rows.len() as u8, 0, 0, 1], rows.as_bytes()].concat());
    checksum.finish()
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Output {
        match command.name.as_str() {
            "bounds" => self.bounds(command),
            "session" => self.session(command),
            "send" => self.send(command),
            "piece" => self.piece(command),
            "answer" => self.answer(command),
            "lost" => self.lost(command),
            "same" => self.answered_again(true, None),
            "other" => {
                let mut args = command.consume_args();
                let error = args.take_key("error").map(str::parse).transpose()?;
                self.answered_again(false, error)
            }
            name => Err(format!("unknown command {name}").into()),
        }
    }
}

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proxy/replay/testscripts");
    for entry in std::fs::read_dir(folder).expect("the scripts") {
        let path = entry.expect("a script").path();
        goldenscript::run(&mut Script::new(), &path).expect("runs as written");
    }
}
