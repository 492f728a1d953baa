//! One operator's connection: who it is, what it asks, what it gets.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use opensrv_mysql::{
    AsyncMysqlShim, Column, ColumnFlags, ColumnType, ErrorKind, InitWriter, OkResponse,
    ParamParser, QueryResultWriter, StatementMetaWriter,
};
use tokio::io::AsyncWrite;

use crate::net::Credentials;

use super::Console;
use super::answers::{Table, answer};
use super::statement::parse;

/// Bytes of a native password's salt.
pub(super) const SALT_LEN: usize = 20;

/// A connection's door: shut until its client has proved who it is.
pub(super) struct Door {
    console: Arc<Console>,
    salt: [u8; SALT_LEN],
    open: AtomicBool,
}

impl Door {
    pub(super) fn new(console: Arc<Console>, salt: [u8; SALT_LEN]) -> Self {
        Self { console, salt, open: AtomicBool::new(false) }
    }

    /// Whether the proof is that of the console's account.
    fn is_proof(&self, user: &[u8], proof: &[u8]) -> bool {
        let account = &self.console.account;
        let known = Credentials::from_clear(account.password.reveal());
        let right = known.native_proof(&self.salt);
        user == account.user.as_bytes() && right.is_some_and(|right| right == proof)
    }

    async fn reply<W: AsyncWrite + Send + Unpin>(
        &self,
        query: &str,
        results: QueryResultWriter<'_, W>,
    ) -> io::Result<()> {
        // Nothing may come this far without a proof; should the protocol's library ever let it, it ends here.
        if !self.open.load(Relaxed) {
            return results.error(ErrorKind::ER_ACCESS_DENIED_ERROR, b"sign in first").await;
        }
        let Some(statement) = parse(query) else {
            let text = b"the console has no such statement; SHOW HELP lists those that it has";
            return results.error(ErrorKind::ER_PARSE_ERROR, &text[..]).await;
        };
        match answer(&statement, &self.console).await {
            Ok(Some(table)) => send(&table, results).await,
            Ok(None) => results.completed(OkResponse::default()).await,
            Err(error) => results.error(ErrorKind::ER_UNKNOWN_ERROR, error.as_bytes()).await,
        }
    }
}

/// Every column is text.
async fn send<W: AsyncWrite + Send + Unpin>(
    table: &Table,
    results: QueryResultWriter<'_, W>,
) -> io::Result<()> {
    let column = |name: &&str| Column {
        table: String::new(),
        column: (*name).to_owned(),
        coltype: ColumnType::MYSQL_TYPE_VAR_STRING,
        colflags: ColumnFlags::empty(),
    };
    let columns: Vec<Column> = table.columns.iter().map(column).collect();
    let mut writer = results.start(&columns).await?;
    for row in &table.rows {
        writer.write_row(row).await?;
    }
    writer.finish().await
}

#[async_trait::async_trait]
impl<W: AsyncWrite + Send + Unpin> AsyncMysqlShim<W> for Door {
    type Error = io::Error;

    fn version(&self) -> String {
        concat!("8.0.36-anabranch-console-", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn salt(&self) -> [u8; SALT_LEN] {
        self.salt
    }

    async fn authenticate(&self, _plugin: &str, user: &[u8], _salt: &[u8], proof: &[u8]) -> bool {
        let open = self.is_proof(user, proof);
        self.open.store(open, Relaxed);
        open
    }

    async fn on_prepare<'a>(
        &'a mut self,
        _query: &'a str,
        info: StatementMetaWriter<'a, W>,
    ) -> io::Result<()> {
        let text = b"the console prepares no statements; run them as text";
        info.error(ErrorKind::ER_UNSUPPORTED_PS, &text[..]).await
    }

    async fn on_execute<'a>(
        &'a mut self,
        _id: u32,
        _parameters: ParamParser<'a>,
        results: QueryResultWriter<'a, W>,
    ) -> io::Result<()> {
        results
            .error(ErrorKind::ER_UNKNOWN_STMT_HANDLER, b"the console prepares no statements")
            .await
    }

    async fn on_close<'a>(&'a mut self, _statement: u32)
    where
        W: 'async_trait,
    {
    }

    async fn on_query<'a>(
        &'a mut self,
        query: &'a str,
        results: QueryResultWriter<'a, W>,
    ) -> io::Result<()> {
        self.reply(query, results).await
    }

    async fn on_init<'a>(
        &'a mut self,
        schema: &'a str,
        writer: InitWriter<'a, W>,
    ) -> io::Result<()> {
        // Some drivers name no schema by an empty name.
        if schema.is_empty() {
            return writer.ok().await;
        }
        writer.error(ErrorKind::ER_BAD_DB_ERROR, b"the console has no databases").await
    }
}
