#!/usr/bin/env bash
# summary: private MySQL server for benchmark and tests: own data directory, port and socket, never the machine's server
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tools/mysql-server.sh start|stop|status|env|install [--dir DIR] [options]

  start     initialise DIR when it is new, start the server, wait until it answers
  stop      stop the server of DIR (SIGTERM, SIGKILL after 30 s)
  status    say whether it runs (exit 0) or not (exit 1)
  env       print DIR/env: MYSQL_PORT MYSQL_SOCKET MYSQL_FLAVOUR MYSQL_VERSION MYSQL_PID MYSQL_DATADIR MYSQL_LOG
  install   only find or unpack the server program, print flavour, version and path

Options
  --dir DIR     where data, socket, log and env lie (default build/mysql)
  --port N      TCP port on 127.0.0.1 (default 0: any free one)
  --conf FILE   configuration file after mysql_conf/base.cnf; a bare name means one of mysql_conf/; repeatable
  --cpus N      bind the server to the CPUs 0..N-1 (taskset); 1 means CPU 0 (default: no binding)
  --fresh       start with a new data directory, dropping what DIR holds

The server is taken from POOLPROBE_MYSQLD; else a mysqld >= 8.0 of this machine; else, on Debian, mysql-server-core of
the unstable suite unpacked into build/mysql-lts without installing it; else the distribution's MariaDB.
Databases: benchmark_fastapi, benchmark_django, benchmark_reftarget for user benchmark_user, password benchmark_pass.
User poolprobe, password probe_pass, has the rights of sql/probe_grants.sql.
TEXT
}

say() { printf 'mysql-server: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
bad_usage() {
    say "$* (see --help)"
    exit 2
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=lib/mysql-find.sh
. "$root/tools/lib/mysql-find.sh"

dir=$root/build/mysql port=0 cpus=0 fresh=no confs=("$root/mysql_conf/base.cnf")

add_conf() {
    local file=$1
    [[ -e $file || $file = */* ]] || file=$root/mysql_conf/${file%.cnf}.cnf
    [[ -r $file ]] || bad_usage "no configuration file $1"
    confs+=("$(readlink -f "$file")")
}

parse() {
    command=${1:-}
    case $command in
    start | stop | status | env | install) shift ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) bad_usage "a command is wanted: start, stop, status, env or install" ;;
    esac
    while (($#)); do
        case $1 in
        --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        --help | -h)
            usage
            exit 0
            ;;
        --fresh)
            fresh=yes
            shift
            ;;
        --dir | --port | --conf | --cpus)
            (($# > 1)) || bad_usage "$1 needs a value"
            case $1 in
            --dir) dir=$2 ;;
            --port) port=$2 ;;
            --conf) add_conf "$2" ;;
            --cpus) cpus=$2 ;;
            esac
            shift 2
            ;;
        *) bad_usage "unknown option $1" ;;
        esac
    done
    [[ $port =~ ^[0-9]{1,5}$ && $port -le 65535 ]] || bad_usage "--port wants 0 to 65535, not $port"
    [[ $cpus =~ ^[0-9]{1,4}$ ]] || bad_usage "--cpus wants a number, not $cpus"
    ((cpus <= $(nproc --all))) || bad_usage "--cpus $cpus: this machine has $(nproc --all)"
    dir=$(readlink -m "$dir")
    pid_file=$dir/mysqld.pid log=$dir/error.log
}

# our_pid: pid of the running server of DIR; checks the command line, so that a reused pid is never taken for it.
our_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "--datadir=$dir/data" || return 1
    echo "$pid"
}

# Listening means that a connection opens; the server's greeting (protocol version 10 in the fifth byte, MySQL's
# "Protocol::HandshakeV10") means that it serves: by then --init-file has run.
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
answers() {
    [[ $( (exec 3<>"/dev/tcp/127.0.0.1/$1" && timeout 5 head -c 5 <&3 | od -An -tx1 -j4) 2>/dev/null) = ' 0a' ]]
}

free_port() {
    local candidate tries
    for ((tries = 0; tries < 200; tries++)); do
        candidate=$((20000 + RANDOM % 12000)) # below the ports that the kernel gives to clients
        listening "$candidate" || {
            echo "$candidate"
            return
        }
    done
    die "no free port found between 20000 and 32000"
}

# new_data DIR: initialises a data directory without configuration, so that one copy serves every configuration.
new_data() {
    local out=$1 log_of=$dir/initialize.log
    if [[ $flavour = mariadb ]]; then
        without_fds "$(mariadb_install_db)" --no-defaults --basedir="$base" --datadir="$out" --skip-test-db \
            --auth-root-authentication-method=normal "${as_user[@]}" >"$log_of" 2>&1
    else
        "${server[@]}" --no-defaults --initialize-insecure "${server_args[@]}" "${as_user[@]}" --datadir="$out" \
            --log-error="$log_of"
    fi || die "initialising the data directory failed: $(tail -n 3 "$log_of" | tr '\n' ' ')"
}

mariadb_install_db() {
    local program
    for program in "$base/bin/mariadb-install-db" "$base/bin/mysql_install_db" "$base/scripts/mariadb-install-db"; do
        [[ -x $program ]] && echo "$program" && return
    done
    die "mariadb-install-db is missing beside ${server[0]}; install mariadb-server-core and mariadb-client-core"
}

# Initialising takes seconds, copying a fresh directory a fraction of one: each version's first one is kept.
make_data() {
    local pristine=$shared/data-$flavour-$version
    mkdir -p "$shared"
    exec 8>"$shared/lock"
    flock 8
    if [[ ! -d $pristine ]]; then
        say "initialising a data directory for $flavour $version"
        rm -rf "$pristine.part"
        new_data "$pristine.part"
        mv "$pristine.part" "$pristine"
    fi
    exec 8>&-
    rm -rf "$dir/data" "$dir/data.part"
    cp -a --reflink=auto --sparse=always "$pristine" "$dir/data.part"
    rm -f "$dir/data.part/auto.cnf" # each server gets its own UUID
    mv "$dir/data.part" "$dir/data"
    printf '%s %s\n' "$flavour" "$version" >"$dir/made-by"
}

write_init_sql() {
    local host db
    {
        for db in benchmark_fastapi benchmark_django benchmark_reftarget; do
            echo "CREATE DATABASE IF NOT EXISTS $db CHARACTER SET utf8mb4;"
        done
        for host in 127.0.0.1 localhost; do
            echo "CREATE USER IF NOT EXISTS 'benchmark_user'@'$host' IDENTIFIED BY 'benchmark_pass';"
            echo "CREATE USER IF NOT EXISTS 'poolprobe'@'$host' IDENTIFIED BY 'probe_pass';"
            for db in benchmark_fastapi benchmark_django benchmark_reftarget; do
                echo "GRANT ALL ON $db.* TO 'benchmark_user'@'$host';"
            done
            # Django's test runner makes its database under this name
            echo "GRANT ALL ON test_benchmark_django.* TO 'benchmark_user'@'$host';"
            sed -e '/^ *--/d' -e "s/'poolprobe'@'[^']*'/'poolprobe'@'$host'/g" "$root/sql/probe_grants.sql"
        done
    } >"$dir/init.sql"
}

server_command() {
    command_line=("${server[@]}" "--defaults-file=$dir/my.cnf" "${server_args[@]}" "${as_user[@]}" "--datadir=$dir/data"
        "--port=$1" --bind-address=127.0.0.1 "--socket=$socket" "--pid-file=$pid_file" "--log-error=$log"
        "--tmpdir=$dir/tmp" "--init-file=$dir/init.sql")
    if [[ $flavour = mariadb ]]; then
        command_line+=("--secure-file-priv=$dir/no-files") # has no NULL: an empty directory
    else
        command_line+=(--secure-file-priv=NULL --mysqlx=OFF)
    fi
    ((cpus == 0)) || command_line=(taskset -c "0-$((cpus - 1))" "${command_line[@]}")
}

log_tail() { tail -n "${1:-12}" "$log" 2>/dev/null | sed 's/^/    /' >&2; }

# launch PORT: 0 when the server answers, 2 when somebody else took the port first, 1 on any other failure.
launch() {
    local pid deadline=$((SECONDS + 180))
    : >"$log"
    server_command "$1"
    (
        cd "$dir"
        ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
        exec setsid "${command_line[@]}" </dev/null >>"$dir/stdout.log" 2>&1 7>&-
    ) &
    pid=$!
    until [[ -s $pid_file ]] && answers "$1"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            grep -qiE 'address already in use|bind on tcp/ip port' "$log" && return 2
            say "the server ended while starting; the end of $log:"
            log_tail
            return 1
        fi
        if ((SECONDS >= deadline)); then
            say "the server did not answer within 180 s; the end of $log:"
            log_tail
            kill "$pid"
            return 1
        fi
        sleep 0.05
    done
    our_pid >/dev/null || return 2
}

write_env() {
    cat >"$dir/env.part" <<TEXT
MYSQL_PORT=$1
MYSQL_SOCKET='$socket'
MYSQL_FLAVOUR=$flavour
MYSQL_VERSION=$version
MYSQL_PID=$(our_pid)
MYSQL_DATADIR='$dir/data'
MYSQL_LOG='$log'
TEXT
    mv "$dir/env.part" "$dir/env"
}

prepare_dir() {
    mkdir -p "$dir/tmp" "$dir/no-files"
    if [[ $fresh = yes ]]; then rm -rf "$dir/data"; fi
    if [[ -d $dir/data && $(cat "$dir/made-by" 2>/dev/null) != "$flavour $version" ]]; then
        die "the data in $dir was made by $(cat "$dir/made-by" 2>/dev/null), not $flavour $version; start with --fresh"
    fi
    [[ -d $dir/data ]] || make_data
    printf '!include %s\n' "${confs[@]}" >"$dir/my.cnf"
    chmod 644 "$dir/my.cnf" # a world-writable file would be ignored
    write_init_sql
    socket=$dir/mysql.sock
    # a Unix socket's path may have 107 bytes
    if ((${#socket} > 100)); then socket=$(mktemp -d /tmp/poolprobe-mysql.XXXXXX)/mysql.sock; fi
}

start() {
    local pid rc tries=0 chosen=$port
    mkdir -p "$dir"
    exec 7>"$dir/lock"
    flock -n 7 || die "another start in $dir is going on"
    if pid=$(our_pid); then die "the server of $dir runs already (pid $pid); stop it first"; fi
    ((port == 0)) || ! listening "$port" || die "port $port on 127.0.0.1 is taken; choose another with --port"
    find_server
    as_user=()
    if [[ $(id -u) -eq 0 ]]; then as_user=(--user=root); fi
    prepare_dir
    rm -f "$dir/env" "$pid_file"
    while :; do
        ((port != 0)) || chosen=$(free_port)
        rc=0
        launch "$chosen" || rc=$?
        ((rc == 2 && port == 0 && tries++ < 5)) || break
    done
    ((rc != 2)) || die "port $chosen on 127.0.0.1 was taken by somebody else; choose another with --port"
    ((rc == 0)) || exit 1
    write_env "$chosen"
    say "$flavour $version answers on 127.0.0.1:$chosen (pid $(our_pid), ${dir#"$root"/})"
}

stop() {
    local pid deadline=$((SECONDS + 30))
    if ! pid=$(our_pid); then
        say "no server of $dir runs"
        return
    fi
    kill "$pid"
    while our_pid >/dev/null || [[ -e /proc/$pid/fd/0 ]]; do
        if ((SECONDS >= deadline)); then
            say "no end within 30 s: killing pid $pid"
            kill -KILL "$pid" 2>/dev/null || true
            deadline=$((SECONDS + 30))
            rm -f "$pid_file"
        fi
        sleep 0.05
    done
    rm -f "$dir/env" "$pid_file"
}

status() {
    local pid
    if ! pid=$(our_pid); then
        echo "stopped ($dir)"
        return 1
    fi
    . "$dir/env"
    echo "running: $MYSQL_FLAVOUR $MYSQL_VERSION on 127.0.0.1:$MYSQL_PORT, pid $pid ($dir)"
}

parse "$@"
case $command in
start) start ;;
stop) stop ;;
status) status ;;
env) cat "$dir/env" 2>/dev/null || die "no server of $dir runs" ;;
install)
    find_server
    echo "$flavour $version ${server[*]: -1}"
    ;;
esac
