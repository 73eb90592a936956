# summary: CPU and memory limits for a process and its children: cgroup v2, else v1, else taskset (CPU only); sourced
# shellcheck shell=bash
#
# limits_init; limits_make NAME CPUS MEMORY_BYTES (either may be empty: no such limit); (limits_enter NAME; exec PROGRAM);
# limits_end when all processes have ended. limits_how says what is used. A quota of 1 CPU may run on any of the machine's
# CPUs, one at a time on average, as in a container; taskset takes whole CPUs and binds to them.
limits_mount=${LIMITS_MOUNT:-/sys/fs/cgroup} # of tests: another place, without cgroups
limits_base=poolprobe-$$
limits_how=
limits_cpu_dir= limits_memory_dir=

limits_v2() {
  local root=$limits_mount
  grep -qw cpu "$root/cgroup.controllers" 2>/dev/null && grep -qw memory "$root/cgroup.controllers" || return 1
  { echo '+cpu +memory' >"$root/cgroup.subtree_control"; } 2>/dev/null || return 1
  mkdir "$root/$limits_base" 2>/dev/null || return 1
  { echo '+cpu +memory' >"$root/$limits_base/cgroup.subtree_control"; } 2>/dev/null || { rmdir "$root/$limits_base"; return 1; }
  limits_cpu_dir=$root/$limits_base limits_memory_dir=$root/$limits_base limits_how="cgroup v2"
}

limits_v1() {
  local cpu=$limits_mount/cpu memory=$limits_mount/memory
  [ -e "$cpu/cpu.cfs_quota_us" ] || [ -e "$cpu/cgroup.procs" ] || return 1
  mkdir "$cpu/$limits_base" 2>/dev/null || return 1
  [ -w "$cpu/$limits_base/cpu.cfs_quota_us" ] || { rmdir "$cpu/$limits_base"; return 1; }
  limits_cpu_dir=$cpu/$limits_base limits_how="cgroup v1"
  mkdir "$memory/$limits_base" 2>/dev/null && limits_memory_dir=$memory/$limits_base
  return 0
}

limits_init() { limits_v2 || limits_v1 || limits_how=taskset; }

# CPUs may be a fraction; a kernel period is 100 ms.
limits_make() { # NAME CPUS MEMORY_BYTES
  local name=$1 cpus=$2 memory=$3 quota
  [ -z "$cpus" ] || quota=$(awk -v n="$cpus" 'BEGIN { printf "%d", n * 100000 }')
  case $limits_how in
    "cgroup v2")
      mkdir "$limits_cpu_dir/$name"
      [ -z "$cpus" ] || echo "$quota 100000" >"$limits_cpu_dir/$name/cpu.max"
      [ -z "$memory" ] || echo "$memory" >"$limits_memory_dir/$name/memory.max"
      ;;
    "cgroup v1")
      mkdir "$limits_cpu_dir/$name"
      [ -z "$limits_memory_dir" ] || mkdir "$limits_memory_dir/$name"
      if [ -n "$cpus" ]; then
        echo 100000 >"$limits_cpu_dir/$name/cpu.cfs_period_us"
        echo "$quota" >"$limits_cpu_dir/$name/cpu.cfs_quota_us"
      fi
      [ -z "$memory" ] || [ -z "$limits_memory_dir" ] || echo "$memory" >"$limits_memory_dir/$name/memory.limit_in_bytes"
      ;;
    taskset) declare -g "limits_cpus_$name=$cpus" ;;
  esac
}

# In a subshell: the process itself and whatever it starts. With taskset the application takes CPUs from the upper end
# and everything else from the lower one.
limits_enter() { # NAME
  local name=$1 dir cpus all
  if [ "$limits_how" = taskset ]; then
    cpus=limits_cpus_$name
    cpus=${!cpus:-}
    [ -n "$cpus" ] || return 0
    cpus=$(awk -v n="$cpus" 'BEGIN { printf "%d", n == int(n) ? n : n + 1 }') all=$(nproc --all)
    [ "$cpus" -lt "$all" ] || return 0
    if [ "$name" = app ]; then
      taskset -pc "$((all - cpus))-$((all - 1))" "$BASHPID" >/dev/null
    else
      taskset -pc "0-$((cpus - 1))" "$BASHPID" >/dev/null
    fi
    return
  fi
  for dir in "$limits_cpu_dir" "$limits_memory_dir"; do
    [ -z "$dir" ] || echo "$BASHPID" >"$dir/$name/cgroup.procs"
  done
}

# The kernel's account of a group: how often and how long it was held back by its quota.
limits_cpu_stat() { # NAME
  [ "$limits_how" = taskset ] || cat "$limits_cpu_dir/$1/cpu.stat"
}

limits_end() {
  local dir tries
  for dir in "$limits_cpu_dir" "$limits_memory_dir"; do
    [ -n "$dir" ] && [ -d "$dir" ] || continue
    for ((tries = 0; tries < 50; tries++)); do # a group goes away when its last process has been reaped
      find "$dir" -mindepth 1 -type d -exec rmdir {} + 2>/dev/null
      rmdir "$dir" 2>/dev/null && break
      sleep 0.1
    done
  done
}

# 512M, 2G … in bytes
limits_bytes() {
  case $1 in
    '') ;;
    *[gG]) echo $((${1%[gG]} * 1073741824)) ;;
    *[mM]) echo $((${1%[mM]} * 1048576)) ;;
    *) echo "$1" ;;
  esac
}
