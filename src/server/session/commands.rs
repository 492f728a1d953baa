//! One command to its answer.

use std::sync::atomic::Ordering::Relaxed;

use super::{Conversation, Next, Session};
use crate::net::{ChangeUserContext, Peer, change_user};
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::login::ChangeUser;
use crate::wire::ok::EofPacket;
use crate::wire::reader::Reader;

impl Conversation {
    /// Answers the command that was read.
    pub(super) async fn answer(&mut self) -> Next {
        let Some(&kind) = self.command.first() else {
            self.channel.put_error(&ServerError::malformed_packet());
            return Next::End;
        };
        self.begin(kind);
        let answered = match kind {
            command::QUIT => return Next::End,
            command::CHANGE_USER => return self.change_user().await,
            command::QUERY => self.query().await,
            command::STMT_EXECUTE => self.execute().await,
            command::STMT_PREPARE => self.prepare(),
            command::STMT_FETCH => self.fetch(),
            command::STMT_RESET => self.reset_statement(),
            command::STMT_SEND_LONG_DATA => return self.silently(Self::send_long_data),
            command::STMT_CLOSE => return self.silently(Self::close_statement),
            command::REGISTER_REPLICA => self.register_replica(),
            command::BINLOG_DUMP | command::BINLOG_DUMP_GTID => return self.binlog_dump().await,
            command::INIT_DB => self.init_db().await,
            command::FIELD_LIST => self.field_list().await,
            command::PING => self.done(),
            command::RESET_CONNECTION => self.reset_connection(),
            command::SET_OPTION => self.set_option(),
            command::STATISTICS => self.statistics(),
            command::PROCESS_INFO => self.run_text("SHOW PROCESSLIST").await,
            command::PROCESS_KILL => self.process_kill().await,
            command::REFRESH => self.run_text("FLUSH PRIVILEGES").await,
            command::DEBUG | command::SHUTDOWN => {
                Err(ServerError::not_supported(command::name(kind)))
            }
            _ => Err(ServerError::unknown_command()),
        };
        if self.session.acks.is_unfinished() {
            return Next::End;
        }
        if let Err(error) = answered {
            self.channel.put_error(&error);
        }
        if self.session.released { Next::End } else { Next::Command }
    }

    /// Shows in the process list what is about to run.
    fn begin(&mut self, kind: u8) {
        let text = matches!(kind, command::QUERY | command::STMT_PREPARE);
        self.text = text.then(|| self.command_text());
        let text = || self.text.clone();
        let process = self.session.listed.process();
        match kind {
            command::QUERY => process.begin("Query", text()),
            command::STMT_PREPARE => process.begin("Prepare", text()),
            command::STMT_EXECUTE => process.begin("Execute", self.executed_text()),
            command::STMT_FETCH => process.begin("Fetch", None),
            command::INIT_DB => process.begin("Init DB", None),
            command::REGISTER_REPLICA => process.begin("Register Slave", None),
            _ => process.begin("Sleep", None),
        }
    }

    fn silently(&mut self, act: fn(&mut Self)) -> Next {
        act(self);
        Next::Command
    }

    fn done(&mut self) -> Result<(), ServerError> {
        self.put_done();
        Ok(())
    }

    /// Runs a statement of our own, whose answer is the command's.
    async fn run_text(&mut self, text: &str) -> Result<(), ServerError> {
        let parsed = self.session.parse_one(text)?;
        self.answer_statement(text, &parsed, &[], super::sink::RowFormat::Text, false).await
    }

    async fn init_db(&mut self) -> Result<(), ServerError> {
        let name = self.command_text();
        self.run_text(&format!("USE `{}`", name.replace('`', "``"))).await
    }

    /// COM_FIELD_LIST: the columns of a table, as definitions alone.
    async fn field_list(&mut self) -> Result<(), ServerError> {
        let mut reader = Reader::new(self.command.get(1..).unwrap_or_default());
        let table = reader.nul_bytes().map_err(|_| ServerError::malformed_packet())?;
        let table = String::from_utf8_lossy(table).replace('`', "``");
        let parsed = self.session.parse_one(&format!("SELECT * FROM `{table}`"))?;
        let described = self.session.describe(&parsed)?;
        let results = self.session.results_charset();
        for column in &described.columns {
            let definition = crate::server::protocol::columns::definition(column, results);
            self.channel.put_with(|out| definition.put_payload(out, Some(Some(b""))));
        }
        let status = self.session.status();
        self.put_rows_end(status);
        Ok(())
    }

    /// COM_SET_OPTION: 0 allows several statements in one text, 1 forbids them.
    fn set_option(&mut self) -> Result<(), ServerError> {
        match self.command.get(1..) {
            Some([0, 0]) => self.session.multi_statements = true,
            Some([1, 0]) => self.session.multi_statements = false,
            _ => return Err(ServerError::unknown_command()),
        }
        let (warnings, status) = (0, self.session.status());
        self.channel.put_with(|out| EofPacket { warnings, status }.put_payload(out));
        Ok(())
    }

    /// COM_STATISTICS: one line of text, without a packet type.
    fn statistics(&mut self) -> Result<(), ServerError> {
        let shared = &self.session.shared;
        let uptime = shared.counters.uptime_s();
        let questions = shared.counters.questions.load(Relaxed);
        let line = format!(
            "Uptime: {uptime}  Threads: {}  Questions: {questions}  Slow queries: 0  Opens: 0  \
             Flush tables: 0  Open tables: {}  Queries per second avg: {:.3}",
            shared.processes.len(),
            shared.engine.database().catalog.tables().count(),
            questions as f64 / uptime.max(1) as f64,
        );
        self.channel.put(line.as_bytes());
        Ok(())
    }

    async fn process_kill(&mut self) -> Result<(), ServerError> {
        let mut reader = Reader::new(self.command.get(1..).unwrap_or_default());
        let id = reader.u32().map_err(|_| ServerError::malformed_packet())?;
        self.run_text(&format!("KILL {id}")).await
    }

    /// COM_RESET_CONNECTION: everything but the connection and who uses it begins anew.
    fn reset_connection(&mut self) -> Result<(), ServerError> {
        self.statements.clear();
        self.session.reset();
        self.done()
    }

    /// COM_CHANGE_USER: somebody else signs in; a refusal ends the connection.
    async fn change_user(&mut self) -> Next {
        let body = self.command.get(1..).unwrap_or_default();
        let capabilities = self.session.client.capabilities;
        let Ok(change) = ChangeUser::parse(body, capabilities) else {
            self.channel.put_error(&ServerError::malformed_packet());
            return Next::End;
        };
        let shared = self.session.shared.clone();
        let context = ChangeUserContext {
            capabilities,
            salt: self.session.client.salt,
            policy: &shared.policy,
        };
        let seq = self.channel.seq();
        let stream = self.channel.pipe_mut().stream_mut();
        let Ok(mut changed) = change_user(stream, seq, &change, &context, &shared.doors).await
        else {
            return Next::End;
        };
        changed.credentials.forget_clear_text();
        self.channel.set_seq(changed.next_seq);
        self.session.client.salt = changed.salt;
        self.statements.clear();
        self.session.become_user(&change.user, change.database.as_deref());
        match self.session.enter() {
            Ok(()) => self.put_done(),
            Err(error) => {
                self.channel.put_error(&error);
                return Next::End;
            }
        }
        Next::Command
    }
}

impl Session {
    /// As after signing in: variables, locks, temporary tables and the transaction are gone, the schema
    /// stays.
    fn reset(&mut self) {
        let database = self.query.database.take();
        self.text_statements.clear();
        self.query = self.shared.new_query_session(self.listed.process(), &self.client);
        self.forget_settings();
        self.query.database = database;
    }

    /// Somebody else is signed in.
    fn become_user(&mut self, user: &str, database: Option<&str>) {
        user.clone_into(&mut self.client.user);
        self.text_statements.clear();
        let peer = self.listed.process().peer.map_or(Peer::Unix, Peer::from_addr);
        self.client.account = self.shared.account_of(user, peer);
        self.query = self.shared.new_query_session(self.listed.process(), &self.client);
        self.forget_settings();
        self.query.database = database.map(Into::into);
        self.listed.process().identify(user, database);
    }
}
