-- summary: finished statements by session, of the kinds that are one command on the wire each (see probe/server/server.c); a kind that a session never ran costs a fourth when it is left out here
SELECT t.PROCESSLIST_ID, COALESCE(SUM(poolprobe.COUNT_STAR), 0)
FROM performance_schema.threads t
LEFT JOIN performance_schema.events_statements_summary_by_thread_by_event_name AS poolprobe
  ON poolprobe.THREAD_ID = t.THREAD_ID AND poolprobe.COUNT_STAR > 0
     AND (poolprobe.EVENT_NAME LIKE 'statement/sql/%' OR poolprobe.EVENT_NAME LIKE 'statement/com/%')
     AND poolprobe.EVENT_NAME NOT IN ('statement/com/Connect', 'statement/com/Connect Out', 'statement/com/Daemon',
                                      'statement/com/Delayed insert', 'statement/com/Slave_IO', 'statement/com/Slave_SQL',
                                      'statement/com/Slave_worker', 'statement/com/Unimpl get tid',
                                      'statement/com/Group Replication Data Stream subscription')
WHERE t.TYPE = 'FOREGROUND' AND t.PROCESSLIST_ID IS NOT NULL AND t.PROCESSLIST_ID <> CONNECTION_ID()
  AND t.PROCESSLIST_COMMAND <> 'Daemon'
GROUP BY t.PROCESSLIST_ID
