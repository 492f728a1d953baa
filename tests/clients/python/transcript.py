"""How both Python clients write their transcripts: values so that every difference shows, nothing that varies.

A transcript holds no connection ids, times of day, host names or addresses of servers: run twice, or through
a proxy, it is the same text.
"""
import datetime
import decimal
import hashlib
import os
import sys

HOST = os.environ["DB_HOST"]
PORT = int(os.environ["DB_PORT"])
SCHEMA = os.environ["DB_SCHEMA"]
CA = os.environ["DB_CA"]
SCRATCH = os.environ["DB_SCRATCH"]
PASSWORD = os.environ["DB_PASSWORD"]

# longer values are shown by length and digest
LONG = 200


def section(name):
    print(f"\n## {name}", flush=True)


def show(value):
    """One value with its type, so that 1, '1' and b'1' differ."""
    if isinstance(value, (bytes, bytearray)):
        if len(value) > LONG:
            return f"bytes({len(value)}, md5 {hashlib.md5(value).hexdigest()})"
        return "b" + repr(bytes(value))[1:]
    if isinstance(value, str) and len(value) > LONG:
        return f"str({len(value)}, md5 {hashlib.md5(value.encode()).hexdigest()})"
    if isinstance(value, (datetime.date, datetime.datetime, datetime.timedelta, decimal.Decimal)):
        return f"{type(value).__name__}({value})"
    if isinstance(value, set):
        return "set(" + ",".join(sorted(value)) + ")"
    return repr(value)


def rows(label, cursor):
    """The cursor's columns and rows."""
    described = [d[0] for d in cursor.description] if cursor.description else None
    print(f"{label}: columns {described}")
    for row in cursor.fetchall():
        print("   " + " | ".join(show(v) for v in row))


class Failure(Exception):
    """The transcript itself is wrong: the client could not do its job."""


def attempt(label, action, describe_error):
    """Runs `action`; prints what it gives, or the server's error as the driver shows it."""
    try:
        result = action()
        print(f"{label}: ok {show(result) if result is not None else ''}".rstrip())
        return result
    except Exception as error:  # every driver has its own hierarchy
        print(f"{label}: {describe_error(error)}")
        return None


def finish():
    print("\n## end")
    sys.stdout.flush()
