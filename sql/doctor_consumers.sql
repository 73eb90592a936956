-- summary: consumers that the probe needs and that are off; the history only where encrypted sessions are
SELECT NAME FROM performance_schema.setup_consumers
WHERE ENABLED = 'NO'
  AND (NAME IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest', 'events_statements_current')
       OR (NAME = 'events_statements_history'
           AND EXISTS (SELECT 1 FROM performance_schema.threads WHERE CONNECTION_TYPE = 'SSL/TLS')))
