-- summary: when this very statement began, by the server's timer (ns): compared with the times of asking and of the answer
SELECT poolprobe.TIMER_START DIV 1000
FROM performance_schema.events_statements_current AS poolprobe
WHERE poolprobe.THREAD_ID = (SELECT THREAD_ID FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID())
  AND poolprobe.NESTING_EVENT_LEVEL = 0
