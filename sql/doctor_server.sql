-- summary: what `poolprobe doctor` asks first: version, performance_schema, its memory for digests, TLS only, the clock in microseconds, this account as GRANT takes it
SELECT VERSION(), @@GLOBAL.performance_schema, @@GLOBAL.performance_schema_digests_size, @@GLOBAL.require_secure_transport,
       CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED),
       CONCAT(QUOTE(LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1)),
              '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))
