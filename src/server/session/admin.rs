//! Statements about the whole server: locks of tables, FLUSH, and the binary log.

use super::Session;
use super::statement::block;
use crate::engine::TableLock;
use crate::engine::catalog::TableName;
use crate::query::accounts::{Privilege, require, require_any};
use crate::query::{self, Interrupt, Outcome};
use crate::sql::statement::Statement;
use crate::sql::statement::ast::{Flush, FlushTarget, LockTable, PurgeBinaryLogs};
use crate::value::SqlError;
use crate::value::convert;
use crate::value::temporal::{DateMode, TimeZone, UnixTime};
use crate::value::warning::Unheard;

impl Session {
    /// Runs the statement if it is one of these.
    pub(super) async fn administer(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<Outcome>, SqlError> {
        match statement {
            Statement::LockTables(tables) => self.lock_tables(tables).await?,
            Statement::UnlockTables => self.unlock_tables().await?,
            Statement::Flush(flush) => self.flush(flush).await?,
            Statement::PurgeBinaryLogs(purge) => self.purge(purge)?,
            Statement::Replication(replication) => self.replicate(replication).await?,
            Statement::ResetBinaryLogs => {
                require(&self.query, Privilege::Reload)?;
                self.commit().await?;
                block(|| self.query.engine.reset_logs())?;
            }
            _ => return Ok(None),
        }
        Ok(Some(Outcome::done()))
    }

    /// LOCK TABLES: ends the transaction, gives back earlier locks, then takes all of these.
    async fn lock_tables(&mut self, tables: &[LockTable]) -> Result<(), SqlError> {
        self.commit().await?;
        self.query.engine.unlock_tables(self.query.owner);
        self.locked_names = None;
        let mut wanted = Vec::with_capacity(tables.len());
        for table in tables {
            let name = self.full_name(&table.table)?;
            if self.query.temporary.table(&name.schema, &name.name).is_none() {
                wanted.push(TableLock { name, write: table.write });
            }
        }
        let owner = self.query.owner;
        self.tables_locked = true;
        self.locked(|engine| engine.lock_tables(owner, &wanted)).await?;
        self.keep_locked_names(tables);
        Ok(())
    }

    /// A table's name with the current schema where none was given; it must be there.
    fn full_name(
        &self,
        name: &crate::sql::statement::ast::TableName,
    ) -> Result<TableName, SqlError> {
        let schema = name.schema.as_deref().or(self.query.database.as_deref());
        let schema = schema.ok_or_else(crate::engine::no_database)?;
        let catalog = self.query.engine.database().catalog.clone();
        let temporary = self.query.temporary.table(schema, &name.name).is_some();
        let known = temporary
            || catalog.table(schema, &name.name).is_some()
            || catalog.view(schema, &name.name).is_some();
        if !known {
            return Err(crate::engine::no_such_table(schema, &name.name));
        }
        Ok(TableName::new(schema, &name.name))
    }

    /// Takes locks that are kept beyond the transaction, waiting as often as it must.
    async fn locked(
        &mut self,
        take: impl Fn(&crate::engine::Engine) -> Result<(), crate::engine::Interrupt>,
    ) -> Result<(), SqlError> {
        loop {
            let taken = take(&self.query.engine).map_err(Interrupt::from);
            match taken {
                Ok(()) => return Ok(()),
                Err(Interrupt::Wait(wait)) => self.await_lock(wait).await?,
                Err(other) => return Err(other.into_error()),
            }
        }
    }

    async fn unlock_tables(&mut self) -> Result<(), SqlError> {
        if self.tables_locked {
            self.commit().await?;
        }
        self.tables_locked = false;
        self.locked_names = None;
        self.query.engine.unlock_tables(self.query.owner);
        Ok(())
    }

    async fn flush(&mut self, flush: &Flush) -> Result<(), SqlError> {
        require_any(&self.query, &[Privilege::Reload], None)?;
        for target in &flush.targets {
            match target {
                FlushTarget::Tables { tables, read_lock: true, .. } if tables.is_empty() => {
                    self.commit().await?;
                    let owner = self.query.owner;
                    self.locked(|engine| engine.lock_all_tables(owner)).await?;
                }
                FlushTarget::Tables { tables, read_lock, for_export }
                    if *read_lock || *for_export =>
                {
                    let tables = tables.iter().map(|table| LockTable {
                        table: table.clone(),
                        alias: None,
                        write: false,
                    });
                    self.lock_tables(&tables.collect::<Vec<_>>()).await?;
                }
                FlushTarget::Logs | FlushTarget::BinaryLogs => {
                    block(|| self.query.engine.rotate_log())?;
                }
                // Accounts are read when they change, and nothing else is kept that could be stale.
                _ => {}
            }
        }
        Ok(())
    }

    fn purge(&mut self, purge: &PurgeBinaryLogs) -> Result<(), SqlError> {
        require_any(&self.query, &[Privilege::Super], Some("BINLOG_ADMIN"))?;
        match purge {
            PurgeBinaryLogs::To(name) => {
                block(|| self.query.engine.purge_logs_to(name))?;
            }
            PurgeBinaryLogs::Before(time) => {
                let (value, _) =
                    query::run::value(&mut self.query, time, &[]).map_err(Interrupt::into_error)?;
                let seconds = self.unix_seconds(&value)?;
                block(|| self.query.engine.purge_logs_before(seconds))?;
            }
        }
        Ok(())
    }

    /// A moment in the session's time zone as seconds since 1970.
    fn unix_seconds(&self, value: &crate::value::Value) -> Result<u32, SqlError> {
        let wrong = || SqlError::new(1210, b"HY000", "Incorrect arguments to PURGE LOGS BEFORE");
        let moment = convert::to_date_time(value, DateMode::default(), &mut Unheard);
        let zone = TimeZone::parse(&self.query.variables.time_zone).unwrap_or_default();
        let utc = zone.to_utc(moment.ok_or_else(wrong)?).ok_or_else(wrong)?;
        u32::try_from(UnixTime::from_utc(utc).0 / 1_000_000).map_err(|_| wrong())
    }
}
