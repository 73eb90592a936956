-- summary: what `poolprobe doctor` asks first: version, performance_schema, its memory for digests, TLS only, the clock in microseconds
SELECT VERSION(), @@GLOBAL.performance_schema, @@GLOBAL.performance_schema_digests_size, @@GLOBAL.require_secure_transport,
       CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)
