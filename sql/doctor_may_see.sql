-- summary: fails without PROCESS
SELECT COUNT(*) FROM information_schema.INNODB_TRX
