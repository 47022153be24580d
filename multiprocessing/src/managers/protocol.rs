//! What clients and server say to each other.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::value::Value;

/// First on every connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Hello {
    /// A new client. The connection carries nothing more: when it ends, the client is dead.
    Live,
    /// A connection for the calls of a client, one after the other.
    Call { session: u64 },
}

/// The answer to [`Hello::Live`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) server: u128,
    pub(crate) session: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Request {
    /// A new object of a registered type. Answered by a reference to it, which the client then has to release.
    Create { type_id: String, args: Vec<Value> },
    Call {
        id: u64,
        method: String,
        args: Vec<Value>,
        /// Which of the client's threads calls.
        thread: u64,
    },
    /// One more reference to an object that the client heard of elsewhere.
    Adopt { id: u64 },
    /// One reference less to each of these. Not answered.
    Release { ids: Vec<u64> },
    /// How many objects there are.
    CountObjects,
    /// Whoever knows this number may end the server. Not answered.
    Stop { token: u64 },
}

pub(crate) type Reply = Result<Value, Fault>;
