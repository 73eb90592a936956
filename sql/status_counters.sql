-- summary: the server's counters and gauges that a recording samples
SHOW GLOBAL STATUS WHERE Variable_name IN (
    'Questions', 'Threads_connected', 'Threads_running', 'Connections', 'Max_used_connections', 'Aborted_connects',
    'Performance_schema_accounts_lost')
