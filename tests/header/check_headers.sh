#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and twice, without a warning, as C and as
# C++; an adapter where its event loop is installed. Usage: check_headers.sh
# INCLUDE_DIR CC [CC...], where CC is a C compiler or, when its name has ++ in
# it, a C++ compiler.
set -eu
include=$1
shift
failed=0
count=0

# The package that an adapter needs.
package_of()
{
    case $1 in
    */libuv.h) echo libuv ;;
    */libevent.h) echo libevent_core ;;
    */glib.h) echo glib-2.0 ;;
    esac
}

# check NAME COMPILER STANDARD LANGUAGE FLAG...
check()
{
    name=$1 compiler=$2 standard=$3 language=$4
    shift 4
    count=$((count + 1))
    printf '#include <%s>\n#include <%s>\nint used;\n' "$name" "$name" |
        "$compiler" "-std=$standard" -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wundef \
            -Wcast-align -Wredundant-decls -Wmissing-declarations \
            -pedantic -Werror -I "$include" "$@" -fsyntax-only \
            -x "$language" - || {
        echo "$name fails as $standard by $compiler"
        failed=1
    }
}

for compiler; do
    case $compiler in
    *++*) language=c++ standards='c++11 c++17 c++20' ;;
    *) language=c standards='c99 c11 c17' ;;
    esac
    for standard in $standards; do
        for header in "$include"/chutes/*.h; do
            check "chutes/${header##*/}" "$compiler" "$standard" $language
        done
        for header in "$include"/chutes/adapters/*.h; do
            package=$(package_of "$header")
            if [ -n "$package" ] && ! pkg-config --exists "$package"; then
                echo "without $package: ${header##*/} is not checked"
                continue
            fi
            # The headers of libuv need more than ISO C.
            # shellcheck disable=SC2046
            check "chutes/adapters/${header##*/}" "$compiler" "$standard" \
                $language -D_GNU_SOURCE $([ -z "$package" ] ||
                    pkg-config --cflags "$package" | sed 's/-I/-isystem /g')
        done
    done
done
echo "$count compilations"
[ "$count" -gt 0 ] && exit "$failed"
