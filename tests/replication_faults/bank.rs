//! The bank: accounts, a ledger of transfers, and a trace without a key, in which a repeated transfer would show.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::cluster::{Cluster, Copy};
use crate::numbers::Numbers;

pub const ACCOUNTS: u64 = 16;

/// What every account has at first.
const START: i64 = 1_000;

/// All money.
pub const TOTAL: i64 = ACCOUNTS as i64 * START;

/// Tables whose rows must be equal on all copies, with an order of their rows.
pub const TABLES: [(&str, &str); 3] = [
    ("bank.account", "SELECT * FROM bank.account ORDER BY id"),
    ("bank.ledger", "SELECT * FROM bank.ledger ORDER BY id"),
    ("bank.trace", "SELECT id, COUNT(*) FROM bank.trace GROUP BY id ORDER BY id"),
];

/// Accounts whose balances the ledger does not explain.
pub const TORN: &str = "SELECT a.id, a.balance FROM bank.account a WHERE a.balance <> a.base
     + (SELECT COALESCE(SUM(amount), 0) FROM bank.ledger WHERE payee = a.id)
     - (SELECT COALESCE(SUM(amount), 0) FROM bank.ledger WHERE payer = a.id)";

pub fn create(cluster: &Cluster) {
    let rows: Vec<String> = (0..ACCOUNTS).map(|id| format!("({id},{START},{START})")).collect();
    for statement in [
        "CREATE DATABASE bank",
        "CREATE TABLE bank.account (id INT PRIMARY KEY, balance BIGINT NOT NULL, base BIGINT NOT NULL)",
        "CREATE TABLE bank.ledger (id BIGINT PRIMARY KEY, payer INT NOT NULL, payee INT NOT NULL,
           amount BIGINT NOT NULL, KEY (payer), KEY (payee))",
        "CREATE TABLE bank.trace (id BIGINT NOT NULL)",
        &format!("INSERT INTO bank.account VALUES {}", rows.join(",")),
    ] {
        cluster.ask(Copy::Primary, statement);
    }
}

/// An empty ledger: balances are what they are.
pub fn clear(cluster: &Cluster) {
    for statement in [
        "UPDATE bank.account SET base = balance",
        "TRUNCATE TABLE bank.ledger",
        "TRUNCATE TABLE bank.trace",
    ] {
        // both changes at once would be torn, which readers of the next round must not see
        cluster.ask(Copy::Primary, statement);
    }
}

/// One transfer; accounts in ascending order, so that no two transfers wait for each other in a circle.
pub async fn transfer(conn: &mut Conn, id: u64, numbers: &mut Numbers) -> mysql_async::Result<()> {
    let payer = numbers.below(ACCOUNTS);
    let payee = (payer + 1 + numbers.below(ACCOUNTS - 1)) % ACCOUNTS;
    let amount = 1 + numbers.below(10) as i64;
    let mut changes = [(payer, -amount), (payee, amount)];
    changes.sort_unstable();
    conn.query_drop("BEGIN").await?;
    for (account, change) in changes {
        let sql =
            format!("UPDATE bank.account SET balance = balance + {change} WHERE id = {account}");
        conn.query_drop(sql).await?;
    }
    conn.query_drop(format!("INSERT INTO bank.ledger VALUES ({id}, {payer}, {payee}, {amount})"))
        .await?;
    conn.query_drop(format!("INSERT INTO bank.trace VALUES ({id})")).await?;
    conn.query_drop("COMMIT").await
}
