"""PyMySQL: text protocol only, and raw commands, since it lets a program send any."""
import os
import socket

import pymysql
from pymysql.constants import CLIENT, COMMAND
from pymysql.cursors import SSCursor

import scenarios
from transcript import CA, HOST, PASSWORD, PORT, SCHEMA, attempt, finish, rows, section, show


class Driver:
    name = "pymysql"
    Error = pymysql.Error

    def connect(self, user="app", password=PASSWORD, database=SCHEMA, tls=None, charset="utf8mb4", autocommit=False,
                local_infile=False, found_rows=False, multi=False):
        ssl = {None: {"ssl_disabled": True}, "on": {"ssl": {"check_hostname": False}},
               "verify": {"ssl_ca": CA, "ssl_verify_cert": True, "ssl_verify_identity": True}}[tls]
        flags = (CLIENT.FOUND_ROWS if found_rows else 0) | (CLIENT.MULTI_STATEMENTS if multi else 0)
        return pymysql.connect(host=HOST, port=PORT, user=user, password=password, database=database, charset=charset,
                               autocommit=autocommit, local_infile=local_infile, read_timeout=60, client_flag=flags, **ssl)

    def error(self, error):
        return f"{type(error).__name__} {error.args}"

    def lost(self, error):
        """A lost connection shows as a code of the client (2006, 2013) or as an error packet that came just before."""
        return "lost" if isinstance(error, (pymysql.OperationalError, pymysql.InterfaceError)) else self.error(error)

    file_error = error

    def metadata(self, cursor):
        return [(f.catalog, f.db, f.table_name, f.org_table, f.name, f.org_name, f.charsetnr, f.length, f.type_code, f.flags, f.scale)
                for f in cursor._result.fields] if cursor._result else None

    def status(self, connection):
        return connection.server_status

    def warning_count(self, cursor):
        return cursor.warning_count

    def info(self, connection):
        return show(connection._result.message) if connection._result else None

    def thread_id(self, connection):
        return connection.thread_id()

    def call(self, connection, name, args):
        cursor = connection.cursor()
        cursor.callproc(name, args)
        sets = [cursor.fetchall()]
        while cursor.nextset():
            sets.append(cursor.fetchall())
        if args:
            cursor.execute("SELECT " + ", ".join(f"@_{name}_{n}" for n in range(len(args))))
            sets.append(cursor.fetchone())
        return sets

    def several(self, connection, text):
        cursor = connection.cursor()
        try:
            cursor.execute(text)
            while True:
                yield f"{cursor.rowcount} {cursor.lastrowid} {cursor.fetchall() if cursor.description else None} {connection.server_status}"
                if not cursor.nextset():
                    return
        except pymysql.Error as error:
            yield self.error(error)

    def streaming_cursor(self, connection):
        return connection.cursor(SSCursor)

    def abandon(self, connection):
        connection._sock.shutdown(socket.SHUT_RDWR)
        connection._result.unbuffered_active = False


def packets(connection, command, payload=b"", count=1):
    """Sends a command as bytes; gives the answer's packets in hexadecimal, or the error."""
    connection._execute_command(command, payload)
    return [connection._read_packet().get_all_data().hex() for _ in range(count)]


def commands(driver):
    section("commands, byte for byte")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE listed (id INT NOT NULL DEFAULT 5, v VARCHAR(10) DEFAULT 'dflt', u TEXT)")
    for label, command, payload, count in (
        ("ping", COMMAND.COM_PING, b"", 1),
        ("field list", COMMAND.COM_FIELD_LIST, b"listed\0", 4),
        ("field list, wildcard", COMMAND.COM_FIELD_LIST, b"listed\0v%", 2),
        ("field list, no table", COMMAND.COM_FIELD_LIST, b"nowhere\0", 1),
        ("init db", COMMAND.COM_INIT_DB, SCHEMA.encode(), 1),
        ("init db, unknown", COMMAND.COM_INIT_DB, b"test_nowhere", 1),
        ("init db, empty", COMMAND.COM_INIT_DB, b"", 1),
        ("multi statements on", COMMAND.COM_SET_OPTION, b"\0\0", 1),
        ("two statements", COMMAND.COM_QUERY, b"DO 1; DO 2", 2),
        ("multi statements off", COMMAND.COM_SET_OPTION, b"\1\0", 1),
        ("two statements", COMMAND.COM_QUERY, b"DO 1; DO 2", 1),
        ("set option, unknown", COMMAND.COM_SET_OPTION, b"\7\0", 1),
        ("reset", 0x1F, b"", 1),
        ("unknown statement", COMMAND.COM_STMT_EXECUTE, b"\x63\0\0\0\0\1\0\0\0", 1),
        ("unknown statement", COMMAND.COM_STMT_FETCH, b"\x63\0\0\0\1\0\0\0", 1),
        ("unknown statement", COMMAND.COM_STMT_RESET, b"\x63\0\0\0", 1),
        ("prepare, wrong", COMMAND.COM_STMT_PREPARE, b"SELEC 1", 1),
        ("prepare, refused", COMMAND.COM_STMT_PREPARE, b"SELECT 1; SELECT 2", 1),
        ("kill, unknown", COMMAND.COM_PROCESS_KILL, b"\xfa\xff\xff\xff", 1),
        ("shutdown, forbidden", COMMAND.COM_SHUTDOWN, b"", 1),
        ("refresh, forbidden", COMMAND.COM_REFRESH, b"\x01", 1),
        ("debug, forbidden", COMMAND.COM_DEBUG, b"", 1),
        ("create db", COMMAND.COM_CREATE_DB, b"test_x", 1),
        ("sleep", COMMAND.COM_SLEEP, b"", 1),
        ("time", COMMAND.COM_TIME, b"", 1),
        ("delayed insert", COMMAND.COM_DELAYED_INSERT, b"", 1),
        ("connect", COMMAND.COM_CONNECT, b"", 1),
        ("connect out", COMMAND.COM_CONNECT_OUT, b"", 1),
        ("unheard of", 0x70, b"", 1),
        ("query", COMMAND.COM_QUERY, b"DO 1", 1),
    ):
        attempt(label, lambda: packets(connection, command, payload, count), driver.error)
        connection._result = None
    text = bytes.fromhex(packets(connection, COMMAND.COM_STATISTICS)[0]).decode()
    print("statistics:", text.split(":")[0], "Questions" in text)
    raw_prepared(connection)
    connection.close()
    connection = driver.connect()
    connection._execute_command(COMMAND.COM_QUIT, b"")
    print("quit:", show(connection._sock.recv(1)))


def raw_prepared(connection):
    """A prepared statement with a cursor, in bytes: ids differ, so the first packet is shown without its id."""
    first, *rest = packets(connection, COMMAND.COM_STMT_PREPARE, b"SELECT seq, ? FROM seq_1_to_5", 6)
    print("prepare:", first[:2], first[10:], rest)
    statement = bytes.fromhex(first)[1:5]
    execute = statement + b"\x01\x01\0\0\0" + b"\0\x01" + b"\xfe\0" + b"\x03abc"
    print("execute:", packets(connection, COMMAND.COM_STMT_EXECUTE, execute, 4))
    print("fetch 2:", packets(connection, COMMAND.COM_STMT_FETCH, statement + b"\x02\0\0\0", 3))
    print("fetch 9:", packets(connection, COMMAND.COM_STMT_FETCH, statement + b"\x09\0\0\0", 4))
    attempt("fetch on", lambda: packets(connection, COMMAND.COM_STMT_FETCH, statement + b"\x01\0\0\0"), Driver().error_without_id)
    print("reset:", packets(connection, COMMAND.COM_STMT_RESET, statement))
    connection._execute_command(COMMAND.COM_STMT_SEND_LONG_DATA, statement + b"\0\0long ")
    connection._next_seq_id = 0
    connection._execute_command(COMMAND.COM_STMT_SEND_LONG_DATA, statement + b"\0\0data")
    print("long data:", packets(connection, COMMAND.COM_STMT_EXECUTE, statement + b"\0\x01\0\0\0" + b"\0\x01" + b"\xfc\0", 10))
    connection._execute_command(COMMAND.COM_STMT_CLOSE, statement)
    attempt("closed", lambda: packets(connection, COMMAND.COM_STMT_EXECUTE, execute), Driver().error_without_id)


def error_without_id(self, error):
    code, message = error.args
    return f"{code} {message.split('(')[0]}"


Driver.error_without_id = error_without_id


def own_id(driver):
    section("connection id")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor()
    cursor.execute("SELECT CONNECTION_ID()")
    print("CONNECTION_ID() is the greeting's:", cursor.fetchone()[0] == connection.thread_id())
    connection.close()


if __name__ == "__main__":
    driver = Driver()
    scenarios.run_all(driver)
    if os.environ["DB_SCENARIO"] == "all":
        commands(driver)
        own_id(driver)
    finish()
