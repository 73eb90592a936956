-- summary: which server this is (MySQL)
SELECT @@GLOBAL.server_uuid
