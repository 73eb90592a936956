-- summary: the rights that the probe's user needs on a server; for MySQL 8.0 and later and MariaDB 10.5 and later
--
-- Make the user first (its host part is where the probe runs), then run this file as an administrator:
--   CREATE USER 'poolprobe'@'localhost' IDENTIFIED BY '...';
-- None of these rights lets the probe read or change a row of an application's table.

-- statement digests, waits, locks, connection attributes, status counters
GRANT SELECT ON performance_schema.* TO 'poolprobe'@'localhost';
-- every session in the process list, InnoDB's transactions and lock waits (information_schema.innodb_trx)
GRANT PROCESS ON *.* TO 'poolprobe'@'localhost';
