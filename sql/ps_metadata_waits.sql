-- summary: who waits for a metadata lock of whom; texts are digests, never statements
SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID, rs.TIMER_WAIT DIV 1000, -1, b.PROCESSLIST_COMMAND = 'Sleep', 'metadata',
       CONCAT_WS('.', poolprobe.OBJECT_SCHEMA, poolprobe.OBJECT_NAME), '', poolprobe.LOCK_TYPE, rs.DIGEST_TEXT,
       bs.DIGEST_TEXT
FROM performance_schema.metadata_locks AS poolprobe
JOIN performance_schema.metadata_locks g
  ON g.OBJECT_TYPE = poolprobe.OBJECT_TYPE AND g.OBJECT_SCHEMA <=> poolprobe.OBJECT_SCHEMA
     AND g.OBJECT_NAME <=> poolprobe.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED'
     AND g.OWNER_THREAD_ID <> poolprobe.OWNER_THREAD_ID
JOIN performance_schema.threads r ON r.THREAD_ID = poolprobe.OWNER_THREAD_ID
JOIN performance_schema.threads b ON b.THREAD_ID = g.OWNER_THREAD_ID
LEFT JOIN performance_schema.events_statements_current rs ON rs.THREAD_ID = r.THREAD_ID
LEFT JOIN performance_schema.events_statements_current bs ON bs.THREAD_ID = b.THREAD_ID
WHERE poolprobe.LOCK_STATUS = 'PENDING'
LIMIT 100
