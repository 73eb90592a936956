-- summary: whether performance_schema is on
SELECT @@GLOBAL.performance_schema
