-- summary: the oldest InnoDB transactions of client sessions; trx_started has whole seconds
SELECT trx_mysql_thread_id, TIMESTAMPDIFF(MICROSECOND, trx_started, NOW(6)) * 1000, trx_query IS NULL,
       trx_rows_locked, trx_rows_modified, trx_is_read_only, trx_state, trx_isolation_level
FROM information_schema.innodb_trx AS poolprobe
WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID())
ORDER BY trx_started
LIMIT 50
