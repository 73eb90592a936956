# summary: finds or unpacks a MySQL (else MariaDB) server program for tools/mysql-server.sh; sourced by it
#
# Sets: flavour (mysql|mariadb), version, server (array: the command that runs the server), base (its basedir),
# server_args (array: where it finds its own files). Uses: root (the repository), say, die.

shared=$root/build/mysql-lts # what all private servers share: the unpacked server, fresh data directories

# version_of COMMAND...: "flavour version" of a server program on stdout; fails when it does not run.
version_of() {
    local text
    text=$("$@" --no-defaults --version 2>/dev/null) || return 1
    [[ $text =~ Ver\ ([0-9]+\.[0-9.]+) ]] || return 1
    case $text in
    *MariaDB*) echo "mariadb ${BASH_REMATCH[1]}" ;;
    *) echo "mysql ${BASH_REMATCH[1]}" ;;
    esac
}

# use_program PATH: runs the program as it is installed.
use_program() {
    local found
    server=("$1")
    found=$(version_of "${server[@]}") || return 1
    read -r flavour version <<<"$found"
    base=$(dirname "$(dirname "$(readlink -f "$1")")")
    server_args=("--basedir=$base")
}

# use_tree DIR: runs the server of an unpacked Debian tree with the tree's own loader and libraries, so that it needs
# neither this machine's C library nor a chroot (which would need root and a /proc of its own).
use_tree() {
    local tree=$1 loader libs found
    loader=$(find "$tree"/usr/lib/*-linux-gnu* -maxdepth 1 -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
    [[ -n $loader && -x $tree/usr/sbin/mysqld ]] || return 1
    libs=$(dirname "$loader")
    server=("$loader" --library-path "$libs:$tree/usr/lib/mysql/private" --argv0 "$tree/usr/sbin/mysqld" "$tree/usr/sbin/mysqld")
    found=$(version_of "${server[@]}") || return 1
    read -r flavour version <<<"$found"
    base=$tree/usr
    server_args=("--basedir=$base" "--lc-messages-dir=$base/share/mysql"
        "--character-sets-dir=$base/share/mysql/charsets" "--plugin-dir=$base/lib/mysql/plugin")
}

# apt_install PACKAGE...: as root only; the package lists are refreshed when a first try fails.
apt_install() {
    [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null || return 1
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    "${apt[@]}" install -y --no-install-recommends "$@" >&2 && return
    "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "$@" >&2
}

# without_fds COMMAND...: with standard input, output and error only. mmdebstrap and MariaDB's installer hand descriptors
# to sh, whose redirections know one digit only: under a parent that leaves many open (ctest) they would fail.
without_fds() (
    for fd in /proc/"$BASHPID"/fd/*; do
        fd=${fd##*/}
        [[ $fd -le 2 ]] || eval "exec $fd>&-"
    done
    exec "$@"
)

# unpack_unstable: Debian's stable releases carry MariaDB only; its unstable suite has a current MySQL.
unpack_unstable() {
    [[ -e /etc/debian_version && -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || return 1
    command -v mmdebstrap >/dev/null || apt_install mmdebstrap || return 1
    local part=$shared/root.part.$$
    say "unpacking mysql-server-core of Debian unstable into ${shared#"$root"/}/root"
    if without_fds mmdebstrap --variant=extract --include=mysql-server-core --aptopt='Acquire::Check-Valid-Until "false"' \
        unstable "$part" >"$shared/unpack.log" 2>&1 && use_tree "$part"; then
        rm -rf "$shared/root" "$part"/var/cache/apt "$part"/usr/share/{doc,man,locale}
        mv "$part" "$shared/root"
        return
    fi
    say "unpacking failed, see ${shared#"$root"/}/unpack.log: $(tail -n 1 "$shared/unpack.log")"
    rm -rf "$part"
    return 1
}

# machine_mysqld: a MySQL server of version 8.0 or later that the machine has already.
machine_mysqld() {
    local program
    for program in "$(command -v mysqld || true)" /usr/sbin/mysqld /usr/libexec/mysqld /usr/local/mysql/bin/mysqld; do
        [[ -n $program && -x $program ]] && use_program "$program" || continue
        [[ $flavour = mysql && ${version%%.*} -ge 8 ]] && return
    done
    return 1
}

machine_mariadbd() {
    local program
    for program in "$(command -v mariadbd || true)" /usr/sbin/mariadbd /usr/libexec/mariadbd; do
        [[ -n $program && -x $program ]] && use_program "$program" && return
    done
    return 1
}

find_server() {
    if [[ -n ${POOLPROBE_MYSQLD:-} ]]; then
        use_program "$POOLPROBE_MYSQLD" || die "POOLPROBE_MYSQLD=$POOLPROBE_MYSQLD does not run as a MySQL server"
        return
    fi
    machine_mysqld && return
    mkdir -p "$shared"
    exec 8>"$shared/lock"
    flock 8
    if use_tree "$shared/root" || { unpack_unstable && use_tree "$shared/root"; }; then
        exec 8>&-
        return
    fi
    say "no MySQL 8.0 or later to be had here: using the distribution's MariaDB instead"
    # mariadb-install-db calls my_print_defaults, which the package with the clients has.
    if { machine_mariadbd && command -v my_print_defaults >/dev/null; } ||
        { apt_install mariadb-server-core mariadb-client-core && machine_mariadbd; }; then
        exec 8>&-
        return
    fi
    die "no MySQL or MariaDB server found; install one or set POOLPROBE_MYSQLD to its mysqld program"
}
