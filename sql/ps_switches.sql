-- summary: switches of performance_schema that are off though a figure of the report needs them
SELECT 'consumer', NAME FROM performance_schema.setup_consumers AS poolprobe
WHERE ENABLED = 'NO' AND NAME IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest',
                                  'events_statements_current', 'events_transactions_current', 'events_statements_cpu')
UNION ALL
SELECT 'instrument', NAME FROM performance_schema.setup_instruments
WHERE (ENABLED = 'NO' OR TIMED = 'NO')
  AND NAME IN ('transaction', 'wait/lock/metadata/sql/mdl', 'wait/lock/table/sql/handler', 'wait/io/table/sql/handler',
               'wait/io/file/innodb/innodb_log_file', 'wait/io/file/innodb/innodb_data_file', 'wait/io/file/sql/binlog',
               'statement/sql/select', 'statement/sql/update', 'statement/com/Execute')
