-- summary: the sessions that the server has, by the thread id of their greeting
SELECT PROCESSLIST_ID, PROCESSLIST_USER, PROCESSLIST_HOST, PROCESSLIST_DB, CONNECTION_TYPE
FROM performance_schema.threads AS poolprobe
WHERE TYPE = 'FOREGROUND' AND PROCESSLIST_ID IS NOT NULL AND PROCESSLIST_ID <> CONNECTION_ID()
