-- summary: which program of which process each session belongs to, as its client said
SELECT PROCESSLIST_ID, ATTR_NAME, ATTR_VALUE
FROM performance_schema.session_connect_attrs AS poolprobe
WHERE ATTR_NAME IN ('_pid', 'program_name')
