#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and twice, without a warning, as C and as
# C++. Usage: check_headers.sh INCLUDE_DIR CC [CC...], where CC is a C compiler
# or, when its name has ++ in it, a C++ compiler.
set -eu
include=$1
shift
failed=0
count=0
for compiler; do
    case $compiler in
    *++*) language=c++ standards='c++11 c++17 c++20' ;;
    *) language=c standards='c99 c11 c17' ;;
    esac
    for standard in $standards; do
        for header in "$include"/chutes/*.h; do
            name=chutes/${header##*/}
            count=$((count + 1))
            printf '#include <%s>\n#include <%s>\nint used;\n' "$name" "$name" |
                "$compiler" "-std=$standard" -Wall -Wextra -pedantic -Werror \
                    -I "$include" -fsyntax-only -x "$language" - || {
                echo "$name fails as $standard by $compiler"
                failed=1
            }
        done
    done
done
echo "$count compilations"
[ "$count" -gt 0 ] && exit "$failed"
