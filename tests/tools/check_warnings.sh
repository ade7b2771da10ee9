#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles every C file with a compiler other than the build's, only to see its
# warnings. Usage: check_warnings.sh SOURCE_DIR COMPILER WARNING_FLAG...
set -eu
cd "$1"
compiler=$2
shift 2
flags="-std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Itests -Itests/support"
flags="$flags -DFIXTURE_DIR=\"fixtures\" -DGUARD_PROCESSOR=\"\" -DGUARD_BUILD=\"\""
flags="$flags -fsyntax-only -Werror $*"

# Skip the files for event loops that aren't installed: they wouldn't compile.
set --
for pair in libuv:libuv libevent_core:libevent glib-2.0:glib; do
    if pkg-config --exists "${pair%:*}"; then
        flags="$flags $(pkg-config --cflags "${pair%:*}" |
            sed 's/-I/-isystem /g')"
    else
        set -- "$@" ! -name "*_${pair#*:}.c"
    fi
done

# shellcheck disable=SC2086
find src tests examples -name '*.c' ! -path 'tests/package/*' "$@" -print0 |
    xargs -0 -n 8 -P 2 "$compiler" $flags
