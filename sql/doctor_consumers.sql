-- summary: consumers that the probe needs and that are off
SELECT NAME FROM performance_schema.setup_consumers
WHERE ENABLED = 'NO' AND NAME IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest')
