-- summary: fails without SELECT on performance_schema
SELECT COUNT(*) FROM performance_schema.setup_consumers
