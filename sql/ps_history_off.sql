-- summary: consumers that are off though the statements of encrypted sessions need them
SELECT NAME FROM performance_schema.setup_consumers AS poolprobe
WHERE ENABLED = 'NO' AND NAME IN ('global_instrumentation', 'thread_instrumentation', 'events_statements_current',
                                  'events_statements_history')
