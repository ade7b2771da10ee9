#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs clang-tidy on every C file of the library and the command, one file per
# process: given several, it complains about correct uses of va_list.
# Usage: check_tidy.sh SOURCE_DIR CLANG_TIDY
set -eu
cd "$1"
export CLANG_TIDY="$2"
# shellcheck disable=SC2016
find src -name '*.c' -print0 | xargs -0 -n 1 -P 2 sh -c \
    '"$CLANG_TIDY" --quiet "$0" -- -std=c11 -D_GNU_SOURCE -Iinclude -Isrc'
