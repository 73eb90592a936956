-- summary: instruments that the probe reads, by kind: pattern, how many there are, how many are off
SELECT 'statement/%', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME LIKE 'statement/%'
UNION ALL
SELECT 'wait/io/file/innodb/%', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME LIKE 'wait/io/file/innodb/%'
UNION ALL
SELECT 'wait/lock/%', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME LIKE 'wait/lock/%'
UNION ALL
SELECT 'transaction', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME = 'transaction'
UNION ALL
SELECT 'wait/io/table/sql/handler', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME = 'wait/io/table/sql/handler'
UNION ALL
SELECT 'wait/io/file/sql/binlog', COUNT(*), SUM(ENABLED = 'NO' OR TIMED = 'NO')
FROM performance_schema.setup_instruments WHERE NAME = 'wait/io/file/sql/binlog'
