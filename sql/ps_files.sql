-- summary: reads, writes and other operations (fsync) of redo log, data files, doublewrite, temporary tables and binary log
SELECT EVENT_NAME, COUNT_READ, SUM_TIMER_READ, SUM_NUMBER_OF_BYTES_READ, COUNT_WRITE, SUM_TIMER_WRITE,
       SUM_NUMBER_OF_BYTES_WRITE, COUNT_MISC, SUM_TIMER_MISC
FROM performance_schema.file_summary_by_event_name AS poolprobe
WHERE EVENT_NAME IN ('wait/io/file/innodb/innodb_log_file', 'wait/io/file/innodb/innodb_data_file',
                     'wait/io/file/innodb/innodb_dblwr_file', 'wait/io/file/innodb/innodb_temp_file',
                     'wait/io/file/sql/binlog', 'wait/io/file/sql/binlog_cache')
