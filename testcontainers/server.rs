//! One server in a container, on a port of the host's loopback.

use std::net::SocketAddr;
use std::time::Duration;

use testcontainers::core::ExecCommand;
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};

use super::image::Image;
use super::support::place::Place;
use super::support::{ports, wait_until_within};

/// From the container's start to the first answer: the entry point initialises the data and starts the server
/// twice.
const START_LIMIT: Duration = Duration::from_secs(180);

/// A running server; its container is removed when this is dropped.
pub struct InContainer {
    container: Container<GenericImage>,
    port: u16,
}

impl InContainer {
    /// Starts server `id` of the image and waits until it answers over TCP, which the first start of its entry
    /// point does not.
    pub fn start(image: &Image, id: usize) -> Self {
        let port = ports::free_ports(1);
        let mut request = GenericImage::new(image.name.clone(), image.tag.clone())
            .with_host_config_modifier(|host| host.network_mode = Some("host".to_owned()))
            .with_startup_timeout(START_LIMIT)
            .with_cmd(image.options(port, id));
        for (name, value) in image.environment() {
            request = request.with_env_var(name, value);
        }
        let container =
            request.start().unwrap_or_else(|error| panic!("{}:{}: {error}", image.name, image.tag));
        let server = Self { container, port };
        wait_until_within(START_LIMIT, "the server in the container to answer", || {
            server.place().try_sql("", "SELECT 1").is_ok()
        });
        server
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn place(&self) -> Place {
        Place::at(self.address())
    }

    /// Runs statements as `root`; rows as lines, columns separated by tabs.
    pub fn sql(&self, statements: &str) -> String {
        self.place().sql("", statements).trim_end().to_owned()
    }

    /// SIGKILL, to the server itself.
    pub fn kill(&self) {
        // The engine may answer with the end of the exec session itself: only the server's end counts.
        let _ = self.container.exec(ExecCommand::new(["sh", "-c", "kill -9 1"]));
        let _ = self.container.stop_with_timeout(Some(0));
        wait_until_within(START_LIMIT, "the server to be gone", || {
            self.place().try_sql("", "SELECT 1").is_err()
        });
    }
}
