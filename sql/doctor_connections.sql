-- summary: sessions of clients by the way they came (TCP/IP, SSL/TLS, Socket), without the probe's own
SELECT CONNECTION_TYPE, COUNT(*) FROM performance_schema.threads
WHERE TYPE = 'FOREGROUND' AND CONNECTION_TYPE IS NOT NULL AND PROCESSLIST_ID <> CONNECTION_ID()
GROUP BY CONNECTION_TYPE
