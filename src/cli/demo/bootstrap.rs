//! Starts the children one after the other, with the accounts and the shop that the first start makes.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

use super::super::say;
use super::children::{Children, Program};
use super::layout::{Layout, MONITOR_USER, PASSWORD, REPLICATION_USER, ServerPlace};

/// Between two attempts to reach a child that is starting.
const RETRY: Duration = Duration::from_millis(50);

/// Schema and data of the shop; it drops what an interrupted first start left.
const SHOP: &str = include_str!("shop.sql");

/// Starts everything; returns when the proxy answers and the shop is there.
///
/// # Errors
/// A child ended instead of starting; the text has the end of its log.
pub(super) async fn start(layout: &Layout, children: &mut Children) -> io::Result<()> {
    say(&format!("Data, configuration and logs are in {}\n", layout.folder.display()));
    let mut primary = start_server(layout, layout.primary(), children).await?;
    // until the replicas are there, nothing can wait for them
    set_policy(&mut primary, "async").await?;
    make_accounts(&mut primary).await?;
    for replica in layout.replicas() {
        let conn = start_server(layout, replica, children).await?;
        catch_up(&mut primary, conn, replica, children).await?;
    }
    set_policy(&mut primary, layout.ack).await?;
    let mut proxy = start_proxy(layout, children).await?;
    fill_shop(&mut proxy).await
}

async fn start_server(
    layout: &Layout,
    server: &ServerPlace,
    children: &mut Children,
) -> io::Result<Conn> {
    say(&format!("{} starts on {}\n", server.name, server.address));
    children.start(Program {
        name: server.name.clone(),
        subcommand: "server",
        config: layout.config(&server.name),
        log: layout.log(&server.name),
    })?;
    reach(server.address, children).await
}

async fn start_proxy(layout: &Layout, children: &mut Children) -> io::Result<Conn> {
    say(&format!("the proxy starts on {}\n", layout.proxy));
    children.start(Program {
        name: "proxy".to_owned(),
        subcommand: "proxy",
        config: layout.config("proxy"),
        log: layout.log("proxy"),
    })?;
    reach(layout.proxy, children).await
}

/// Root's connection to a child, as soon as it gives one.
async fn reach(address: SocketAddr, children: &mut Children) -> io::Result<Conn> {
    loop {
        if let Ok(conn) = connect(address).await {
            return Ok(conn);
        }
        children.check()?;
        tokio::time::sleep(RETRY).await;
    }
}

/// Signs in as root, who has no password here.
pub(super) async fn connect(address: SocketAddr) -> Result<Conn, mysql_async::Error> {
    let opts = OptsBuilder::default()
        .ip_or_hostname(address.ip().to_string())
        .tcp_port(address.port())
        .user(Some("root"))
        .prefer_socket(false);
    Conn::new(opts).await
}

async fn set_policy(primary: &mut Conn, policy: &str) -> io::Result<()> {
    run(primary, &format!("SET GLOBAL anabranch_ack_policy = '{policy}'")).await
}

/// The accounts of replicas and monitor, which reach the replicas as all rows do.
async fn make_accounts(primary: &mut Conn) -> io::Result<()> {
    for (user, privilege) in
        [(REPLICATION_USER, "REPLICATION SLAVE"), (MONITOR_USER, "REPLICATION CLIENT")]
    {
        run(primary, &format!("CREATE USER IF NOT EXISTS {user}@'%' IDENTIFIED BY '{PASSWORD}'"))
            .await?;
        run(primary, &format!("GRANT {privilege} ON *.* TO {user}@'%'")).await?;
    }
    // the proxy learns the application's accounts from here
    run(primary, &format!("GRANT SELECT ON mysql.* TO {MONITOR_USER}@'%'")).await
}

/// Waits until a replica has applied what the primary has by now.
async fn catch_up(
    primary: &mut Conn,
    mut replica: Conn,
    place: &ServerPlace,
    children: &mut Children,
) -> io::Result<()> {
    let executed: Option<String> =
        primary.query_first("SELECT @@global.gtid_executed").await.map_err(io::Error::other)?;
    let wait = format!("SELECT WAIT_FOR_EXECUTED_GTID_SET('{}', 1)", executed.unwrap_or_default());
    loop {
        children.check()?;
        match replica.query_first::<i64, _>(&wait).await {
            Ok(Some(0)) => return Ok(()),
            Ok(_) => {}
            // a replica that loads its first copy closes its connections
            Err(_) => replica = reach(place.address, children).await?,
        }
    }
}

/// Makes the shop through the proxy, unless an earlier start has made all of it.
async fn fill_shop(proxy: &mut Conn) -> io::Result<()> {
    // its rows are written last; the table is absent before
    let filled = proxy.query_first::<i64, _>("SELECT 1 FROM shop.order_items LIMIT 1").await;
    if matches!(filled, Ok(Some(_))) {
        return Ok(());
    }
    say("the shop is made: customers, products, orders\n");
    run(proxy, SHOP).await
}

async fn run(conn: &mut Conn, statements: &str) -> io::Result<()> {
    let done = conn.query_drop(statements).await;
    done.map_err(|error| io::Error::other(format!("{error}, at: {}", first_line(statements))))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
