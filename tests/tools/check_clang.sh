#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles every C file with clang, for its warnings alone.
# Usage: check_clang.sh SOURCE_DIR CLANG
set -eu
cd "$1"

# What is for an event loop that isn't installed can't be compiled.
set -- "$2"
flags=
for pair in libuv:libuv libevent_core:libevent glib-2.0:glib; do
    if pkg-config --exists "${pair%:*}"; then
        flags="$flags $(pkg-config --cflags "${pair%:*}" |
            sed 's/-I/-isystem /g')"
    else
        set -- "$@" ! -name "*_${pair#*:}.c"
    fi
done
clang=$1
shift

# shellcheck disable=SC2086
find src tests examples -name '*.c' ! -path 'tests/package/*' "$@" -print0 |
    xargs -0 -n 8 -P 2 "$clang" $flags -std=c11 -D_GNU_SOURCE \
        -DFIXTURE_DIR='"fixtures"' -Iinclude -Isrc -Itests -Itests/support -fsyntax-only -Werror -Wall \
        -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
