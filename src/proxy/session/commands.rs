//! The commands beside statements.

use std::sync::Arc;
use std::time::Instant;

use crate::metrics::SignInFailure;
use crate::net::{ChangeUserContext, change_user};
use crate::proxy::backend::ExchangeError;
use crate::proxy::causal::Overlay;
use crate::proxy::route::{Reason, Route, Target};
use crate::proxy::topology::{Flavour, ServerId, ServerView, State};
use crate::sql::{Cause, Kind, StatementClass};
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::login::ChangeUser;
use crate::wire::response::Expect;
use crate::wire::{CapabilityFlags, StatusFlags};

use super::acquire::NoConnection;
use super::client::Arrived;
use super::held::Held;
use super::ready::{EXCHANGE_TIME, timed_out};
use super::state::{SessionState, Start};
use super::statement::Statement;
use super::{Ended, Flow, Session};

impl Session {
    /// Every command that is not a statement's.
    pub(super) async fn handle_other(&mut self, arrived: Arrived) -> Flow {
        match arrived.command {
            command::QUIT => Err(Ended::Client),
            command::INIT_DB => self.init_db(arrived).await,
            command::PING => self.ping(arrived).await,
            command::FIELD_LIST => self.at_primary(arrived, Expect::Rows).await,
            command::STATISTICS | command::REFRESH | command::DEBUG => {
                self.at_primary(arrived, Expect::Single).await
            }
            command::PROCESS_INFO => self.at_primary(arrived, Expect::Results).await,
            command::PROCESS_KILL => self.kill_command(arrived).await,
            command::SET_OPTION => self.set_option(arrived).await,
            command::RESET_CONNECTION => self.reset_connection(arrived).await,
            command::CHANGE_USER => self.change_user(arrived).await,
            // Through the proxy nobody has that privilege: it would stop the primary only.
            command::SHUTDOWN => {
                self.refuse(arrived, &ServerError::privilege_missing("SHUTDOWN")).await
            }
            command::BINLOG_DUMP | command::BINLOG_DUMP_GTID | command::REGISTER_REPLICA => {
                let name = command::name(arrived.command);
                self.refuse(arrived, &ServerError::not_supported(name)).await
            }
            _ => self.refuse(arrived, &ServerError::unknown_command()).await,
        }
    }

    /// A command that the primary, or the server that holds the session's state, answers.
    async fn at_primary(&mut self, arrived: Arrived, expect: Expect) -> Flow {
        let class = Arc::new(StatementClass::write(Cause::Admin));
        let mut statement = Statement::text(class);
        statement.expect = expect;
        self.run_statement(arrived, statement).await.map(|_| ())
    }

    /// COM_INIT_DB.
    async fn init_db(&mut self, arrived: Arrived) -> Flow {
        let schema = self.client.payload(arrived).get(1..).unwrap_or_default().to_vec();
        let mut statement = Statement::text(Arc::new(StatementClass::new(Kind::Use, Cause::Use)));
        statement.expect = Expect::Single;
        if let Some((server, outcome)) = self.run_statement(arrived, statement).await?
            && outcome.error.is_none()
        {
            self.state.learn_schema(&schema);
            let version = self.state.version();
            if let Some(connection) = self.connection_to(server) {
                connection.synced = version;
            }
        }
        Ok(())
    }

    /// COM_PING: where a server holds the session's state, it answers; else the proxy does, as the
    /// client's connection is the proxy's, and servers are reachable.
    async fn ping(&mut self, arrived: Arrived) -> Flow {
        let facts = &self.held.facts;
        if facts.transaction.is_some() || facts.pins.server.is_some() {
            return self.at_primary(arrived, Expect::Single).await;
        }
        let is_down = |server: &ServerView| matches!(server.state, State::Down(_));
        if self.local.with_view(|view| view.servers.iter().all(is_down)) {
            return self.refuse(arrived, &ServerError::no_server()).await;
        }
        self.skip(arrived).await?;
        self.client.tell_ok(1, self.held.status()).await
    }

    /// COM_SET_OPTION: multi-statements on or off, now and on connections opened later.
    async fn set_option(&mut self, arrived: Arrived) -> Flow {
        let option = self.client.payload(arrived).get(1..3).map(<[u8]>::to_vec);
        let class = Arc::new(StatementClass::new(Kind::SetSession, Cause::SetSession));
        let mut statement = Statement::text(class);
        statement.expect = Expect::Single;
        let Some((server, outcome)) = self.run_statement(arrived, statement).await? else {
            return Ok(());
        };
        if outcome.error.is_none() {
            let on = option.as_deref() == Some(&[0, 0]);
            self.client.capabilities.set(CapabilityFlags::CLIENT_MULTI_STATEMENTS, on);
            self.keep_only(Some(server)).await;
            if let Some(shared) = self.connection_to(server).and_then(|c| c.shared.as_mut()) {
                // It no longer has the flags that its pool is for.
                shared.spoiled = true;
            }
            self.change_pools();
        }
        Ok(())
    }

    /// Closes all connections but one.
    async fn keep_only(&mut self, server: Option<ServerId>) {
        let all = std::mem::take(&mut self.connections);
        for connection in all {
            match Some(connection.server) == server {
                true => self.connections.push(connection),
                false => {
                    self.pulse.closed(connection.server, connection.thread_id);
                    connection.quit().await;
                }
            }
        }
    }

    /// COM_RESET_CONNECTION: one connection is reset, the others are closed, which resets them too.
    async fn reset_connection(&mut self, arrived: Arrived) -> Flow {
        self.skip(arrived).await?;
        let primary = self.primary();
        let open = |wanted: Option<ServerId>| {
            self.connections.iter().map(|c| c.server).find(|server| Some(*server) == wanted)
        };
        let kept = open(primary).or_else(|| self.connections.first().map(|c| c.server));
        self.keep_only(kept).await;
        let outcome = match self.connections.first_mut() {
            Some(connection) => {
                let reset = connection.exchange(&[command::RESET_CONNECTION], |_| ());
                let reset = tokio::time::timeout(EXCHANGE_TIME, reset).await;
                match reset.unwrap_or_else(|_| Err(timed_out())) {
                    Ok(status) => {
                        connection.text_statements.clear();
                        if let Some(shared) = &mut connection.shared {
                            // Some of what signing in set is gone, too: it is reset for good later.
                            shared.doubtful = true;
                            shared.prepared.clear();
                        }
                        connection.reports_transactions = self.replay.is_some();
                        let tracked = crate::proxy::backend::pool::track(connection).await;
                        tracked.map(|()| status).map_err(ExchangeError::Io)
                    }
                    Err(error) => Err(error),
                }
            }
            None => Ok(StatusFlags::SERVER_STATUS_AUTOCOMMIT),
        };
        match outcome {
            Ok(status) => {
                self.forget_everything();
                self.client.tell_ok(1, status).await
            }
            Err(ExchangeError::Refused(error)) => self.client.tell_error(&error).await,
            Err(ExchangeError::Io(_)) => {
                // The connection is gone, and with it what was to be reset.
                self.connections.clear();
                self.forget_everything();
                self.client.tell_ok(1, self.held.status()).await
            }
        }
    }

    /// Back to the state after signing in, in the current schema.
    pub(super) fn forget_everything(&mut self) {
        let view = self.local.shared.views.load();
        let schema = self.state.schema().map(str::to_owned);
        self.state = SessionState::new(&Start {
            schema: schema.as_deref(),
            sql_mode: &view.version.sql_mode,
            collation: self.client.collation,
            ignore_space: self.client.capabilities.contains(CapabilityFlags::CLIENT_IGNORE_SPACE),
        });
        drop(view);
        for connection in &mut self.connections {
            connection.synced = 0;
        }
        let memory = std::mem::take(&mut self.held.memory);
        self.held = Held::new();
        self.held.memory = memory;
        self.asked = Overlay::default();
        self.route_hint = None;
        self.hint_warnings = None;
        self.shape_context = None;
        self.held.memory.note_after(None);
        self.statements.clear();
        self.text_statements.clear();
        if let Some(replay) = &mut self.replay {
            replay.record.clear();
            self.state.watch_transactions();
        }
        if let Some(pooled) = &mut self.pooled {
            pooled.forget();
            self.held.shares = true;
            self.state.watch_changes();
        }
    }

    /// COM_CHANGE_USER.
    async fn change_user(&mut self, arrived: Arrived) -> Flow {
        if !arrived.whole {
            return Err(Ended::Client);
        }
        let body = self.client.payload(arrived).get(1..).unwrap_or_default();
        let parsed = ChangeUser::parse(body, self.client.capabilities);
        self.skip(arrived).await?;
        let Ok(change) = parsed else {
            self.client.tell_error(&ServerError::malformed_packet()).await?;
            return Err(Ended::Client);
        };
        let shared = self.local.shared.clone();
        let live = shared.lives.current();
        let context = ChangeUserContext {
            capabilities: self.client.capabilities,
            salt: self.client.salt,
            policy: &live.login,
        };
        let stream = self.client.pipe.stream_mut();
        let changed = change_user(stream, 1, &change, &context, &*shared.accounts).await;
        let Ok(changed) = changed else {
            shared.metrics.sign_in_failed(SignInFailure::WrongProof);
            return Err(Ended::Client);
        };
        self.keep_only(None).await;
        self.client.user = change.user.as_str().into();
        self.user_rules = Default::default();
        shared.registry.rename(self.client.id, self.client.user.clone());
        self.client.credentials = changed.credentials;
        self.client.salt = changed.salt;
        if let Some(collation) = change.collation {
            self.client.collation = collation as u8;
        }
        self.client.attributes = change.attributes;
        self.forget_everything();
        self.change_pools();
        self.state.learn_schema(change.database.as_deref().unwrap_or_default().as_bytes());
        self.enter(changed.next_seq).await
    }

    /// The last step of signing in: where a schema was named, a server must agree to it.
    pub(super) async fn enter(&mut self, sequence: u8) -> Flow {
        let entered = match self.state.schema() {
            Some(_) => Box::pin(self.open_first()).await,
            None => Ok(()),
        };
        self.warm_up().await;
        self.client.credentials.forget_clear_text();
        match entered {
            Ok(()) => {
                self.hand_back().await;
                self.client.tell_ok(sequence, self.held.status()).await
            }
            Err(error) => {
                self.local.shared.metrics.sign_in_failed(SignInFailure::Database);
                let bytes = super::relay::packet(sequence, |out| error.put_payload(out, true));
                self.client.tell(&bytes).await?;
                Err(Ended::Client)
            }
        }
    }

    async fn open_first(&mut self) -> Result<(), ServerError> {
        let route = Route { target: Target::Any, reason: Reason::Statement(Cause::Use) };
        let mut attempt = super::attempt::Attempt::new(Instant::now(), self.policy(None));
        match self.acquire(&route, &mut attempt).await {
            Ok(_) => Ok(()),
            Err(NoConnection::Error(error) | NoConnection::Busy(error)) => Err(error),
            Err(NoConnection::StateLost(_)) => Err(ServerError::backend_lost()),
        }
    }

    /// The password itself is at hand only now. Servers that may ask for it (their own cache being
    /// empty) are signed in to while it is.
    async fn warm_up(&mut self) {
        if self.client.credentials.clear_text().is_none() {
            return;
        }
        let view = self.local.shared.views.current();
        // MariaDB has no plugin that would ask for it.
        let may_ask = |server: &&ServerView| server.reads && server.flavour != Flavour::MariaDb;
        for server in view.servers.iter().filter(may_ask) {
            if self.pooled.is_some() {
                self.warm_pool(server.id).await;
            } else if self.connection_to(server.id).is_none() {
                // A server that cannot be reached now is asked again when it is needed.
                let _ = self.open(server.id).await;
            }
        }
    }
}
