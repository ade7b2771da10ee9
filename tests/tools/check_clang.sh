#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles every C file with clang, for its warnings alone.
# Usage: check_clang.sh SOURCE_DIR CLANG
set -eu
cd "$1"
find src tests examples -name '*.c' ! -path 'tests/package/*' -print0 |
    xargs -0 -n 8 -P 2 "$2" -std=c11 -D_GNU_SOURCE -DFIXTURE_DIR='"fixtures"' \
        -Iinclude -Isrc -Itests -Itests/support -fsyntax-only -Werror -Wall \
        -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
