-- summary: transactions that ended, by access mode
SELECT COUNT_STAR, COUNT_READ_WRITE, COUNT_READ_ONLY, SUM_TIMER_WAIT DIV 1000
FROM performance_schema.events_transactions_summary_global_by_event_name AS poolprobe
WHERE EVENT_NAME = 'transaction'
