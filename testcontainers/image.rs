//! Which images are tried, and what differs between the two families.

/// The releases that teams run: the long-term ones of both, and the newest MySQL.
const DEFAULT: &str = "mysql:8.0,mysql:8.4,mysql:9,mariadb:10.11,mariadb:11.8";

/// A family of images: one vocabulary of options and statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    MySql,
    MariaDb,
}

/// An image's name and tag.
#[derive(Clone, Debug)]
pub struct Image {
    pub name: String,
    pub tag: String,
    pub family: Family,
}

impl Image {
    /// `name:tag`; the name's last part says which family it is.
    pub fn named(text: &str) -> Self {
        let (name, tag) = text.rsplit_once(':').unwrap_or((text, "latest"));
        let family = match name.rsplit('/').next() {
            Some("mariadb") => Family::MariaDb,
            Some("mysql") => Family::MySql,
            _ => panic!("{text}: an image's name ends in mysql or mariadb"),
        };
        Self { name: name.to_owned(), tag: tag.to_owned(), family }
    }

    /// Those of `ANABRANCH_IMAGES`, or the usual ones.
    pub fn all() -> Vec<Self> {
        let named = std::env::var("ANABRANCH_IMAGES").unwrap_or_else(|_| DEFAULT.to_owned());
        named.split(',').map(str::trim).map(Self::named).collect()
    }

    /// What the image's entry point reads: `root` without a password, from anywhere, and no time zone tables.
    /// <https://hub.docker.com/_/mysql>, <https://hub.docker.com/_/mariadb>
    pub fn environment(&self) -> [(&'static str, &'static str); 2] {
        match self.family {
            Family::MySql => {
                [("MYSQL_ALLOW_EMPTY_PASSWORD", "1"), ("MYSQL_INITDB_SKIP_TZINFO", "1")]
            }
            Family::MariaDb => {
                [("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "1"), ("MARIADB_INITDB_SKIP_TZINFO", "1")]
            }
        }
    }

    /// The server's options: a primary or a replica with GTIDs on a port of loopback.
    pub fn options(&self, port: u16, id: usize) -> Vec<String> {
        let mut options = vec![
            format!("--port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--server-id={id}"),
            "--log-bin=binlog".to_owned(),
            "--binlog-format=ROW".to_owned(),
            "--innodb-buffer-pool-size=64M".to_owned(),
        ];
        let gtids: &[&str] = match self.family {
            Family::MySql => &["--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--mysqlx=OFF"],
            Family::MariaDb => &["--log-slave-updates=1", "--gtid-strict-mode=1"],
        };
        options.extend(gtids.iter().map(|option| (*option).to_owned()));
        options
    }

    /// Forgets what the entry point logged, so that all servers begin with the same nothing. MySQL renamed it in
    /// 8.4 (<https://dev.mysql.com/doc/refman/8.4/en/reset-binary-logs-and-gtids.html>).
    pub fn forget(&self) -> &'static str {
        match self.family {
            Family::MySql if self.tag.starts_with("8.0") => "RESET MASTER",
            Family::MySql => "RESET BINARY LOGS AND GTIDS",
            Family::MariaDb => "RESET MASTER; SET GLOBAL gtid_slave_pos = ''",
        }
    }

    /// Makes a server follow another by GTID.
    pub fn follow(&self, port: u16, user: &str, password: &str) -> String {
        match self.family {
            Family::MySql => format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='{user}',
                 SOURCE_PASSWORD='{password}', SOURCE_AUTO_POSITION=1, SOURCE_SSL=0, SOURCE_CONNECT_RETRY=1,
                 GET_SOURCE_PUBLIC_KEY=1; START REPLICA; SET GLOBAL super_read_only = 1"
            ),
            Family::MariaDb => format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='{user}',
                 MASTER_PASSWORD='{password}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1;
                 START SLAVE; SET GLOBAL read_only = 1"
            ),
        }
    }
}
