-- summary: who waits for a row lock of whom (MySQL 8.0 and later); texts are digests, never statements
SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID, rs.TIMER_WAIT DIV 1000,
       TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6)) * 1000, b.PROCESSLIST_COMMAND = 'Sleep', 'row',
       CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME), l.INDEX_NAME, l.LOCK_MODE, rs.DIGEST_TEXT, bs.DIGEST_TEXT
FROM performance_schema.data_lock_waits AS poolprobe
JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = poolprobe.REQUESTING_ENGINE_LOCK_ID AND l.ENGINE = poolprobe.ENGINE
JOIN performance_schema.threads r ON r.THREAD_ID = poolprobe.REQUESTING_THREAD_ID
JOIN performance_schema.threads b ON b.THREAD_ID = poolprobe.BLOCKING_THREAD_ID
LEFT JOIN performance_schema.events_statements_current rs ON rs.THREAD_ID = r.THREAD_ID
LEFT JOIN performance_schema.events_statements_current bs ON bs.THREAD_ID = b.THREAD_ID
LEFT JOIN information_schema.innodb_trx t ON t.trx_id = poolprobe.BLOCKING_ENGINE_TRANSACTION_ID
LIMIT 100
