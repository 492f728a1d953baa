"""Memory of idle client connections: signs in N times, asks nothing, and looks at the proxy's growth.

A connection here is a bare socket that has signed in with mysql_native_password: the client costs next to
nothing, so thousands fit beside the servers.
"""

import hashlib
import socket
import struct
import time

from . import processes

CLIENT_LONG_PASSWORD = 0x1
CLIENT_CONNECT_WITH_DB = 0x8
CLIENT_PROTOCOL_41 = 0x200
CLIENT_TRANSACTIONS = 0x2000
CLIENT_SECURE_CONNECTION = 0x8000
CLIENT_PLUGIN_AUTH = 0x80000
UTF8MB4_GENERAL_CI = 45
NATIVE = b"mysql_native_password"
SIGN_IN_SECONDS = 20
SETTLE_SECONDS = 30.0


def measure(login, target, count, database):
    """Growth per connection of a process that has served only one before, for its one-time memory."""
    sign_in(target.port, login.user, login.password, database).close()
    before = settled_kib(target.pid)
    sockets = []
    try:
        started = time.monotonic()
        for _ in range(count):
            sockets.append(sign_in(target.port, login.user, login.password, database))
        seconds = time.monotonic() - started
        after = settled_kib(target.pid)
    finally:
        for each in sockets:
            each.close()
    return {
        "bytes_per_connection": (after - before) * 1024 / count,
        "resident_kib_before": before,
        "resident_kib": after,
        "resident_kib_after_closing": settled_kib(target.pid),
        "sign_ins_per_second": count / seconds,
    }


def settled_kib(pid):
    """Resident memory once it has not changed for a second."""
    until = time.monotonic() + SETTLE_SECONDS
    last, since = processes.resident_kib(pid), time.monotonic()
    while time.monotonic() - since < 1.0 and time.monotonic() < until:
        time.sleep(0.1)
        now = processes.resident_kib(pid)
        if now != last:
            last, since = now, time.monotonic()
    return last


def sign_in(port, user, password, database=None):
    """A signed-in socket. Handshake: the protocol page `HandshakeV10` and `HandshakeResponse41`."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=SIGN_IN_SECONDS)
    try:
        greeting = _read(connection)[1]
        _raise_if_error(greeting)
        _write(connection, 1, _response(user, password, database, _salt(greeting)))
        while True:
            sequence, packet = _read(connection)
            _raise_if_error(packet)
            if packet[0] == 0x00:
                return connection
            if packet[0] != 0xFE:
                raise processes.Failure(f"unexpected answer to the sign-in: {packet[:1].hex()}")
            plugin, _, data = packet[1:].partition(b"\0")
            if plugin != NATIVE:
                raise processes.Failure(f"the server asks for {plugin.decode()}; idle sign-ins need native")
            _write(connection, sequence + 1, _proof(password, data.rstrip(b"\0")))
    except BaseException:
        connection.close()
        raise


def _response(user, password, database, salt):
    flags = (CLIENT_LONG_PASSWORD | CLIENT_PROTOCOL_41 | CLIENT_TRANSACTIONS
             | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH)
    proof = _proof(password, salt)
    body = user.encode() + b"\0" + bytes([len(proof)]) + proof
    if database is not None:
        flags |= CLIENT_CONNECT_WITH_DB
        body += database.encode() + b"\0"
    return struct.pack("<IIB23x", flags, 1 << 24, UTF8MB4_GENERAL_CI) + body + NATIVE + b"\0"


def _proof(password, salt):
    """SHA1(password) xor SHA1(salt + SHA1(SHA1(password)))."""
    if not password:
        return b""
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(salt[:20] + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


def _salt(greeting):
    """8 bytes after version and connection id, 12 more after the 19 bytes of flags and filler."""
    at = greeting.index(b"\0", 1) + 5
    return greeting[at:at + 8] + greeting[at + 27:at + 39]


def _read(connection):
    header = _exactly(connection, 4)
    return header[3], _exactly(connection, int.from_bytes(header[:3], "little"))


def _exactly(connection, count):
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            raise processes.Failure("the connection was closed while signing in")
        parts += part
    return bytes(parts)


def _write(connection, sequence, body):
    connection.sendall(len(body).to_bytes(3, "little") + bytes([sequence & 0xFF]) + body)


def _raise_if_error(packet):
    if packet[:1] == b"\xff":
        code = int.from_bytes(packet[1:3], "little")
        raise processes.Failure(f"sign-in refused: {code} {packet[3:].decode(errors='replace')}")
