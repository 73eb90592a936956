#!/usr/bin/env python3
# summary: what SELECT COUNT(*) FROM users costs while so many transactions of the workload are open: count_cost.py PORT
"""Run with the Python of docker/django on a server whose benchmark_django has been set up:

    . build/mysql/env && $(tools/benchmark-python.sh django)/bin/python tests/bench/published/count_cost.py $MYSQL_PORT

Each open transaction has done what /io-intensive does before its DELETE: 10 rows inserted, 5 of them updated. Prints the
milliseconds of one count, the median of 101, for each number of transactions, with both isolation levels of the reader.
"""
import statistics
import sys
import time
import uuid

import MySQLdb


def connect(port: int) -> MySQLdb.Connection:
    return MySQLdb.connect(host="127.0.0.1", port=port, user="benchmark_user", passwd="benchmark_pass", db="benchmark_django")


def begin(db: MySQLdb.Connection) -> None:
    names = [f"cost_{uuid.uuid4().hex}_{i}" for i in range(10)]
    cursor = db.cursor()
    # Without gap locks: under REPEATABLE READ one writer's INSERT may wait for another's open transaction for ever.
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    cursor.execute("BEGIN")
    cursor.executemany(
        "INSERT INTO users (username, email, full_name, active, created_at) VALUES (%s, 'a@example.org', 'New', 1, NOW())",
        [(n,) for n in names],
    )
    for name in names[:5]:
        cursor.execute("UPDATE users SET full_name = 'Updated', active = 0 WHERE username = %s", (name,))


def count_ms(db: MySQLdb.Connection, isolation: str) -> float:
    cursor = db.cursor()
    cursor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}")
    took = []
    for _ in range(101):
        start = time.perf_counter()
        cursor.execute("SELECT COUNT(*) FROM users")
        cursor.fetchall()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e3


def main() -> None:
    port = int(sys.argv[1])
    reader = connect(port)
    reader.autocommit(True)
    print("open transactions  REPEATABLE READ ms  READ COMMITTED ms")
    for number in (0, 10, 20, 50, 100):
        writers = [connect(port) for _ in range(number)]
        for db in writers:
            begin(db)
        repeatable, committed = (count_ms(reader, level) for level in ("REPEATABLE READ", "READ COMMITTED"))
        print(f"{number:17}  {repeatable:18.3f}  {committed:17.3f}", flush=True)
        for db in writers:
            db.rollback()
            db.close()
        time.sleep(2)  # purge of what was rolled back


main()
