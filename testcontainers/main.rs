//! What users run: the official images of MySQL and MariaDB, in containers, with the proxy and the bundled
//! servers beside them.
//!
//! ```text
//! image ──> primary ──> two replicas        the proxy in front: writes there, reads here, nothing stale
//!       └─> primary ──> a bundled replica   ┐
//!       └── replica <── a bundled primary   ┴ the same rows on both ends
//! ```
//!
//! It needs a container engine on Linux (Docker, or Podman with its socket in `DOCKER_HOST`), because the
//! containers use the host's network: replication goes both ways over loopback. It is therefore a feature:
//!
//! ```text
//! cargo test --features testcontainers --test testcontainers
//! ANABRANCH_IMAGES=mysql:8.4,mariadb:11.8 cargo test --features testcontainers --test testcontainers
//! ```

mod image;
mod proxied;
mod replicated;
mod server;
#[path = "../tests/support/mod.rs"]
mod support;
mod trio;
