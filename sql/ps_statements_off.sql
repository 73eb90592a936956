-- summary: how many switches of performance_schema keep statements from being counted (0: all of them are)
SELECT (SELECT COUNT(*) FROM performance_schema.setup_instruments
        WHERE (NAME LIKE 'statement/sql/%' OR NAME LIKE 'statement/com/%') AND ENABLED = 'NO')
     + (SELECT COUNT(*) FROM performance_schema.setup_consumers
        WHERE NAME IN ('global_instrumentation', 'thread_instrumentation') AND ENABLED = 'NO')
     + (SELECT COUNT(*) = 0 FROM performance_schema.setup_actors WHERE ENABLED = 'YES')
