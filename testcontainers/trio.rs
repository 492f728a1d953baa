//! A primary and two replicas of one image, with the proxy in front.

use std::time::Duration;

use super::image::Image;
use super::server::InContainer;
use super::support::{Proxy, wait_until_within};

const CATCH_UP: Duration = Duration::from_secs(60);

pub struct Trio {
    pub primary: InContainer,
    pub replicas: [InContainer; 2],
}

impl Trio {
    pub fn start(image: &Image) -> Self {
        let primary = InContainer::start(image, 1);
        let replicas = [2, 3].map(|id| InContainer::start(image, id));
        primary.sql(image.forget());
        for replica in &replicas {
            replica.sql(image.forget());
            replica.sql(&image.follow(primary.port(), "root", ""));
        }
        let trio = Self { primary, replicas };
        trio.primary.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v BIGINT NOT NULL)",
        );
        trio.caught_up(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'shop'",
        );
        trio
    }

    /// Waits until the replicas answer as the primary does.
    pub fn caught_up(&self, question: &str) {
        let wanted = self.primary.sql(question);
        for replica in &self.replicas {
            wait_until_within(CATCH_UP, "a replica to catch up", || {
                replica.sql(question) == wanted
            });
        }
    }

    pub fn proxy(&self) -> Proxy {
        let servers: String = self
            .replicas
            .iter()
            .zip(1..)
            .map(|(replica, n)| {
                format!("[[server]]\nname = \"replica{n}\"\naddress = \"{}\"\n", replica.address())
            })
            .collect();
        Proxy::in_front_of_with(self.primary.address(), &servers)
    }
}
