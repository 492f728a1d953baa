//! `[console]`: where operators look into the proxy with a `mysql` client.

use std::net::SocketAddr;

use super::files::{Surroundings, password};
use super::operations::socket_address;
use super::secret::Secret;
use super::section::Section;

/// Where the console listens when nothing is said.
const DEFAULT: &str = "127.0.0.1:4407";

/// The console.
#[derive(Clone, Debug)]
pub struct Console {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The only account that it lets in.
    pub user: String,
    /// That account's password; never empty.
    pub password: Secret,
}

/// Reads `[console]`; without the section there is no console.
pub(super) fn read(root: &Section, around: &Surroundings) -> Option<Console> {
    if !root.has("console") {
        return None;
    }
    let section = root.table("console");
    let listen = section.string("listen", DEFAULT);
    let address = socket_address(&section, listen.as_ref(), DEFAULT, "");
    let user = section.string("user", "admin");
    let password = password(&section, around);
    require_password(&section, password.as_ref().map(|found| &found.value));
    section.finish();
    let user = user.map_or("admin", |found| found.value).to_owned();
    Some(Console { listen: address?, user, password: password?.value })
}

fn require_password(section: &Section, found: Option<&Secret>) {
    let given = ["password", "password_file", "password_env"].iter().any(|key| section.has(key));
    let advice = "write `password_file = \"console.password\"` (or password, password_env)";
    if !given {
        section.missing_because(
            "password",
            "missing: the console lets nobody in without one",
            advice,
        );
    } else if found.is_some_and(|password| password.reveal().is_empty()) {
        let span = section.span_of("password");
        section.wrong(
            "password",
            &span,
            "empty: whoever reaches the console would be let in",
            advice,
        );
    }
}
