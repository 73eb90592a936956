-- summary: the clients' addresses with their ports (MariaDB and MySQL before 8.0.22)
SELECT ID, HOST FROM information_schema.processlist AS poolprobe WHERE HOST LIKE '%:%'
