# summary: stands in for mysql:8.4 where no image registry is: the server of tools/mysql-server.sh, same paths and settings
# The context is a folder with root/ (the unpacked server) and entrypoint.sh.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-client && rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 999 mysql && mkdir -p /var/lib/mysql /var/run/mysqld /docker-entrypoint-initdb.d && \
    rm -rf /etc/mysql/conf.d && mkdir -p /etc/mysql/conf.d && chown mysql /var/lib/mysql /var/run/mysqld
COPY root /opt/mysql
COPY entrypoint.sh /usr/local/bin/entrypoint.sh
VOLUME /var/lib/mysql
ENTRYPOINT ["entrypoint.sh"]
