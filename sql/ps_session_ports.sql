-- summary: the clients' addresses with their ports (MySQL 8.0.22 and later, without the lock of the process list)
SELECT ID, HOST FROM performance_schema.processlist AS poolprobe WHERE HOST LIKE '%:%'
