-- summary: counters and gauges of the whole server that the poller samples
SHOW GLOBAL STATUS WHERE Variable_name IN (
    'Questions', 'Queries', 'Slow_queries',
    'Threads_connected', 'Threads_running', 'Threads_created', 'Connections', 'Max_used_connections',
    'Aborted_clients', 'Aborted_connects',
    'Connection_errors_accept', 'Connection_errors_internal', 'Connection_errors_max_connections',
    'Connection_errors_peer_address', 'Connection_errors_select', 'Connection_errors_tcpwrap',
    'Com_begin', 'Com_commit', 'Com_rollback', 'Handler_commit', 'Handler_rollback', 'Com_stmt_prepare',
    'Com_stmt_execute', 'Com_stmt_reprepare',
    'Innodb_row_lock_waits', 'Innodb_row_lock_time', 'Innodb_row_lock_time_max', 'Innodb_row_lock_current_waits',
    'Innodb_log_waits', 'Innodb_log_writes', 'Innodb_log_write_requests', 'Innodb_os_log_written',
    'Innodb_os_log_fsyncs', 'Innodb_data_fsyncs', 'Innodb_data_reads', 'Innodb_data_writes',
    'Innodb_buffer_pool_reads', 'Innodb_buffer_pool_read_requests', 'Innodb_buffer_pool_wait_free',
    'Created_tmp_tables', 'Created_tmp_disk_tables', 'Select_full_join', 'Select_scan', 'Sort_merge_passes',
    'Table_open_cache_misses', 'Table_open_cache_overflows', 'Bytes_received', 'Bytes_sent',
    'Memory_used', 'Global_connection_memory',
    'Performance_schema_digest_lost', 'Performance_schema_accounts_lost', 'Performance_schema_thread_instances_lost')
