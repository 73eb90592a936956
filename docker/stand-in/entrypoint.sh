#!/bin/bash
# summary: what the mysql image's own entrypoint does for this project: new data directory, root's password, init scripts
set -euo pipefail
tree=/opt/mysql
loader=$(find "$tree"/usr/lib/*-linux-gnu* -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)
server=("$loader" --library-path "$(dirname "$loader"):$tree/usr/lib/mysql/private" --argv0 "$tree/usr/sbin/mysqld"
  "$tree/usr/sbin/mysqld")
cat >/tmp/my.cnf <<'TEXT'
[mysqld]
user=mysql
datadir=/var/lib/mysql
socket=/var/run/mysqld/mysqld.sock
mysqlx=OFF
secure-file-priv=NULL
basedir=/opt/mysql/usr
lc-messages-dir=/opt/mysql/usr/share/mysql
character-sets-dir=/opt/mysql/usr/share/mysql/charsets
plugin-dir=/opt/mysql/usr/lib/mysql/plugin
!includedir /etc/mysql/conf.d/
TEXT

if [ ! -d /var/lib/mysql/mysql ]; then
  "${server[@]}" --defaults-file=/tmp/my.cnf --initialize-insecure
  "${server[@]}" --defaults-file=/tmp/my.cnf --skip-networking &
  first=$!
  until mysqladmin --socket=/var/run/mysqld/mysqld.sock --user=root ping --silent 2>/dev/null; do
    kill -0 "$first" || exit 1
    sleep 0.2
  done
  echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';" |
    mysql --socket=/var/run/mysqld/mysqld.sock --user=root
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ ! -e "$script" ] || bash "$script"
  done
  kill "$first"
  wait "$first"
fi
exec "${server[@]}" --defaults-file=/tmp/my.cnf
