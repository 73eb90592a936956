#!/usr/bin/env python3
# summary: users and schema of the golden captures, through the server's socket: setup.py SOCKET FLAVOUR
import sys

import pymysql

COMMON = """
DROP DATABASE IF EXISTS golden
CREATE DATABASE golden CHARACTER SET utf8mb4
CREATE DATABASE IF NOT EXISTS benchmark_reftarget
"""
USERS = {"app": "app_pass", "plain": "plain_pass", "fresh": "fresh_pass", "nopass": "", "raw": ""}
GRANTS = """
GRANT ALL ON *.* TO 'app'@'%'
GRANT SELECT ON golden.* TO 'plain'@'%'
GRANT SELECT ON benchmark_reftarget.* TO 'plain'@'%'
GRANT SELECT ON golden.* TO 'fresh'@'%'
GRANT SELECT ON golden.* TO 'nopass'@'%'
GRANT ALL ON *.* TO 'raw'@'%'
"""
ONLY = {
    "mysql": """
DROP USER IF EXISTS 'sha'@'%'
CREATE USER 'sha'@'%' IDENTIFIED WITH sha256_password BY 'sha_pass'
GRANT SELECT ON golden.* TO 'sha'@'%'
INSTALL COMPONENT 'file://component_query_attributes'
""",
    "mariadb": """
DROP USER IF EXISTS 'ed'@'%'
CREATE USER 'ed'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('ed_pass')
GRANT SELECT ON golden.* TO 'ed'@'%'
""",
}


def main():
    socket, flavour = sys.argv[1:3]
    connection = pymysql.connect(unix_socket=socket, user="root")
    cursor = connection.cursor()
    statements = COMMON.strip().splitlines()
    for user, password in USERS.items():
        statements += [f"DROP USER IF EXISTS '{user}'@'%'", f"CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'"]
    statements += GRANTS.strip().splitlines()
    for statement in statements:
        cursor.execute(statement)
    for statement in ONLY[flavour].strip().splitlines():
        try:
            cursor.execute(statement)
        except pymysql.MySQLError as why:
            if why.args[0] != 3529: # the component is there already
                raise


main()
