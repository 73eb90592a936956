-- summary: first statement of the poller's session: times of transactions are the system's
SET time_zone = 'SYSTEM'
