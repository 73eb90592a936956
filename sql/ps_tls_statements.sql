-- summary: the newest finished statements of each encrypted session, with the server's own times
SELECT t.PROCESSLIST_ID, poolprobe.EVENT_ID, poolprobe.TIMER_START DIV 1000, poolprobe.TIMER_WAIT DIV 1000,
       poolprobe.LOCK_TIME DIV 1000, poolprobe.ERRORS, poolprobe.ROWS_SENT, poolprobe.ROWS_EXAMINED, poolprobe.EVENT_NAME,
       poolprobe.DIGEST
FROM performance_schema.threads t
JOIN performance_schema.events_statements_history AS poolprobe ON poolprobe.THREAD_ID = t.THREAD_ID
WHERE t.CONNECTION_TYPE = 'SSL/TLS' AND t.PROCESSLIST_ID <> CONNECTION_ID() AND poolprobe.NESTING_EVENT_LEVEL = 0
  AND poolprobe.TIMER_WAIT IS NOT NULL
LIMIT 5000
