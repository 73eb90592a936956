#!/usr/bin/env python3
# summary: PyMySQL and aiomysql clients of the golden captures: client_pymysql.py SCENARIO HOST PORT TRUTH
"""Both libraries end column definitions with EOF packets (no CLIENT_DEPRECATE_EOF) and begin with queries of their
own, about the character set and autocommit."""
import asyncio
import socket
import sys

import aiomysql
import pymysql
from pymysql.constants import CLIENT

import truth as truth_module

ARGS = {"user": "app", "password": "app_pass", "database": "golden", "charset": "utf8mb4", "ssl_disabled": True}
sockets = []


def remember_sockets():
    """A failed login leaves no socket to ask for its address."""
    make = socket.create_connection

    def create_connection(*args, **kwargs):
        sock = make(*args, **kwargs)
        sockets.append(truth_module.address_of(sock))
        return sock

    socket.create_connection = create_connection


def sqlstate_of(connection, error):
    """Neither library keeps it; these are MySQL's for the errors that the scenarios meet."""
    return {1045: "28000", 1049: "42000", 1064: "42000", 1146: "42S02", 1062: "23000", 1305: "42000"}[error]


class Client:
    def __init__(self, truth, place, **options):
        self.truth, self.connection = truth, None
        with truth.line("", "CONNECT") as x:
            try:
                self.connection = pymysql.connect(host=place[0], port=place[1], **{**ARGS, **options})
                x.update(ok=True, errno=0, thread_id=self.connection.thread_id(), db=self.connection.db and
                         self.connection.db.decode())
            except pymysql.MySQLError as why:
                x.update(ok=False, errno=why.args[0], error=why.args[1], sqlstate=sqlstate_of(None, why.args[0]))
            x["client"] = self.client = sockets[-1]
        # These the library sends of its own, inside the call that connects.
        for sql in ("SET NAMES utf8mb4", "SET AUTOCOMMIT = 0") if self.connection else ():
            with truth.line(self.client, "QUERY", sql=sql, ok=True, rows=0, earlier=True):
                pass

    def query(self, sql, *args):
        text = self.connection.cursor().mogrify(sql, args) if args else sql
        with self.truth.line(self.client, "QUERY", sql=text) as x:
            self.facts(x, text)

    def facts(self, x, text):
        sums = {"rows": 0, "affected_rows": 0, "insert_id": 0, "warnings": 0, "result_sets": 0}
        try:
            self.connection.query(text)
            while True:
                self.add(sums, self.connection._result)
                if not self.connection._result.has_next:
                    break
                self.connection.next_result()
            x.update(ok=True, errno=0)
            if self.connection._result.server_status is not None: # of an OK; that of an EOF the library drops
                x["status_bits"] = self.connection._result.server_status
        except pymysql.MySQLError as why:
            x.update(ok=False, errno=why.args[0], error=why.args[1], sqlstate=sqlstate_of(None, why.args[0]))
        x.update(sums)

    @staticmethod
    def add(sums, result):
        sums["warnings"] += result.warning_count
        if result.description is not None:
            sums["rows"] += len(result.rows)
            sums["result_sets"] += 1
        else:
            sums["affected_rows"] += result.affected_rows
            sums["insert_id"] = result.insert_id or sums["insert_id"]

    def command(self, cmd, call, **facts):
        with self.truth.line(self.client, cmd, **facts) as x:
            call()
            x["ok"] = True

    def quit(self):
        with self.truth.line(self.client, "QUIT"):
            self.connection.close()


def basic(truth, place):
    for options in ({"password": "wrong"}, {"database": "no_such_schema"}):
        Client(truth, place, **options)
    c = Client(truth, place, client_flag=CLIENT.MULTI_STATEMENTS)
    c.query("CREATE TABLE word (id INT AUTO_INCREMENT PRIMARY KEY, w VARCHAR(30) UNIQUE)")
    c.query("INSERT INTO word (w) VALUES (%s), (%s)", "it's", "\u00e9\u20ac\U0001f600")
    c.query("SELECT * FROM word WHERE id < %s", 0)
    c.query("SELECT * FROM word")
    c.query("COMMIT")
    c.query("INSERT INTO word (w) VALUES ('it''s')")
    c.query("SELECT 1; UPDATE word SET w = 'new' WHERE id = 1; SELECT w FROM word; SELECT 1 FROM nowhere")
    c.query("SELEC 1")
    c.query("DROP TABLE IF EXISTS nothing_there")
    c.query("BEGIN")
    c.query("DELETE FROM word")
    c.query("ROLLBACK")
    c.command("PING", lambda: c.connection.ping(reconnect=False))
    c.command("INIT_DB", lambda: c.connection.select_db("benchmark_reftarget"), sql="benchmark_reftarget")
    c.query("SELECT DATABASE()")
    c.query("DROP TABLE golden.word")
    c.quit()


async def borrower(truth, pool, number, opened):
    """Borrows a connection for a transaction; the pool's own queries are told by `opened`."""
    async with pool.acquire() as connection:
        client = truth_module.address_of(connection._writer.transport.get_extra_info("socket"))
        opened.setdefault(client, connection.thread_id())
        cursor = await connection.cursor()
        for sql in ("BEGIN", f"UPDATE shelf SET n = n + 1 WHERE id = {number % 3 + 1}", "SELECT SUM(n) FROM shelf",
                    "COMMIT"):
            with truth.line(client, "QUERY", sql=sql, ok=True, errno=0) as x:
                await cursor.execute(sql)
                x["affected_rows" if cursor.description is None else "rows"] = cursor.rowcount


class Held:
    """Lines of the pool's borrowers, written after the logins that came before them."""

    def __init__(self):
        self.lines = []

    def line(self, client, cmd, **facts):
        return truth_module.Line(self, client, cmd, facts)

    def write(self, x):
        self.lines.append(x)


async def pool_scenario(truth, place):
    start = truth_module.time.time_ns()
    held, opened = Held(), {}
    pool = await aiomysql.create_pool(host=place[0], port=place[1], user="app", password="app_pass", db="golden",
                                      minsize=0, maxsize=3, autocommit=False)
    await asyncio.gather(*(borrower(held, pool, i, opened) for i in range(12)))
    pool.close()
    await pool.wait_closed()
    end = truth_module.time.time_ns()
    # The pool closes its sockets without a QUIT; MySQL answers that with an error that nobody reads.
    common = {"from_ns": start, "to_ns": end, "ok": True, "unasked": True}
    for client, thread_id in opened.items():
        truth.write({"client": client, "cmd": "CONNECT", "thread_id": thread_id, "user": "app", "db": "golden", **common})
        truth.write({"client": client, "cmd": "QUERY", "sql": "SET AUTOCOMMIT = 0", **common})
    for x in sorted(held.lines, key=lambda x: x["from_ns"]):
        truth.write(x)


def pool(truth, place):
    setup = pymysql.connect(host=place[0], unix_socket=place[2], user="root", database="golden")
    setup.cursor().execute("DROP TABLE IF EXISTS shelf")
    setup.cursor().execute("CREATE TABLE shelf (id INT PRIMARY KEY, n INT)")
    setup.cursor().execute("INSERT INTO shelf VALUES (1, 0), (2, 0), (3, 0)")
    setup.commit()
    asyncio.run(pool_scenario(truth, place))
    setup.cursor().execute("DROP TABLE shelf")


def main():
    remember_sockets()
    scenario, host, port, path = sys.argv[1:5]
    place = (host, int(port), sys.argv[5] if len(sys.argv) > 5 else None)
    {"basic": basic, "pool": pool}[scenario](truth_module.Truth(path), place)


main()
