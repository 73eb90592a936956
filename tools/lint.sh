#!/usr/bin/env bash
# summary: clang-format and clang-tidy over every C file of the repository: lint.sh format | tidy BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/.."

c_files() { git ls-files --cached --others --exclude-standard '*.c' "$@" | while read -r f; do [ -e "$f" ] && echo "$f"; done; }

case "${1:-}" in
  format) c_files '*.h' | xargs clang-format --dry-run --Werror ;;
  tidy)
    # The programs' own files that the build knows, one process a core. One file at a time: the analyzer's check of
    # va_list gives false alarms when it sees several.
    c_files | grep -v '^tests/' | while read -r f; do
      grep -q "\"file\": \"$PWD/$f\"" "$2/compile_commands.json" && echo "$f"
    done | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$2" 2>/dev/null
    ;;
  *) echo "usage: tools/lint.sh format | tidy BUILD_DIR" >&2; exit 2 ;;
esac
