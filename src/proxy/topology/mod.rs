//! The cluster as the proxy sees it: observations, judgement, and the published view.
//!
//! ```text
//! server ──poll── monitor task ──Observation──▶ judge ──View──▶ Views ──▶ sessions
//!   (one task per server, mysql_async)         (pure)        (arc-swap + watch)
//! ```
//!
//! * [`monitor`] asks: one task and one connection per server, every question under a time limit;
//! * [`judge`] decides, without clock or socket: who is alive, who is the primary, who lags;
//! * [`View`] is the immutable result; [`Views`] publishes it, cheap to load on every statement.
//!
//! Sessions may report what they meet first ([`Hints`]): a refused connection makes the monitor
//! look at once, error 1040 puts back-pressure on the server without declaring it dead.

mod changes;
mod fields;
mod greeting;
pub mod judge;
mod lag;
pub mod monitor;
mod observation;
mod primary;
mod probe;
mod routines;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod version;
mod view;
mod views;

pub use crate::net::Address;
pub(super) use fields::Fields;
pub use monitor::{Control, Hints, Monitor, start};
pub use observation::{Channel, CheckFailure, IoState, Observation};
pub(super) use probe::connect;
pub use routines::RoutineCatalog;
pub use settings::{JudgeSettings, MonitorCell, MonitorSettings, MonitorTls, ServerSettings};
pub use version::{Flavour, Version};
pub use view::{Alert, DownReason, Greeting, MAX_IDS, Role, ServerId, ServerView, State, View};
pub use views::{ViewCache, Views};
