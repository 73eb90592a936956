-- summary: which server this is (MariaDB, which has no server_uuid)
SELECT CONCAT_WS(' ', @@GLOBAL.hostname, @@GLOBAL.port, @@GLOBAL.datadir)
