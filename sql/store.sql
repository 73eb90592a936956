-- summary: schema of a run file (SQLite): facts of one recording; times are CLOCK_REALTIME nanoseconds
-- PRAGMA application_id and user_version (the schema's version) are set by the store when it creates the file.

CREATE TABLE meta (            -- versions, command, options, capture counters; one row a key
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE config (          -- every setting in force: server variables ("mysql.…"), declared settings ("app.…"), host ("host.…")
    scope TEXT NOT NULL,       -- "mysql", "app", "host"
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    ts_ns INTEGER NOT NULL,
    PRIMARY KEY (scope, name, ts_ns)
) WITHOUT ROWID;

CREATE TABLE level (           -- one step of the ramp; its figures cover [start_ns, end_ns)
    id       INTEGER PRIMARY KEY,
    users    INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL
);

CREATE TABLE pool (            -- connections of one client process to one server and schema
    id           INTEGER PRIMARY KEY,
    client_host  TEXT NOT NULL,
    server       TEXT NOT NULL,
    user         TEXT NOT NULL,
    db           TEXT NOT NULL,
    pid          TEXT NOT NULL,
    program_name TEXT NOT NULL
);

CREATE TABLE connection (
    id             INTEGER PRIMARY KEY,
    pool_id        INTEGER,    -- NULL when authentication was not seen to succeed
    client         TEXT NOT NULL,
    server         TEXT NOT NULL,
    user           TEXT NOT NULL,
    db             TEXT NOT NULL,
    pid            TEXT NOT NULL,
    program_name   TEXT NOT NULL,
    client_name    TEXT NOT NULL,
    server_version TEXT NOT NULL,
    auth_plugin    TEXT NOT NULL,
    thread_id      INTEGER NOT NULL,
    open_ns        INTEGER NOT NULL,
    greeting_ns    INTEGER NOT NULL, -- 0: not seen (also below)
    auth_ns        INTEGER NOT NULL,
    ready_ns       INTEGER NOT NULL,
    close_ns       INTEGER NOT NULL,
    rtt_ns         INTEGER NOT NULL, -- -1: not seen
    connect_errno  INTEGER NOT NULL,
    visibility     TEXT NOT NULL,    -- plain, tls, compressed, x_protocol
    close_why      TEXT NOT NULL,
    mid_stream     INTEGER NOT NULL,
    statements     INTEGER NOT NULL,
    voided         INTEGER NOT NULL,
    synack_ns      INTEGER NOT NULL  -- of rtt_ns: SYN to SYN/ACK as captured; -1: not seen
);

CREATE TABLE digest (
    id   INTEGER PRIMARY KEY,  -- the 64-bit hash as a signed integer; 0 is not used
    text TEXT NOT NULL
);

CREATE TABLE statement (       -- one command with its response
    id            INTEGER PRIMARY KEY,
    conn_id       INTEGER NOT NULL,
    digest        INTEGER,     -- NULL for commands without SQL
    cmd           TEXT NOT NULL,
    sent_ns       INTEGER NOT NULL,
    first_ns      INTEGER NOT NULL,
    last_ns       INTEGER NOT NULL,
    rows          INTEGER NOT NULL,
    affected_rows INTEGER NOT NULL,
    warnings      INTEGER NOT NULL,
    errno         INTEGER NOT NULL,
    sqlstate      TEXT NOT NULL,
    status        INTEGER NOT NULL, -- server status flags
    req_bytes     INTEGER NOT NULL,
    resp_bytes    INTEGER NOT NULL,
    txn_id        INTEGER,
    ends_txn      INTEGER NOT NULL,
    ok            INTEGER NOT NULL,
    complete      INTEGER NOT NULL,
    notes         INTEGER NOT NULL,
    sample        TEXT         -- SQL as sent, only with --samples
);

CREATE TABLE statement_trace ( -- statements that carried a W3C trace context
    conn_id  INTEGER NOT NULL,
    sent_ns  INTEGER NOT NULL, -- of the statement
    trace_id TEXT NOT NULL     -- 32 hexadecimal digits
);

CREATE TABLE statement_second ( -- instead of `statement` with --no-statements
    digest  INTEGER NOT NULL,   -- 0 for commands without SQL
    cmd     TEXT NOT NULL,
    second  INTEGER NOT NULL,   -- sent_ns / 1e9
    count   INTEGER NOT NULL,
    errors  INTEGER NOT NULL,
    voided  INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    sum_ns  INTEGER NOT NULL,   -- of complete ones
    hist    TEXT NOT NULL       -- "bucket:count bucket:count …" of base/hist.h, complete ones
);

CREATE TABLE txn (
    id         INTEGER PRIMARY KEY,
    conn_id    INTEGER NOT NULL,
    start_ns   INTEGER NOT NULL,
    end_ns     INTEGER NOT NULL,
    busy_ns    INTEGER NOT NULL,
    commit_ns  INTEGER NOT NULL,
    statements INTEGER NOT NULL,
    errors     INTEGER NOT NULL,
    end        TEXT NOT NULL,  -- commit, rollback, implicit, error, closed, void
    read_only  INTEGER NOT NULL
);

CREATE TABLE checkout (        -- a maximal run of busy time on one connection
    conn_id    INTEGER NOT NULL,
    pool_id    INTEGER,
    start_ns   INTEGER NOT NULL,
    end_ns     INTEGER NOT NULL,
    statements INTEGER NOT NULL,
    txns       INTEGER NOT NULL,
    voided     INTEGER NOT NULL
);

CREATE TABLE request (         -- one HTTP request with its response, as the wire shows it
    id              INTEGER PRIMARY KEY,
    conn_id         INTEGER NOT NULL,
    client          TEXT NOT NULL,
    server          TEXT NOT NULL,
    method          TEXT NOT NULL,
    route           TEXT NOT NULL,
    trace_id        TEXT NOT NULL,
    level_id        INTEGER,   -- of its mark, NULL when it carried none
    arrival_ns      INTEGER NOT NULL,
    request_end_ns  INTEGER NOT NULL,
    first_ns        INTEGER NOT NULL,
    last_ns         INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    req_body_bytes  INTEGER NOT NULL,
    resp_body_bytes INTEGER NOT NULL,
    complete        INTEGER NOT NULL,
    note            TEXT NOT NULL
);

CREATE TABLE request_queue (   -- requests of open load that say how long after their intended time they were sent
    request_id INTEGER PRIMARY KEY,
    queue_ns   INTEGER NOT NULL
);

CREATE TABLE gap (             -- lost bytes
    conn_id   INTEGER NOT NULL,
    ts_ns     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    to_server INTEGER NOT NULL,
    protocol  TEXT NOT NULL
);

CREATE TABLE tls_exchange (    -- encrypted connections: bytes of the client and the server's after them, in TLS records
    conn_id    INTEGER NOT NULL,
    sent_ns    INTEGER NOT NULL,
    first_ns   INTEGER NOT NULL, -- 0: the server sent nothing
    last_ns    INTEGER NOT NULL,
    req_bytes  INTEGER NOT NULL,
    resp_bytes INTEGER NOT NULL,
    complete   INTEGER NOT NULL  -- 1: nothing was lost, and the client went on afterwards
);

-- What the server says of itself (performance_schema and the like). Columns and units: base/include/base/ps_rows.def.
CREATE TABLE ps_poll (         -- one question to the server; its rows below are what changed since the one before of the same source
    id       INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,
    start_ns INTEGER NOT NULL, -- 0: the first one
    end_ns   INTEGER NOT NULL,
    took_ns  INTEGER NOT NULL,
    rows     INTEGER NOT NULL, -- that the server sent
    note     TEXT NOT NULL     -- "", "restart", "reset", "cut", "killed" (and asked again)
);
CREATE TABLE ps_digest_text (id INTEGER PRIMARY KEY, schema_name TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE ps_statement (    -- deltas by digest
    poll_id INTEGER NOT NULL, digest_id INTEGER NOT NULL, count INTEGER NOT NULL, timer_ns INTEGER NOT NULL,
    lock_ns INTEGER NOT NULL, cpu_ns INTEGER NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL,
    rows_affected INTEGER NOT NULL, rows_sent INTEGER NOT NULL, rows_examined INTEGER NOT NULL,
    tmp_disk_tables INTEGER NOT NULL, tmp_tables INTEGER NOT NULL, full_joins INTEGER NOT NULL, scans INTEGER NOT NULL,
    sort_rows INTEGER NOT NULL, no_index INTEGER NOT NULL, no_good_index INTEGER NOT NULL
);
CREATE TABLE ps_histogram (poll_id INTEGER NOT NULL, digest_id INTEGER NOT NULL, buckets TEXT NOT NULL);
CREATE TABLE ps_event (        -- deltas by wait event
    poll_id INTEGER NOT NULL, event TEXT NOT NULL, operation TEXT NOT NULL, count INTEGER NOT NULL,
    timer_ns INTEGER NOT NULL, bytes INTEGER NOT NULL
);
CREATE TABLE ps_lock_wait (    -- samples: who waits for whom
    poll_id INTEGER NOT NULL, waiting_thread INTEGER NOT NULL, blocking_thread INTEGER NOT NULL, wait_ns INTEGER NOT NULL,
    blocking_age_ns INTEGER NOT NULL, blocking_idle INTEGER NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL,
    index_name TEXT NOT NULL, mode TEXT NOT NULL, waiting_text TEXT NOT NULL, blocking_text TEXT NOT NULL
);
CREATE TABLE ps_trx (          -- samples: InnoDB transactions, the oldest ones
    poll_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, age_ns INTEGER NOT NULL, idle INTEGER NOT NULL,
    rows_locked INTEGER NOT NULL, rows_modified INTEGER NOT NULL, read_only INTEGER NOT NULL, state TEXT NOT NULL,
    isolation TEXT NOT NULL
);
CREATE TABLE ps_thread_state ( -- samples: sessions by what they do
    poll_id INTEGER NOT NULL, count INTEGER NOT NULL, memory_bytes INTEGER NOT NULL, memory_max_bytes INTEGER NOT NULL,
    command TEXT NOT NULL, state TEXT NOT NULL, type TEXT NOT NULL
);
CREATE TABLE ps_connection (   -- sessions that the server shows, by the thread id of their greeting
    thread_id INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, statements_first INTEGER NOT NULL,
    statements_last INTEGER NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, client TEXT NOT NULL, db TEXT NOT NULL,
    type TEXT NOT NULL, pid TEXT NOT NULL, program_name TEXT NOT NULL
);
CREATE TABLE ps_tls_statement ( -- finished statements of encrypted sessions, the newest of each at a poll
    poll_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, event_id INTEGER NOT NULL, start_ns INTEGER NOT NULL,
    timer_ns INTEGER NOT NULL, lock_ns INTEGER NOT NULL, errors INTEGER NOT NULL, rows_sent INTEGER NOT NULL,
    rows_examined INTEGER NOT NULL, event TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE ps_clock (poll_id INTEGER PRIMARY KEY, low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL); -- CLOCK_REALTIME minus the server's timer
CREATE TABLE ps_digest_join (digest INTEGER PRIMARY KEY, server_digest TEXT NOT NULL); -- STATEMENT_DIGEST() of a wire digest
CREATE TABLE ps_note (ts_ns INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL); -- what is missing, what happened

CREATE TABLE status_sample (   -- server counters and gauges at a moment ("statements.by_account.app@localhost", "Threads_running")
    ts_ns INTEGER NOT NULL,
    name  TEXT NOT NULL,
    value INTEGER NOT NULL
);

CREATE TABLE host_sample (     -- of one role at a moment; counters of time never fall; -1: not told
    ts_ns        INTEGER NOT NULL,
    role         TEXT NOT NULL, -- "app", "server": the processes behind its port; "machine"
    pid          INTEGER NOT NULL, -- of the first one
    cpu_ns       INTEGER NOT NULL, -- user + system since the recording began
    run_delay_ns INTEGER NOT NULL, -- runnable but waiting for a CPU, summed over threads; -1: not read this time
    rss_bytes    INTEGER NOT NULL,
    processes    INTEGER NOT NULL,
    threads      INTEGER NOT NULL,
    top_process_ns     INTEGER NOT NULL, -- CPU of the busiest process between two samples, summed over them
    top_thread_ns      INTEGER NOT NULL, -- likewise of a thread; read together with run_delay_ns
    cpu_limit_milli    INTEGER NOT NULL, -- thousandths of a CPU: affinity and quota
    memory_limit_bytes INTEGER NOT NULL, -- 0: none
    group_memory_bytes INTEGER NOT NULL, -- charged to the limited control groups
    throttled_periods  INTEGER NOT NULL, -- of the control groups with a quota
    throttled_ns       INTEGER NOT NULL,
    steal_ns           INTEGER NOT NULL, -- machine: taken by the hypervisor
    pressure_cpu_ns    INTEGER NOT NULL, -- machine: some task waited for a CPU, since boot
    pressure_io_ns     INTEGER NOT NULL, -- likewise for a disk
    pressure_memory_ns INTEGER NOT NULL
);

CREATE TABLE load_result (     -- what a load generator measured, one row for each level of each one
    id       INTEGER PRIMARY KEY,
    users    INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, -- of the level, as in its marks: what joins it to its row of `level`
    end_ns   INTEGER NOT NULL, -- before the level's own end where the load was interrupted
    target   TEXT NOT NULL,    -- the application's name as poolload was told it; "": it was not
    json     TEXT NOT NULL     -- the level's object of results.json
);
