//! The prepared statements of a session: one id towards the client, and on each server the id that
//! this server gave it, once it has been prepared there.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::proxy::pool::Profile;
use crate::proxy::topology::ServerId;
use crate::sql::{Kind, StatementClass};
use crate::wire::response::Counts;

use super::hints::Wishes;

/// Statements that one session may have prepared at once; MySQL's default for a whole server.
pub const MAX_STATEMENTS: usize = 16_382;

/// Bytes of text that one session may have prepared at once.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// A statement on one server.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// Which server.
    pub server: ServerId,
    /// Which connection to it: after a reconnect the placement is void.
    pub epoch: u64,
    /// The server's id for it.
    pub id: u32,
    /// The server knows the parameter types.
    pub typed: bool,
}

/// Parameter data sent ahead of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongData {
    /// None was sent.
    #[default]
    None,
    /// It is on this connection.
    On(ServerId, u64),
    /// Some of it did not arrive, so the execution must not take place.
    Lost,
}

/// One prepared statement.
#[derive(Debug)]
pub struct Statement {
    /// Its text, to prepare it elsewhere; `None` when it was too long to keep.
    pub sql: Option<Rc<[u8]>>,
    /// The session's state when it was prepared, where connections are shared.
    pub context: Option<Rc<Profile>>,
    /// The version of the session's settings when it was prepared.
    pub version: u64,
    /// What it is, decided when it was prepared.
    pub class: Arc<StatementClass>,
    /// What its hints want.
    pub wishes: Option<Rc<Wishes>>,
    /// Its columns and parameters.
    pub counts: Counts,
    /// The parameter types that the client sent last.
    pub types: Option<Box<[u8]>>,
    /// Where it is prepared.
    pub placements: SmallVec<[Placement; 2]>,
    /// Where parameter data was sent ahead of the next execution.
    pub long_data: LongData,
    /// Where it ran last: its cursor is there.
    pub ran_on: Option<ServerId>,
}

impl Statement {
    /// Where it is prepared on the connection `epoch` to `server`.
    pub fn placement(&mut self, server: ServerId, epoch: u64) -> Option<&mut Placement> {
        self.placements.iter_mut().find(|p| p.server == server && p.epoch == epoch)
    }

    fn text_bytes(&self) -> usize {
        self.sql.as_ref().map_or(0, |sql| sql.len())
    }

    /// The text, where executing it changes what servers report. One with parameters cannot be
    /// repeated as text; no driver sends such.
    pub fn unreported(&self) -> Option<Box<[u8]>> {
        let sets = self.class.kind == Kind::SetSession && self.counts.parameters == 0;
        let sql = self.sql.as_ref().filter(|sql| sets && super::query::changes_tracking(sql));
        sql.map(|sql| sql[..].into())
    }

    /// It has been prepared on a server.
    pub fn place(&mut self, placement: Placement) {
        self.placements.retain(|p| p.server != placement.server);
        self.placements.push(placement);
    }
}

/// The statements of a session, by the client's id.
#[derive(Debug, Default)]
pub struct Statements {
    by_id: HashMap<u32, Statement>,
    last_id: u32,
    /// What a client means by [`crate::wire::prepared::LAST_PREPARED`]; none after a PREPARE that
    /// failed.
    last_prepared: Option<u32>,
    /// Of all texts together.
    bytes: usize,
}

impl Statements {
    /// No further statement may be prepared.
    pub fn is_full(&self) -> bool {
        self.by_id.len() >= MAX_STATEMENTS || self.bytes >= MAX_TEXT_BYTES
    }

    /// A PREPARE has arrived: until it succeeds, nothing was prepared last.
    pub fn begin_prepare(&mut self) {
        self.last_prepared = None;
    }

    /// The id that the next statement gets.
    pub fn next_id(&self) -> u32 {
        let mut id = self.last_id;
        loop {
            // Neither zero nor the id that means "the last one prepared".
            id = if id >= u32::MAX - 1 { 1 } else { id + 1 };
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }

    /// Keeps a statement under an id from [`Self::next_id`].
    pub fn insert(&mut self, id: u32, statement: Statement) {
        self.last_id = id;
        self.last_prepared = Some(id);
        self.bytes += statement.text_bytes();
        self.by_id.insert(id, statement);
    }

    /// The client's id for what it calls `id`.
    pub fn resolve(&self, id: u32) -> u32 {
        match id {
            // No statement has the id 0.
            crate::wire::prepared::LAST_PREPARED => self.last_prepared.unwrap_or(0),
            id => id,
        }
    }

    /// A statement, to look at.
    pub fn get(&self, id: u32) -> Option<&Statement> {
        self.by_id.get(&id)
    }

    /// A statement.
    pub fn get_mut(&mut self, id: u32) -> Option<&mut Statement> {
        self.by_id.get_mut(&id)
    }

    /// Forgets a statement.
    pub fn remove(&mut self, id: u32) -> Option<Statement> {
        let removed = self.by_id.remove(&id)?;
        self.last_prepared = self.last_prepared.filter(|last| *last != id);
        self.bytes -= removed.text_bytes();
        Some(removed)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes = 0;
        self.last_prepared = None;
        self.by_id.clear();
        self.by_id.shrink_to_fit();
    }
}
