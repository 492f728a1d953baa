//! Programs that read our log while it grows.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use super::corpus::{TABLES, statements};
use super::install;
use super::sides::{MariaDb, Side, checksums};
use super::support::server::Server;
use super::support::{shared_cluster, wait_until};

/// Follows the log, keeps each table's rows as the events say, and compares them with what the server answers.
const READER: &str = r"
import datetime, decimal, json, sys
import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.event import QueryEvent
from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

settings = dict(host='127.0.0.1', port=int(sys.argv[1]), user='root', passwd='', charset='utf8mb4')
reader = BinLogStreamReader(connection_settings=settings, server_id=77, blocking=True, resume_stream=True,
    log_file='binlog.000001', log_pos=4, only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent, QueryEvent],
    slave_heartbeat=0.2)
print('ready', flush=True)

def plain(value):
    if isinstance(value, set):
        return ','.join(sorted(value))
    if isinstance(value, dict) or isinstance(value, list):
        return json.dumps(text(value), sort_keys=True)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)

def text(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {text(key): text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [text(one) for one in value]
    return value

tables = {}
for event in reader:
    if isinstance(event, QueryEvent):
        words = event.query.upper().split()
        if words[:2] == ['CREATE', 'TABLE'] and 'LAST' in words[2]:
            break
        continue
    if event.table not in sys.argv[2].split(','):
        continue
    rows = tables.setdefault(event.table, {})
    for row in event.rows:
        if isinstance(event, UpdateRowsEvent):
            del rows[row['before_values']['id']]
            rows[row['after_values']['id']] = row['after_values']
        elif isinstance(event, WriteRowsEvent):
            rows[row['values']['id']] = row['values']
        else:
            del rows[row['values']['id']]

connection = pymysql.connect(database='interop', cursorclass=pymysql.cursors.DictCursor, **settings)
cursor = connection.cursor()
for name in sys.argv[2].split(','):
    cursor.execute('SELECT column_name c, data_type t FROM information_schema.columns WHERE table_schema = %s '
        'AND table_name = %s', ('interop', name))
    types = {row['c']: row['t'] for row in cursor.fetchall()}
    cursor.execute('SELECT * FROM ' + name)
    count = 0
    for answer in cursor.fetchall():
        seen = tables[name].pop(answer['id'])
        for column, value in answer.items():
            kind = types[column]
            got = seen.get(column)
            if value is not None:
                if kind == 'bit':
                    value = bin(int.from_bytes(value, 'big'))[2:].zfill(len(got))
                elif kind == 'set':
                    value = ','.join(sorted(value.split(',') if value else []))
                elif kind == 'json':
                    value, got = json.loads(value), text(got)
                    got = json.loads(got) if isinstance(got, str) and not isinstance(value, str) else got
                    value, got = json.dumps(value, sort_keys=True), json.dumps(got, sort_keys=True)
                elif kind == 'binary' and got is not None:
                    got = got.ljust(len(value), b'\0')
                elif kind == 'timestamp' or kind == 'float':
                    continue
                elif kind == 'time' and value < datetime.timedelta(0) and value.microseconds:
                    continue  # the reader takes the fraction of a negative time for a positive one
            if plain(value) != plain(got):
                print('different', name, answer['id'], column, plain(value)[:80], plain(got)[:80], flush=True)
                sys.exit(1)
            count += 1
    if tables[name]:
        print('left over', name, list(tables[name])[:3], flush=True)
        sys.exit(1)
    print('same', name, count > 0, flush=True)
";

fn corpus_server(json: &str) -> Server {
    let server = Server::start("").expect("the server starts");
    let schema = "CREATE DATABASE interop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    server.run(&format!("{schema}; USE interop; CREATE TABLE early (id INT PRIMARY KEY)"));
    wait_until("the schema", || server.ask("SELECT * FROM interop.early").is_ok());
    server.run(&format!("USE interop; {}", statements(json)));
    server
}

#[test]
fn a_change_data_reader_keeps_the_rows() {
    let site =
        install::python("replication", "mysql-replication==1.0.9 pymysql==1.1.1 cryptography");
    let server = corpus_server("JSON");
    // the reader asks for the names of columns as they are now: what was altered is for others
    let tables = "times";
    let reader = Command::new("python3")
        .env("PYTHONPATH", site)
        .args(["-c", READER, &server.address().port().to_string(), tables])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    wait_until("the reader to get the log", || {
        server.sql("SHOW PROCESSLIST").contains("Binlog Dump")
    });
    server.run(
        "USE interop; INSERT INTO big VALUES (1, REPEAT('live', 100000)), (2, NULL);
         UPDATE big SET v = 'short' WHERE id = 1; DELETE FROM big WHERE id = 2; CREATE TABLE last (n INT)",
    );
    let output = reader.wait_with_output().expect("its own child");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected: String = tables.split(',').map(|name| format!("same {name} True\n")).collect();
    assert_eq!(said, format!("ready\n{expected}"));
}

/// Passes bytes on, and lets the server say until its log is asked for that it is `5.7`: `mariadb-binlog` of 10.11
/// and 11 reads of no server that says 8 or 9 of itself, MySQL's own included.
fn as_an_older_version(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(upstream)) = (client, TcpStream::connect(server)) else { return };
            relay(client, upstream);
        }
    });
    address
}

const DUMP_COMMANDS: [u8; 2] = [0x12, 0x1e];

fn relay(mut client: TcpStream, mut upstream: TcpStream) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let dumping = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (upstream.try_clone().expect("it"), client.try_clone().expect("it"));
    let is_dumping = dumping.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let part = &mut buffer[..count];
            if !is_dumping.load(Ordering::SeqCst) {
                let found =
                    part.windows(16).position(|bytes| bytes.starts_with(b"8.0.40-anabranch"));
                found.into_iter().for_each(|at| part[at..at + 3].copy_from_slice(b"5.7"));
            }
            if to.write_all(part).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            // a command begins a packet of number 0
            if buffer[3] == 0 && DUMP_COMMANDS.contains(&buffer[4]) {
                dumping.store(true, Ordering::SeqCst);
            }
            if upstream.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
        let _ = upstream.shutdown(std::net::Shutdown::Both);
    });
}

/// What it prints is played on a MariaDB, which must then have the same rows.
fn read_remotely(address: SocketAddr) -> Command {
    let mut program = Command::new("mariadb-binlog");
    program
        .args(["--no-defaults", "--read-from-remote-server", "-h127.0.0.1", "-uroot"])
        .args([
            "--protocol=tcp",
            &format!("-P{}", address.port()),
            "--to-last-log",
            "binlog.000001",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

#[test]
fn mariadb_binlog_over_the_network() {
    let server = corpus_server("LONGTEXT");
    server.run("FLUSH BINARY LOGS; USE interop; INSERT INTO big VALUES (1, REPEAT('x', 300000)), (2, NULL)");
    let refused = read_remotely(server.address()).output().expect("mariadb-binlog runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("unrecognized") && said.contains("'8.0.40-anabranch"),
        "a newer one reads it: {said}"
    );
    let output = read_remotely(as_an_older_version(server.address())).output();
    let output = output.expect("mariadb-binlog runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cluster = shared_cluster();
    let target = MariaDb(cluster, 0);
    target.run("DROP DATABASE IF EXISTS interop");
    let mut played = Command::new("mariadb")
        .args(["--no-defaults", "-uroot", "--max-allowed-packet=1G", "--binary-mode", "-S"])
        .arg(cluster.socket(0))
        .stdin(Stdio::piped())
        .spawn()
        .expect("the mariadb client runs");
    let mut input = played.stdin.take().expect("a pipe");
    input.write_all(&output.stdout).expect("the client reads");
    drop(input);
    assert!(played.wait().expect("its own child").success());
    for (question, answer) in checksums(&server) {
        assert_eq!(target.run(&question), answer);
    }
    assert_eq!(TABLES.len(), checksums(&server).len());
    target.run("DROP DATABASE interop");
}
