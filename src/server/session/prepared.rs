//! Prepared statements over the protocol: PREPARE, EXECUTE, long data, cursors, RESET, CLOSE.

use std::collections::HashMap;
use std::sync::Arc;

use super::Conversation;
use super::sink::{CursorSink, RowFormat, put_definitions, put_middle};
use crate::query::{Outcome, ResultColumn};
use crate::server::protocol::columns::ColumnDefinition;
use crate::server::protocol::parameters::{self, ParameterType, long_value};
use crate::sql::hint::Hints;
use crate::sql::statement::Parsed;
use crate::wire::error::ServerError;
use crate::wire::reader::Reader;
use crate::wire::{Malformed, StatusFlags};

/// Statements that one session may have prepared (`max_prepared_stmt_count` is of the whole server there).
const MAX_STATEMENTS: usize = 16_382;
/// Statements of one session may hold that many bytes of long data.
const MAX_LONG_DATA: usize = 1 << 30;

/// A session's prepared statements.
#[derive(Default)]
pub(super) struct Statements {
    last_id: u32,
    by_id: HashMap<u32, ServerStatement>,
    long_bytes: usize,
}

/// One prepared statement.
pub(super) struct ServerStatement {
    text: Arc<str>,
    parsed: Arc<Parsed>,
    hints: Option<Arc<Hints>>,
    types: Vec<ParameterType>,
    /// By parameter: what COM_STMT_SEND_LONG_DATA sent.
    long: HashMap<u16, Vec<u8>>,
    /// A send of long data that failed is told at the next execution.
    failed: Option<ServerError>,
    cursor: Option<CursorSink>,
}

impl Statements {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.by_id.clear();
        self.long_bytes = 0;
    }

    fn add(&mut self, statement: ServerStatement) -> u32 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if self.last_id != 0 && !self.by_id.contains_key(&self.last_id) {
                self.by_id.insert(self.last_id, statement);
                return self.last_id;
            }
        }
    }
}

/// What an execution needs, taken out of the statement so that the session is free to run it.
struct Execution {
    text: Arc<str>,
    parsed: Arc<Parsed>,
    hints: Option<Arc<Hints>>,
    values: Vec<crate::value::Value>,
    cursor: bool,
}

impl Conversation {
    /// COM_STMT_PREPARE.
    pub(super) fn prepare(&mut self) -> Result<(), ServerError> {
        if self.statements.by_id.len() >= MAX_STATEMENTS {
            return Err(ServerError::too_many_statements(MAX_STATEMENTS));
        }
        let text = self.text.take().unwrap_or_else(|| self.command_text());
        let parsed = Arc::new(self.session.parse_one(&text)?);
        if parsed.parameters > usize::from(u16::MAX) {
            let message = "Prepared statement contains too many placeholders";
            return Err(ServerError::new(1390, *b"HY000", message));
        }
        let prepared = self.session.describe(&parsed)?;
        let (parameters, columns) = (parsed.parameters, prepared.columns);
        let id = self.statements.add(ServerStatement {
            hints: self.session.hints_of(&text),
            text,
            parsed,
            types: Vec::new(),
            long: HashMap::new(),
            failed: None,
            cursor: None,
        });
        self.put_prepared(id, parameters, &columns);
        Ok(())
    }

    fn put_prepared(&mut self, id: u32, parameters: usize, columns: &[ResultColumn]) {
        let warnings = self.session.warning_count();
        let status = self.session.status();
        let (capabilities, results) =
            (self.session.client.capabilities, self.session.results_charset());
        self.channel.put_with(|out| {
            out.push(0);
            out.extend_from_slice(&id.to_le_bytes());
            out.extend_from_slice(&(columns.len() as u16).to_le_bytes());
            out.extend_from_slice(&(parameters as u16).to_le_bytes());
            out.push(0);
            out.extend_from_slice(&warnings.to_le_bytes());
        });
        for _ in 0..parameters {
            self.channel.put_with(|out| PARAMETER.put_payload(out, None));
        }
        if parameters > 0 {
            put_middle(&mut self.channel, capabilities, status);
        }
        put_definitions(&mut self.channel, columns, results);
        if !columns.is_empty() {
            put_middle(&mut self.channel, capabilities, status);
        }
    }

    /// The text of the statement that the command is about, for the process list.
    pub(super) fn executed_text(&self) -> Option<Arc<str>> {
        let id = crate::wire::prepared::statement_id(&self.command).ok()?;
        self.statements.by_id.get(&id).map(|statement| statement.text.clone())
    }

    /// COM_STMT_EXECUTE.
    pub(super) async fn execute(&mut self) -> Result<(), ServerError> {
        let execution = self.read_execution()?;
        let Execution { text, parsed, hints, values, cursor } = execution;
        self.session.acks.hint(hints);
        if cursor && self.opens_cursor(&parsed) {
            return self.execute_with_cursor(&text, &parsed, &values).await;
        }
        self.answer_statement(&text, &parsed, &values, RowFormat::Binary, false).await
    }

    /// Only results have cursors; everything else is answered as ever.
    fn opens_cursor(&self, parsed: &Parsed) -> bool {
        matches!(parsed.statement, crate::sql::statement::Statement::Query(_))
    }

    fn read_execution(&mut self) -> Result<Execution, ServerError> {
        let head = parameters::read_head(&self.command).map_err(malformed)?;
        let statement = self
            .statements
            .by_id
            .get_mut(&head.id)
            .ok_or_else(|| unknown(head.id, "mysqld_stmt_execute"))?;
        let long = std::mem::take(&mut statement.long);
        self.statements.long_bytes -= long.values().map(Vec::len).sum::<usize>();
        if let Some(error) = statement.failed.take() {
            return Err(error);
        }
        statement.cursor = None;
        let values = parameters::read(
            &self.command,
            statement.parsed.parameters,
            &mut statement.types,
            |at, ty| Some(long_value(long.get(&u16::try_from(at).ok()?)?, ty)),
        );
        Ok(Execution {
            text: statement.text.clone(),
            parsed: statement.parsed.clone(),
            hints: statement.hints.clone(),
            values: values.map_err(malformed)?,
            cursor: head.cursor,
        })
    }

    async fn execute_with_cursor(
        &mut self,
        text: &str,
        parsed: &Parsed,
        values: &[crate::value::Value],
    ) -> Result<(), ServerError> {
        let id = parameters::read_head(&self.command).map_err(malformed)?.id;
        let results = self.session.results_charset();
        let mut sink = CursorSink::new(results);
        let outcome = self.session.run_statement(text, parsed, values, &mut sink).await?;
        if !matches!(outcome, Outcome::Rows { .. }) {
            self.put_outcome(outcome, false);
            return Ok(());
        }
        let status = self.session.status() | StatusFlags::SERVER_STATUS_CURSOR_EXISTS;
        let count = sink.columns.len() as u64;
        self.channel.put_with(|out| crate::wire::reader::put_lenenc_int(out, count));
        put_definitions(&mut self.channel, &sink.columns, results);
        // The packet behind the columns closes the answer; rows come with FETCH.
        self.put_rows_end(status);
        if let Some(statement) = self.statements.by_id.get_mut(&id) {
            statement.cursor = Some(sink);
        }
        Ok(())
    }

    /// COM_STMT_FETCH.
    pub(super) fn fetch(&mut self) -> Result<(), ServerError> {
        let mut reader = Reader::new(&self.command);
        let (id, wanted) = read_fetch(&mut reader).map_err(malformed)?;
        let statement = self.statements.by_id.get_mut(&id);
        let statement = statement.ok_or_else(|| unknown(id, "mysqld_stmt_fetch"))?;
        let Some(cursor) = &mut statement.cursor else {
            let message = format!("The statement ({id}) has no open cursor.");
            return Err(ServerError::new(1421, *b"HY000", message));
        };
        for _ in 0..wanted {
            let Some(row) = cursor.rows.pop_front() else { break };
            self.channel.put(&row);
        }
        let last = match cursor.rows.is_empty() {
            true => StatusFlags::SERVER_STATUS_LAST_ROW_SENT,
            false => StatusFlags::SERVER_STATUS_CURSOR_EXISTS,
        };
        if cursor.rows.is_empty() {
            statement.cursor = None;
        }
        let status = self.session.status() | last;
        self.put_rows_end(status);
        Ok(())
    }

    /// COM_STMT_SEND_LONG_DATA: has no answer; what goes wrong is told at the next execution.
    pub(super) fn send_long_data(&mut self) {
        let mut reader = Reader::new(&self.command);
        let Ok((id, parameter)) = read_long(&mut reader) else { return };
        let data = reader.rest();
        let Statements { by_id, long_bytes, .. } = &mut self.statements;
        let Some(statement) = by_id.get_mut(&id) else { return };
        if usize::from(parameter) >= statement.parsed.parameters {
            statement.failed = Some(ServerError::new(
                1210,
                *b"HY000",
                "Incorrect arguments to mysqld_stmt_send_long_data",
            ));
            return;
        }
        let limit =
            usize::try_from(self.session.query.variables.max_allowed_packet).unwrap_or(usize::MAX);
        let held = statement.long.entry(parameter).or_default();
        if held.len() + data.len() > limit || *long_bytes + data.len() > MAX_LONG_DATA {
            statement.failed = Some(ServerError::packet_too_large());
            return;
        }
        *long_bytes += data.len();
        held.extend_from_slice(data);
    }

    /// COM_STMT_RESET: forgets long data and the cursor.
    pub(super) fn reset_statement(&mut self) -> Result<(), ServerError> {
        let id = crate::wire::prepared::statement_id(&self.command).map_err(malformed)?;
        let statement = self.statements.by_id.get_mut(&id);
        let statement = statement.ok_or_else(|| unknown(id, "mysqld_stmt_reset"))?;
        let long = std::mem::take(&mut statement.long);
        self.statements.long_bytes -= long.values().map(Vec::len).sum::<usize>();
        (statement.cursor, statement.failed) = (None, None);
        self.put_done();
        Ok(())
    }

    /// COM_STMT_CLOSE: has no answer.
    pub(super) fn close_statement(&mut self) {
        let Ok(id) = crate::wire::prepared::statement_id(&self.command) else { return };
        if let Some(statement) = self.statements.by_id.remove(&id) {
            self.statements.long_bytes -= statement.long.values().map(Vec::len).sum::<usize>();
        }
    }
}

/// How every parameter is described: MySQL does not know more of most of them either.
const PARAMETER: ColumnDefinition<'static> = ColumnDefinition {
    schema: "",
    table: "",
    org_table: "",
    name: "?",
    org_name: "",
    charset: 63,
    length: 0,
    type_code: crate::server::protocol::columns::code::VAR_STRING,
    flags: 0x80,
    decimals: 0,
    results: None,
};

fn read_fetch(reader: &mut Reader<'_>) -> Result<(u32, u32), Malformed> {
    reader.u8()?;
    Ok((reader.u32()?, reader.u32()?))
}

fn read_long(reader: &mut Reader<'_>) -> Result<(u32, u16), Malformed> {
    reader.u8()?;
    Ok((reader.u32()?, reader.u16()?))
}

fn malformed(_: Malformed) -> ServerError {
    ServerError::malformed_packet()
}

fn unknown(id: u32, command: &str) -> ServerError {
    ServerError::unknown_statement(&id.to_string(), command)
}
