# summary: what make.sh needs: private servers, client libraries, built clients; sourced by it
#
# Uses: root, here, work, port, port6, say, die. Sets: c_client (array: the C client, @FLAVOUR@ in it replaced).

started=()

stop_all() {
    local pid dir
    for pid in "${relays[@]}"; do kill "$pid" 2>/dev/null || true; done
    for dir in "${started[@]}"; do "$root/tools/mysql-server.sh" stop --dir "$dir" || true; done
}
relays=()

install_packages() {
    local missing=() p
    for p in gcc pkg-config libmariadb-dev libmariadb3 mariadb-server-core tcpdump openssl mmdebstrap python3-venv; do
        dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
    done
    ((${#missing[@]} == 0)) || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    command -v npm >/dev/null || apt-get install -y --no-install-recommends npm
}

# Oracle's client library, like the server, comes from Debian's unstable suite and runs with the loader of that tree.
unpack_libmysqlclient() {
    oracle=$root/build/mysql-client-lts/root
    [[ -d $oracle ]] && return
    say "unpacking libmysqlclient of Debian unstable into build/mysql-client-lts/root"
    mkdir -p "$(dirname "$oracle")"
    rm -rf "$oracle.part"
    mmdebstrap --variant=extract --include=libmysqlclient-dev --aptopt='Acquire::Check-Valid-Until "false"' unstable \
        "$oracle.part" >"$work/unpack.log" 2>&1 || die "unpacking failed, see $work/unpack.log"
    mv "$oracle.part" "$oracle"
}

# The server's ed25519 plugin is in the package mariadb-server, which would start a server of the machine's own.
unpack_mariadb_plugins() {
    [[ -d $work/plugin ]] && return
    mkdir -p "$work/deb"
    (cd "$work/deb" && apt-get download mariadb-server && dpkg -x mariadb-server_*.deb tree)
    mv "$work/deb/tree/usr/lib/mysql/plugin" "$work/plugin"
    rm -rf "$work/deb"
}

install_libraries() {
    if [[ ! -x $work/venv/bin/python ]]; then
        python3 -m venv "$work/venv"
        "$work/venv/bin/pip" -q install pymysql aiomysql cryptography
    fi
    if [[ ! -d $work/node/node_modules/mysql2 ]]; then
        mkdir -p "$work/node"
        (cd "$work/node" && npm init -y >/dev/null && npm install --no-fund --no-audit mysql2 >/dev/null)
    fi
}

build_c_clients() {
    local flags=(-std=gnu11 -g -O1 -Wall -Wextra -D_GNU_SOURCE) sources=("$here"/*.c) libs loader
    # shellcheck disable=SC2046 # several words are meant
    gcc "${flags[@]}" $(pkg-config --cflags libmariadb) "${sources[@]}" -o "$work/client-mariadb" \
        $(pkg-config --libs libmariadb) -lpthread
    libs=$(dirname "$(find "$oracle/usr/lib" -name libmysqlclient.so | head -n 1)")
    loader=$(find "$libs" -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)
    mkdir -p "$work/include"
    ln -sfn "$oracle/usr/include/mysql" "$work/include/mysql"
    gcc "${flags[@]}" -Wno-missing-field-initializers -isystem "$work/include/mysql" -isystem "$work/include" \
        "${sources[@]}" -o "$work/client-mysql.bin" "$libs/libmysqlclient.so" \
        -Wl,--unresolved-symbols=ignore-in-shared-libs -lpthread
    printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$loader" "$libs" "$work/client-mysql.bin" >"$work/client-mysql"
    chmod +x "$work/client-mysql"
    c_client=("$work/client-@FLAVOUR@")
}

mariadb_conf() {
    [[ -e $work/cert.pem ]] || openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" \
        -days 3650 -subj /CN=golden 2>/dev/null
    printf '[mysqld]\nplugin-dir = %s\nplugin-load-add = auth_ed25519\nssl-cert = %s\nssl-key = %s\n' \
        "$work/plugin" "$work/cert.pem" "$work/key.pem" >"$work/mariadb.cnf"
}

start_servers() {
    trap stop_all EXIT
    "$root/tools/mysql-server.sh" start --dir "$work/mysql" --fresh --port "${port[mysql]}" --conf "$here/golden.cnf"
    started+=("$work/mysql")
    grep -q '^MYSQL_FLAVOUR=mysql$' "$work/mysql/env" || die "no MySQL server is to be had here"
    POOLPROBE_MYSQLD=/usr/sbin/mariadbd "$root/tools/mysql-server.sh" start --dir "$work/mariadb" --fresh \
        --port "${port[mariadb]}" --conf "$here/golden.cnf" --conf "$work/mariadb.cnf"
    started+=("$work/mariadb")
    local f
    for f in mysql mariadb; do
        "$here/relay.py" "${port6[$f]}" "${port[$f]}" >/dev/null &
        relays+=($!)
    done
}

# prepare_schema FLAVOUR: users and schema as they were before the last capture changed them.
prepare_schema() {
    (. "$work/$1/env" && "$work/venv/bin/python" "$here/setup.py" "$MYSQL_SOCKET" "$1")
}

prepare_all() {
    [[ $(id -u) -eq 0 ]] || die "capturing needs root"
    install_packages
    unpack_libmysqlclient
    unpack_mariadb_plugins
    install_libraries
    build_c_clients
    mariadb_conf
    for ((i = 0; i < 500; i++)); do printf '%d,%s\n' "$i" 'line of data line of data line of data '; done >"$work/load.csv"
    start_servers
}
