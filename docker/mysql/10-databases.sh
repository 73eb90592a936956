#!/bin/bash
# summary: run once by the mysql image on a new data directory: databases, the application's user, the probe's user
set -e
{
  for db in benchmark_fastapi benchmark_django benchmark_reftarget; do
    echo "CREATE DATABASE IF NOT EXISTS $db CHARACTER SET utf8mb4;"
  done
  echo "CREATE USER IF NOT EXISTS 'benchmark_user'@'%' IDENTIFIED BY '$BENCHMARK_PASSWORD';"
  echo "CREATE USER IF NOT EXISTS 'poolprobe'@'%' IDENTIFIED BY '$PROBE_PASSWORD';"
  for db in benchmark_fastapi benchmark_django benchmark_reftarget; do
    echo "GRANT ALL ON $db.* TO 'benchmark_user'@'%';"
  done
  sed -e '/^ *--/d' -e "s/'poolprobe'@'[^']*'/'poolprobe'@'%'/g" /poolprobe/probe_grants.sql
} | MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root --socket="${SOCKET:-/var/run/mysqld/mysqld.sock}"
