//! Commands of replicas: COM_REGISTER_REPLICA, COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID.

use std::time::Duration;

use super::answer::to_client;
use super::{Conversation, Next};
use crate::query::accounts::{Privilege, require};
use crate::replication::primary::{
    self, DumpError, DumpLimits, DumpRequest, FollowerOptions, Identity, Sender,
};
use crate::server::processes::DUMP;
use crate::value::SqlError;
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::replication::{BinlogDump, BinlogDumpGtid, RegisterReplica};

/// Until a follower must have taken what it was sent, where `net_write_timeout` says nothing.
const DEFAULT_WRITE: Duration = Duration::from_secs(60);

impl Conversation {
    /// COM_REGISTER_REPLICA.
    pub(super) fn register_replica(&mut self) -> Result<(), ServerError> {
        self.require_replication()?;
        let registration =
            RegisterReplica::parse(&self.command).map_err(|_| ServerError::malformed_packet())?;
        let who = self.identity(registration);
        let registered = self.session.shared.primary.register(who);
        self.registered = Some(registered.ok_or_else(too_many)?);
        self.put_done();
        Ok(())
    }

    /// Sends the log until either side ends it. Only a program that does not wait for more goes on with other
    /// commands.
    pub(super) async fn binlog_dump(&mut self) -> Next {
        match self.dump().await {
            Ok(()) => Next::Command,
            Err(Ended::Told(error)) => {
                self.channel.put_error(&error);
                Next::End
            }
            Err(Ended::Gone) => Next::End,
        }
    }

    async fn dump(&mut self) -> Result<(), Ended> {
        self.require_replication()?;
        let request = self.dump_request()?;
        let shared = self.session.shared.clone();
        let engine = &shared.engine;
        let log = engine.log().ok_or_else(no_log)?;
        let variables = &self.session.query.user_variables;
        let options =
            FollowerOptions::of(|name| variables.get(name).map(|known| known.value.clone()));
        let beginning = primary::beginning(log, engine.uuid(), &request.start, &options)?;
        let (server_id, from) = (shared.settings.server_id, beginning.position);
        let mut sender = Sender::new(log, server_id, beginning, &options)?;
        let registration = self.registered.take().and_then(|registered| registered.registration());
        let known = registration.unwrap_or_else(|| RegisterReplica {
            server_id: request.server_id,
            ..RegisterReplica::default()
        });
        let who = self.identity(known);
        let following = shared.primary.follow(who, &options, from).ok_or_else(too_many)?;
        let limits = DumpLimits { heartbeat: options.heartbeat, write: self.write_limit() };
        let process = self.session.listed.process().clone();
        process.begin(DUMP, None);
        process.set_state("Source has sent all binlog to replica; waiting for more updates");
        let pipe = self.channel.pipe_mut();
        let dump = primary::run(pipe, log, &mut sender, &following, request.non_blocking, limits);
        let ended = tokio::select! {
            ended = dump => ended,
            () = process.killed() => return Err(Ended::Gone),
            () = shared.parting.cancelled() => {
                self.channel.set_seq(sender.sequence());
                return Err(Ended::Told(ServerError::shutdown()));
            }
        };
        self.channel.set_seq(sender.sequence());
        if let Err(error) = &ended {
            tracing::info!(replica = request.server_id, %error, "a replica's dump ended");
        }
        Ok(ended?)
    }

    /// REPLICATION SLAVE.
    fn require_replication(&self) -> Result<(), ServerError> {
        require(&self.session.query, Privilege::ReplicationReplica).map_err(to_client)
    }

    fn dump_request(&self) -> Result<DumpRequest, ServerError> {
        let request = match self.command.first() {
            Some(&command::BINLOG_DUMP_GTID) => {
                BinlogDumpGtid::parse(&self.command).map(DumpRequest::from)
            }
            _ => BinlogDump::parse(&self.command).map(DumpRequest::from),
        };
        request.map_err(|_| ServerError::malformed_packet())
    }

    fn identity(&self, registration: RegisterReplica) -> Identity {
        let process = self.session.listed.process();
        Identity { connection: u64::from(process.id), address: process.host(), registration }
    }

    /// `net_write_timeout`.
    fn write_limit(&self) -> Duration {
        let text = self.session.variable_text("net_write_timeout");
        let seconds = text.and_then(|text| text.parse().ok());
        seconds.map_or(DEFAULT_WRITE, Duration::from_secs)
    }
}

/// Why a dump ended.
enum Ended {
    /// The follower is told.
    Told(ServerError),
    /// It cannot hear.
    Gone,
}

impl From<ServerError> for Ended {
    fn from(error: ServerError) -> Self {
        Self::Told(error)
    }
}

impl From<DumpError> for Ended {
    fn from(error: DumpError) -> Self {
        error.to_client().map_or(Self::Gone, Self::Told)
    }
}

fn no_log() -> ServerError {
    ServerError::new(1236, *b"HY000", "Binary log is not open")
}

fn too_many() -> ServerError {
    to_client(SqlError::new(1040, b"08004", "Too many connections"))
}
