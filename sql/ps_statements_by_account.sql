-- summary: finished statements by account, and whether it is the probe's own, of the kinds that are one command on the wire each (see probe/server/server.c)
SELECT USER, HOST, SUM(COUNT_STAR),
       (USER, HOST) = (SELECT PROCESSLIST_USER, PROCESSLIST_HOST FROM performance_schema.threads
                       WHERE PROCESSLIST_ID = CONNECTION_ID())
FROM performance_schema.events_statements_summary_by_account_by_event_name
WHERE USER IS NOT NULL AND HOST IS NOT NULL
  AND (EVENT_NAME LIKE 'statement/sql/%' OR EVENT_NAME LIKE 'statement/com/%')
  AND EVENT_NAME NOT IN ('statement/com/Connect', 'statement/com/Connect Out', 'statement/com/Daemon',
                         'statement/com/Delayed insert', 'statement/com/Slave_IO', 'statement/com/Slave_SQL',
                         'statement/com/Slave_worker', 'statement/com/Unimpl get tid',
                         'statement/com/Group Replication Data Stream subscription')
GROUP BY USER, HOST
