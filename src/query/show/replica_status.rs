//! The row of SHOW REPLICA STATUS.

use crate::query::Session;
use crate::query::cells::{maybe_number, number, text};
use crate::query::session::{ReplicaError, ReplicaView};
use crate::value::Value;
use crate::value::temporal::UnixTime;

/// The row, in the order of the columns; none where no source is set.
pub fn row(session: &Session) -> Option<Vec<Value>> {
    let view = session.server.replica()?;
    let executed = session.engine.database().executed.to_string();
    let mut row = connection(&view);
    row.extend(progress(&view));
    row.extend(tls(&view));
    row.extend(failures(&view));
    row.extend(rest(view, executed));
    Some(row)
}

fn yes(yes: bool) -> Value {
    text(if yes { "Yes" } else { "No" })
}

fn connection(view: &ReplicaView) -> Vec<Value> {
    vec![
        text(&*view.io_state),
        text(&*view.host),
        text(&*view.user),
        number(u64::from(view.port)),
        number(view.connect_retry),
        text(&*view.read.0),
        number(view.read.1),
        text(&*view.relay_file),
        number(view.relay_position),
        text(&*view.executed.0),
        text(view.io_running),
        yes(view.sql_running),
    ]
}

/// From the filters to the condition that ends the applier.
fn progress(view: &ReplicaView) -> Vec<Value> {
    let mut row = vec![text(""); 6];
    row.extend([
        number(u64::from(view.sql_error.code)),
        text(&*view.sql_error.text),
        number(0),
        number(view.executed.1),
        number(view.relay_space),
        text(view.until.0),
        text(&*view.until.1),
        number(view.until.2),
    ]);
    row
}

fn tls(view: &ReplicaView) -> Vec<Value> {
    vec![
        yes(view.tls),
        text(&*view.tls_ca),
        text(""),
        text(&*view.tls_cert),
        text(""),
        text(&*view.tls_key),
        maybe_number(view.seconds_behind),
        yes(view.tls_verify),
    ]
}

fn failures(view: &ReplicaView) -> Vec<Value> {
    vec![
        number(u64::from(view.io_error.code)),
        text(&*view.io_error.text),
        number(u64::from(view.sql_error.code)),
        text(&*view.sql_error.text),
        text(""),
        number(u64::from(view.source_id)),
        text(&*view.source_uuid),
        text("replication.source"),
        number(view.delay),
        maybe_number(view.remaining_delay),
        text(view.sql_state),
        number(view.retry_count),
        text(""),
        text(moment(&view.io_error)),
        text(moment(&view.sql_error)),
    ]
}

fn rest(view: ReplicaView, executed: String) -> Vec<Value> {
    let mut row = vec![text(""), text(""), text(view.retrieved), text(executed)];
    row.push(number(u64::from(view.auto_position)));
    row.extend([text(""), text(""), text(""), text("")]);
    row.push(number(u64::from(view.get_public_key)));
    row.push(text(""));
    row
}

/// `YYMMDD hh:mm:ss` in UTC; empty for never.
fn moment(error: &ReplicaError) -> String {
    let micros = i64::try_from(error.at).unwrap_or(0);
    let Some(at) = UnixTime(micros).to_utc().filter(|_| error.at > 0) else { return String::new() };
    let digits: String = at.to_string().chars().take(19).collect();
    digits.get(2..).unwrap_or_default().replacen('-', "", 2)
}
