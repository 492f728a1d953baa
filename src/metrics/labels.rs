//! The closed label sets that this room owns.
//!
//! A label value is always a variant here, so that no input can make a new time series.

/// A closed list of label words.
pub trait Label: Copy + 'static {
    /// Every variant, in declaration order.
    const ALL: &'static [Self];

    /// The word in the metric.
    fn label(self) -> &'static str;
}

/// Declares an enum with the word of each variant.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl Label for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn label(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

label! {
    /// Whether a server can be used.
    ServerState {
        /// It answers.
        Up = "up",
        /// It answers that it has no connection left (1040, 1203).
        Full = "full",
        /// It does not answer, or not in time.
        Down = "down",
    }
}

label! {
    /// What a server is in the replication.
    ServerRole {
        /// The one that takes writes.
        Primary = "primary",
        /// One that follows.
        Replica = "replica",
        /// Not known, or neither.
        Unknown = "unknown",
    }
}

label! {
    /// What went wrong with a server.
    ServerErrorKind {
        /// No connection could be opened.
        Connect = "connect",
        /// It refused the sign-in.
        SignIn = "sign_in",
        /// It has no connection left.
        Full = "full",
        /// An open connection was lost.
        Lost = "lost",
        /// It did not answer in time.
        Timeout = "timeout",
        /// It said something that the protocol does not allow.
        Protocol = "protocol",
        /// A check of its state failed.
        Check = "check",
    }
}

label! {
    /// Why a client could not prove who it is.
    SignInFailure {
        /// No account matches, or the proof is wrong: which of the two is not told.
        WrongProof = "wrong_proof",
        /// The account is locked.
        Locked = "locked",
        /// The client is too old for the account's plugin.
        Plugin = "plugin",
        /// No server let the session into the database that was asked for.
        Database = "database",
    }
}

label! {
    /// What an operator should look at.
    Alert {
        /// Two servers are writable.
        TwoPrimaries = "two_primaries",
        /// No server takes writes.
        NoPrimary = "no_primary",
        /// No replica takes reads.
        NoReplica = "no_replica",
        /// No account is known, so nobody can sign in.
        NoAccounts = "no_accounts",
    }
}

label! {
    /// What became of a read that found the primary's share for reads used up.
    ShareOutcome {
        /// It waited, and the primary took it.
        LetIn = "let_in",
        /// While it waited, a replica came to have what it needed.
        Replica = "replica",
        /// A late replica served it.
        LeastLate = "least_late",
        /// Its turn did not come in time.
        TimedOut = "timed_out",
        /// Too many waited already.
        LineFull = "line_full",
    }
}

label! {
    /// How a session came to a shared server connection.
    Lease {
        /// An idle one, in its state.
        Same = "same",
        /// An idle one, which had to be told something.
        Told = "told",
        /// An idle one, which was reset.
        Reset = "reset",
        /// A new one.
        Opened = "opened",
        /// Not at all: its turn did not come in time.
        TimedOut = "timed_out",
    }
}

label! {
    /// What became of a transaction that lost its server connection, where transactions are replayed.
    Fate {
        /// It goes on, on another connection.
        Replayed = "replayed",
        /// It may have been committed.
        CommitInFlight = "commit_in_flight",
        /// It has more commands, or more bytes of them, than are kept.
        TooLarge = "too_large",
        /// It has a statement that cannot be run again.
        Statement = "statement",
        /// It took or gave back locks that are not the transaction's.
        Locks = "locks",
        /// It made a temporary table.
        TemporaryTable = "temporary_table",
        /// It read a file of the client.
        LocalFile = "local_file",
        /// It opened a cursor.
        Cursor = "cursor",
        /// It needs state that the session had before, or changed the session's settings.
        SessionState = "session_state",
        /// It wrote a table that is not transactional.
        NotTransactional = "not_transactional",
        /// A statement failed in a way that may have ended it.
        FailedStatement = "failed_statement",
        /// The client has part of an answer.
        AnswerBegun = "answer_begun",
        /// Somebody killed the session.
        Killed = "killed",
        /// A command was answered otherwise than the first time.
        AnswerDiffers = "answer_differs",
        /// No server could be had in time.
        NoServer = "no_server",
        /// A command was not answered in time.
        TimedOut = "timed_out",
        /// Connections were lost again and again.
        LostAgain = "lost_again",
    }
}

label! {
    /// What became of a changed configuration.
    ReloadResult {
        /// It holds now.
        Applied = "applied",
        /// Nothing had changed.
        Unchanged = "unchanged",
        /// The one before it holds on.
        Refused = "refused",
    }
}

label! {
    /// What a rule of the configuration did to a statement, beside sending it somewhere.
    RuleAction {
        /// It was not run.
        Refused = "refused",
        /// It was stopped, as it took too long.
        Stopped = "stopped",
    }
}

label! {
    /// What a read waited for on a replica.
    WaitReason {
        /// What the session wrote.
        ReadYourWrites = "read_your_writes",
        /// What it read.
        MonotonicReads = "monotonic_reads",
        /// Freshness within the bound.
        BoundedStaleness = "bounded_staleness",
        /// All that was acknowledged.
        GlobalReads = "global_reads",
        /// What a token names.
        AfterPosition = "after_position",
    }
}

label! {
    /// Why a statement did not run where it was sent first.
    Fallback {
        /// No connection to the server could be had.
        Connect = "connect",
        /// The server was lost under it.
        Lost = "lost",
        /// The replica did not have in time what it waited for.
        WaitedInVain = "waited_in_vain",
        /// The replica refused it as a write.
        ReplicaRefused = "replica_refused",
        /// It could not be prepared there.
        NotPrepared = "not_prepared",
    }
}

label! {
    /// What keeps a session on one server connection: the words of the statements' reasons.
    Pin {
        /// Temporary tables.
        TemporaryTables = "temporary_tables",
        /// Table locks.
        TableLocks = "table_locks_held",
        /// Named locks.
        NamedLocks = "named_locks_held",
        /// An open `HANDLER`.
        Handler = "handler_open",
        /// A distributed transaction.
        Xa = "xa_open",
        /// What no other connection can be told.
        UncarriedState = "uncarried_state",
    }
}

label! {
    /// Why a statement could not have a shared connection at once, by how that ended.
    PoolWait {
        /// All were in use; one came free in time.
        InUse = "in_use",
        /// All were in use for longer than a statement waits.
        TimedOut = "timed_out",
        /// All were in use, and too many waited already.
        LineFull = "line_full",
    }
}

label! {
    /// Why a client connection was closed before its session began.
    Refusal {
        /// As many as allowed are open.
        TooManyConnections = "too_many_connections",
        /// It took too long to sign in.
        Timeout = "timeout",
        /// It could not prove who it is.
        SignIn = "sign_in",
        /// It did not speak the protocol.
        Protocol = "protocol",
        /// TLS is required, or its handshake failed.
        Tls = "tls",
        /// It left before it had signed in.
        Left = "left",
    }
}
