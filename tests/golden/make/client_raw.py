#!/usr/bin/env python3
# summary: raw client of the golden captures: client_raw.py SCENARIO HOST PORT TRUTH FLAVOUR
import struct
import sys
import time

import rawclient
import truth as truth_module

QUERY, INIT_DB, FIELD_LIST, CREATE_DB, REFRESH, STATISTICS = 3, 2, 4, 5, 7, 9
PROCESS_INFO, PROCESS_KILL, DEBUG, PING, BINLOG_DUMP, REGISTER_SLAVE = 10, 12, 13, 14, 18, 21
PREPARE, EXECUTE, LONG_DATA, CLOSE, RESET, SET_OPTION, FETCH, RESET_CONNECTION = 22, 23, 24, 25, 26, 27, 28, 31
NAMES = {0: "SLEEP", 2: "INIT_DB", 3: "QUERY", 4: "FIELD_LIST", 5: "CREATE_DB", 7: "REFRESH", 9: "STATISTICS",
         10: "PROCESS_INFO", 12: "PROCESS_KILL", 13: "DEBUG", 14: "PING", 18: "BINLOG_DUMP", 21: "REGISTER_SLAVE",
         22: "STMT_PREPARE", 23: "STMT_EXECUTE", 24: "STMT_SEND_LONG_DATA", 25: "STMT_CLOSE", 26: "STMT_RESET",
         27: "SET_OPTION", 28: "STMT_FETCH", 31: "RESET_CONNECTION"}
CURSOR = 1


class Client:
    def __init__(self, truth, place, facts=None, **options):
        self.truth = truth
        with truth.line("", "CONNECT", ok=True, user="raw", db="golden", **(facts or {})) as x:
            self.raw = rawclient.RawClient(*place, **options)
            self.name = x["client"] = truth_module.address_of(self.raw.sock)
            x.update(thread_id=self.raw.thread_id, auth=self.raw.plugin)

    def command(self, code, payload, read, **facts):
        """Sends, reads the answer by `read` (None: has no answer), writes the line."""
        with self.truth.line(self.name, NAMES.get(code, "UNKNOWN"), **facts) as x:
            self.raw.send(code, payload)
            if read is not None:
                x.update(read().facts)
        return x

    def query(self, sql):
        facts = {"sql": sql} if len(sql) <= 65536 else {"sql_head": sql[:80]} # the dump keeps no more of a text
        return self.command(QUERY, sql.encode(), self.raw.result, **facts)

    def statistics(self):
        def read():
            a = rawclient.Answer()
            self.raw.packet()
            return a
        return self.command(STATISTICS, b"", read)

    def quit(self):
        with self.truth.line(self.name, "QUIT"):
            self.raw.send(1)
            self.raw.sock.close()


def odd(truth, place, flavour):
    """Commands that libraries no longer send, some of which newer servers no longer know, and wrong ones."""
    c, other = Client(truth, place), Client(truth, place, {"unasked": True})
    simple, result = c.raw.simple, c.raw.result
    c.query("CREATE TABLE listed (a INT, b VARCHAR(10) DEFAULT 'x', c DATETIME)")
    c.statistics()
    c.command(FIELD_LIST, b"listed\0", c.raw.fields)
    c.command(FIELD_LIST, b"listed\0b%", c.raw.fields)
    c.command(FIELD_LIST, b"no_such_table\0", c.raw.fields)
    c.command(PROCESS_INFO, b"", result)
    c.command(DEBUG, b"", simple)
    c.command(REFRESH, b"\x10", simple)
    c.command(CREATE_DB, b"never", simple)
    c.command(SET_OPTION, b"\1\0", simple)
    c.command(SET_OPTION, b"\7\0", simple)
    c.query("SELECT 1; SELECT 2")
    c.command(0x40, b"what", simple)
    c.command(0, b"", simple)
    c.command(EXECUTE, struct.pack("<IBI", 4711, 0, 1), result, stmt_id=4711, note="unknown_stmt")
    c.command(FETCH, struct.pack("<II", 4711, 1), simple, stmt_id=4711)
    c.command(RESET, struct.pack("<I", 4711), simple, stmt_id=4711)
    c.command(CLOSE, struct.pack("<I", 4711), None, stmt_id=4711)
    c.command(PROCESS_KILL, struct.pack("<I", other.raw.thread_id), simple)
    c.command(PROCESS_KILL, struct.pack("<I", 99999999), simple)
    c.command(PING, b"", simple)
    c.command(RESET_CONNECTION, b"", simple)
    c.query("DROP TABLE golden.listed")
    c.quit()


def pipeline(truth, place, flavour):
    """Several commands in one segment, commands cut anywhere."""
    c = Client(truth, place)
    texts = ["SELECT 1", "SELECT * FROM no_such_table", "SELECT 1 UNION SELECT 2 UNION SELECT 3", "DO 1", "SELECT 5"]
    lines = [truth.line(c.name, "QUERY", sql=sql, **({"note": "pipelined"} if i else {})) for i, sql in enumerate(texts)]
    c.raw.sock.sendall(b"".join(c.raw.frame(b"\3" + sql.encode()) for sql in texts))
    for line in lines:
        line.x.update(c.raw.result().facts)
        line.__exit__(None, None, None)
    whole = c.raw.frame(b"\3SELECT 'cut anywhere'")
    with truth.line(c.name, "QUERY", sql="SELECT 'cut anywhere'") as x:
        for i in range(len(whole)):
            c.raw.sock.sendall(whole[i : i + 1])
            time.sleep(0.001)
        x.update(c.raw.result().facts)
    # A statement that is closed and a command behind it in one segment.
    sql = "SELECT ? + 1"
    x = c.command(PREPARE, sql.encode(), c.raw.prepared, sql=sql)
    execute = struct.pack("<IBI", x["stmt_id"], 0, 1) + b"\0\1" + struct.pack("<Hq", 8, 41)
    # Lines are written from the inside to the outside, which is the order in which these end.
    with truth.line(c.name, "PING", note="pipelined") as b, \
            truth.line(c.name, "STMT_EXECUTE", sql=sql, params=[41]) as a, \
            truth.line(c.name, "STMT_CLOSE", stmt_id=x["stmt_id"], note="pipelined"):
        c.raw.sock.sendall(c.raw.frame(bytes([EXECUTE]) + execute) + c.raw.frame(struct.pack("<BI", CLOSE, x["stmt_id"]))
                           + c.raw.frame(bytes([PING])))
        a.update(c.raw.result().facts)
        b.update(c.raw.simple().facts)
    c.quit()


def execute(c, x, sql, flags, types, values, params, nulls=0, **more):
    body = struct.pack("<IBI", x["stmt_id"], flags, 1)
    if params:
        body += bytes([nulls]) + (b"\1" + b"".join(struct.pack("<H", t) for t in types) if types else b"\0") + values
    return c.command(EXECUTE, body, c.raw.result, sql=sql, stmt_id=x["stmt_id"], params=params or None, **more)


def statements(truth, place, flavour, deprecate_eof=False):
    """Prepared statements: types sent once, long data, a cursor; with and without EOF packets."""
    c = Client(truth, place, deprecate_eof=deprecate_eof)
    c.query("CREATE TABLE bin (id INT PRIMARY KEY, t TEXT, d DATE, h TIME(3))")
    sql = "INSERT INTO bin VALUES (?, ?, ?, ?)"
    x = c.command(PREPARE, sql.encode(), c.raw.prepared, sql=sql)
    types = [3, 253, 10, 11]
    date, hour = b"\4" + struct.pack("<HBB", 2024, 2, 29), b"\x0c\1" + struct.pack("<IBBBI", 1, 2, 3, 4, 500000)
    values = struct.pack("<i", 1) + b"\3abc" + date + hour
    execute(c, x, sql, 0, types, values, [1, "abc", "2024-02-29", "-26:03:04.500000"])
    execute(c, x, sql, 0, None, struct.pack("<i", 2) + b"\0" + b"\0" + b"\0", [2, "", "0000-00-00", "00:00:00"])
    execute(c, x, sql, 0, None, struct.pack("<i", 3), [3, None, None, None], nulls=0b1110)
    c.command(LONG_DATA, struct.pack("<IH", x["stmt_id"], 1) + b"long " * 10, None, stmt_id=x["stmt_id"])
    execute(c, x, sql, 0, None, struct.pack("<i", 4) + date + hour,
            [4, {"long_data": True}, "2024-02-29", "-26:03:04.500000"])
    execute(c, x, sql, 0, None, struct.pack("<i", 4) + b"\1x" + date + hour, [4, "x", "2024-02-29", "-26:03:04.500000"])
    c.command(CLOSE, struct.pack("<I", x["stmt_id"]), None, stmt_id=x["stmt_id"])
    sql = "SELECT * FROM bin ORDER BY id"
    x = c.command(PREPARE, sql.encode(), c.raw.prepared, sql=sql)
    execute(c, x, sql, 0, None, b"", None)
    if not deprecate_eof:
        execute(c, x, sql, CURSOR, None, b"", None)
        for n in (1, 2, 9):
            def read():
                a = rawclient.Answer()
                c.raw.rows(a)
                return a
            c.command(FETCH, struct.pack("<II", x["stmt_id"], n), read, stmt_id=x["stmt_id"])
        c.command(FETCH, struct.pack("<II", x["stmt_id"], 1), c.raw.simple, stmt_id=x["stmt_id"])
        c.command(RESET, struct.pack("<I", x["stmt_id"]), c.raw.simple, stmt_id=x["stmt_id"])
    c.command(CLOSE, struct.pack("<I", x["stmt_id"]), None, stmt_id=x["stmt_id"])
    sql = "SELECT * FROM bin WHERE id = ?"
    x = c.command(PREPARE, sql.encode(), c.raw.prepared, sql=sql)
    execute(c, x, sql, 0, [0x8008], struct.pack("<Q", 2**64 - 1), [2**64 - 1])
    execute(c, x, sql, 0, [1], struct.pack("<b", -1), [-1])
    c.query("DROP TABLE bin")
    execute(c, x, sql, 0, None, struct.pack("<b", 1), [1])
    c.quit()


def statements_ok(truth, place, flavour):
    statements(truth, place, flavour, deprecate_eof=True)


def binlog(truth, place, flavour):
    """A replica that reads the log to its end (BINLOG_DUMP_NON_BLOCK)."""
    c = Client(truth, place)
    name = "source" if flavour == "mysql" else "master"
    c.query("FLUSH BINARY LOGS")
    c.query("CREATE TABLE logged (id INT)")
    c.query("INSERT INTO logged VALUES (1), (2), (3)")
    c.query("DROP TABLE logged")
    c.query(f"SET @{name}_binlog_checksum = 'NONE'")
    c.query("SHOW BINARY LOGS")
    log = c.raw.last_row[1 : 1 + c.raw.last_row[0]]
    c.command(REGISTER_SLAVE, struct.pack("<I", 99) + b"\0\0\0" + struct.pack("<HII", 0, 0, 0), c.raw.simple)

    def read():
        a = rawclient.Answer()
        while True:
            p = c.raw.packet()
            if p[0] == 0xFF:
                c.raw.error(a, p)
                return a
            if p[0] == 0xFE and len(p) < 9:
                return a

    c.command(BINLOG_DUMP, struct.pack("<IHI", 4, 1, 99) + log, read, note="stream")
    c.quit()


def huge(truth, place, flavour):
    """A command and a row beyond 16 MiB: both go on in a second packet."""
    c = Client(truth, place)
    c.query("SELECT 'before'")
    c.query(f"SELECT LENGTH('{'h' * 17_000_000}')")
    c.query("SELECT 'between'")
    c.query("SELECT REPEAT('r', 17000000)")
    c.query("SELECT 'after'")
    c.quit()


def main():
    scenario, host, port, path, flavour = sys.argv[1:6]
    place = (host, int(port))
    scenarios = {"odd": odd, "pipeline": pipeline, "statements": statements, "statements-ok": statements_ok,
                 "binlog": binlog, "huge": huge}
    scenarios[scenario](truth_module.Truth(path), place, flavour)


main()
