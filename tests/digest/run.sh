#!/usr/bin/env bash
# summary: the digest test: thousands of statements, the server's STATEMENT_DIGEST() against the probe's digest
# Usage: run.sh BIN       BIN holds digest_ask and digest_compare; exit 77 where no MySQL server can be had
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../e2e/lib.sh
. "$here/../e2e/lib.sh"

start_mysql
if [ "$MYSQL_FLAVOUR" != mysql ]; then
  echo "# $MYSQL_FLAVOUR $MYSQL_VERSION has no STATEMENT_DIGEST()"
  exit 77
fi

same_digests() {
  python3 "$here/statements.py" >"$work/statements"
  "$bin/digest_ask" "$MYSQL_SOCKET" <"$work/statements" >"$work/table"
  "$bin/digest_compare" "$MYSQL_VERSION" <"$work/table" >"$work/differences" || {
    head -c 20000 "$work/differences"
    tail -n 2 "$work/differences"
    return 1
  }
  [ "$(sed -n 's/.*compared \([0-9]*\),.*/\1/p' "$work/differences")" -ge 2000 ]
}

known_differences() {
  python3 "$here/statements.py" --known | "$bin/digest_ask" "$MYSQL_SOCKET" >"$work/known"
  "$bin/digest_compare" --known "$MYSQL_VERSION" <"$work/known"
}

check "digests and their texts are the server's" same_digests
tail -n 2 "$work/differences" 2>/dev/null | sed 's/^/# /' || true
check "what is known to differ still does" known_differences
[ "$failures" -eq 0 ]
