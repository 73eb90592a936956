-- summary: sessions by what they do, with their memory (MariaDB)
SELECT COUNT(*), SUM(MEMORY_USED), MAX(MEMORY_USED), COMMAND, STATE, ''
FROM information_schema.processlist AS poolprobe
WHERE ID <> CONNECTION_ID() AND COMMAND <> 'Daemon'
GROUP BY COMMAND, STATE
ORDER BY 1 DESC
LIMIT 100
