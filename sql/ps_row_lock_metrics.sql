-- summary: InnoDB's row lock counters, at a cost that does not grow with the number of connections (MySQL)
SELECT CONCAT('Innodb_', SUBSTRING(NAME, 6)), COUNT
FROM information_schema.innodb_metrics
WHERE STATUS = 'enabled' AND NAME IN ('lock_row_lock_waits', 'lock_row_lock_time', 'lock_row_lock_current_waits')
