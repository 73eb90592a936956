# summary: the three applications of the benchmark: their port, database, set-up and start; sourced
# shellcheck shell=bash
# Wants: root, bin (folder of the programs), target, MYSQL_PORT, app_port, work, pool_min, pool_max, threads, name, out, venv.

target_default_port() {
  case $target in
    fastapi) echo 18000 ;;
    django) echo 18001 ;;
    reftarget) echo 18080 ;;
    *) return 1 ;;
  esac
}

target_env() {
  export MYSQL_HOST=127.0.0.1 MYSQL_PORT MYSQL_USER=benchmark_user MYSQL_PASSWORD=benchmark_pass MYSQL_PWD=benchmark_pass
  export MYSQL_DATABASE=benchmark_$target POOL_MIN=$pool_min POOL_MAX=$pool_max THREADS=$threads CONN_MAX_AGE=60
  export HTTP_HOST=127.0.0.1 HTTP_PORT=$app_port WORK_DIR=$work PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
  export PYTHONHASHSEED=0 # Tortoise lists a table's columns in the order of a set: the same statements in every run
}

# Makes and fills the tables.
target_setup() {
  target_env
  local seed=$root/sql/workload_seed.sql
  case $target in
    fastapi) cd "$root/docker/fastapi" && "$venv/bin/python" -W ignore -m app.setup "$seed" ;;
    django)
      cd "$root/docker/django" && "$venv/bin/python" manage.py migrate --verbosity 0 &&
        "$venv/bin/python" manage.py seed "$seed"
      ;;
    reftarget) "$bin/reftarget" --setup-only --mysql "$(target_uri)" --port "$app_port" ;;
  esac
}

target_uri() { echo "mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_$target"; }

# Replaces the shell.
target_exec() {
  target_env
  case $target in
    fastapi) cd "$root/docker/fastapi" && exec "$venv/bin/gunicorn" app.main:app -c gunicorn.conf.py ;;
    django) cd "$root/docker/django" && exec "$venv/bin/gunicorn" -c gunicorn.conf.py ;;
    reftarget)
      exec "$bin/reftarget" --port "$app_port" --mysql "$(target_uri)" --pool-min "$pool_min" --pool-max "$pool_max" \
        --work-dir "$work" --truth "$out/$name.truth.jsonl"
      ;;
  esac
}
