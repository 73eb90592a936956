-- summary: who waits for a row lock of whom (MariaDB); texts are digests, never statements
SELECT wt.trx_mysql_thread_id, bt.trx_mysql_thread_id, rs.TIMER_WAIT DIV 1000,
       TIMESTAMPDIFF(MICROSECOND, bt.trx_started, NOW(6)) * 1000, bt.trx_query IS NULL, 'row',
       REPLACE(l.lock_table, '`', ''), l.lock_index, l.lock_mode, rs.DIGEST_TEXT, bs.DIGEST_TEXT
FROM information_schema.innodb_lock_waits AS poolprobe
JOIN information_schema.innodb_trx wt ON wt.trx_id = poolprobe.requesting_trx_id
JOIN information_schema.innodb_trx bt ON bt.trx_id = poolprobe.blocking_trx_id
JOIN information_schema.innodb_locks l ON l.lock_id = poolprobe.requested_lock_id
LEFT JOIN performance_schema.threads r ON r.PROCESSLIST_ID = wt.trx_mysql_thread_id
LEFT JOIN performance_schema.threads b ON b.PROCESSLIST_ID = bt.trx_mysql_thread_id
LEFT JOIN performance_schema.events_statements_current rs ON rs.THREAD_ID = r.THREAD_ID
LEFT JOIN performance_schema.events_statements_current bs ON bs.THREAD_ID = b.THREAD_ID
LIMIT 100
