-- summary: the latency histogram of one digest: number, upper bound in ns and count of each bucket (schema and digest are filled in)
SELECT BUCKET_NUMBER, BUCKET_TIMER_HIGH DIV 1000, COUNT_BUCKET
FROM performance_schema.events_statements_histogram_by_digest AS poolprobe
WHERE SCHEMA_NAME = '%s' AND DIGEST = '%s' AND COUNT_BUCKET > 0
