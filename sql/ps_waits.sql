-- summary: waits for tables' rows (with their row locks), table locks and metadata locks
SELECT EVENT_NAME, COUNT_STAR, SUM_TIMER_WAIT
FROM performance_schema.events_waits_summary_global_by_event_name AS poolprobe
WHERE EVENT_NAME IN ('wait/io/table/sql/handler', 'wait/lock/table/sql/handler', 'wait/lock/metadata/sql/mdl')
