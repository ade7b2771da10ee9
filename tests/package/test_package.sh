#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the build tree in a place of its own and uses it from there as a
# stranger would. Usage: test_package.sh CASE BUILD_DIR SOURCE_DIR CC CXX
set -eu
case_name=$1 build=$2 source=$3 CC=$4 CXX=$5
version=$(sed -n 's/^#define CHUTES_VERSION "\(.*\)"/\1/p' \
    "$source/include/chutes/version.h")
unset CHUTES_API_KEY CHUTES_BASE_URL DESTDIR || true
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
prefix=$place/usr

fail()
{
    echo "$*" >&2
    exit 1
}

install_it()
{
    cmake --install "$build" --prefix "$prefix" >"$place/log" 2>&1 ||
        { cat "$place/log"; exit 1; }
    libdir=$(dirname "$(find "$prefix" -name libchutes.so)")
}

# The consumer project, against what CHUTES_FROM names.
use_cmake()
{
    cmake -S "$source/tests/package/cmake" -B "$place/consumer" \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$place/log" 2>&1 &&
        cmake --build "$place/consumer" -j 2 >>"$place/log" 2>&1 ||
        { cat "$place/log"; exit 1; }
    (cd "$place/consumer" && ctest --output-on-failure)
}

pkg()
{
    PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config "$@"
}

compile()
{
    # shellcheck disable=SC2086
    case $1 in
    cxx) shift; "$CXX" -std=c++11 -x c++ "$@" ;;
    c) shift; "$CC" -std=c99 "$@" ;;
    esac
}

# A build of the libraries alone in $place/own.
configure_own()
{
    cmake -S "$source" -B "$place/own" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_COMPILER="$CC" -DCHUTES_BUILD_TESTS=OFF \
        -DCHUTES_BUILD_EXAMPLES=OFF -DCHUTES_BUILD_CLI=OFF \
        "$@" >"$place/log" 2>&1 &&
        cmake --build "$place/own" -j 2 >>"$place/log" 2>&1 ||
        { cat "$place/log"; exit 1; }
}

# Both ways to the package that was installed into $prefix, $libdir.
use_both_ways()
{
    # The shell must heed the escapes of blanks.
    eval "set -- $(pkg --cflags --libs chutes)"
    compile c "$source/tests/package/consumer.c" -o "$place/by_pkg_config" "$@"
    LD_LIBRARY_PATH=$libdir "$place/by_pkg_config"
    rm -rf "$place/consumer"
    use_cmake -DCHUTES_FROM=package -Dchutes_DIR="$libdir/cmake/chutes"
}

case $case_name in
contents)
    install_it
    for file in bin/chutes include/chutes/chutes.h \
        include/chutes/adapters/libuv.h include/chutes/adapters/libevent.h \
        include/chutes/adapters/glib.h include/chutes/adapters/adapter.h; do
        [ -f "$prefix/$file" ] || fail "$file is not installed"
    done
    for file in libchutes.so libchutes.a pkgconfig/chutes.pc \
        cmake/chutes/chutes-config.cmake; do
        [ -f "$libdir/$file" ] || fail "$file is not installed"
    done
    soname=$(readelf -d "$libdir/libchutes.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
    [ "$soname" = "libchutes.so.${version%.*}" ] || fail "soname is $soname"
    [ -f "$libdir/$soname" ] || fail "$soname is not installed"
    find "$prefix" -name '*.h' | grep -v "^$prefix/include/chutes/" &&
        fail "private headers are installed"
    "$prefix/bin/chutes" version
    ;;
destdir)
    DESTDIR=$place/stage cmake --install "$build" --prefix /opt/chutes \
        >/dev/null
    [ -f "$place/stage/opt/chutes/include/chutes/chutes.h" ] ||
        fail "DESTDIR is ignored"
    if grep -r "$place" "$place/stage" >/dev/null; then
        fail "the stage's path is in an installed file"
    fi
    # A package is unpacked elsewhere than where it was staged.
    mv "$place/stage/opt/chutes" "$prefix"
    use_cmake -DCHUTES_FROM=package
    ;;
directories)
    for dirs in include:lib include/a/b:lib64 "in clude:li b" \
        "include:$place/far/lib" "$place/far/include:lib" \
        "$place/far off/include:$place/far off/lib"; do
        prefix="$place/usr $((count = ${count:-0} + 1))" libdir=${dirs#*:}
        echo "== CMAKE_INSTALL_INCLUDEDIR and LIBDIR: $dirs"
        configure_own -DCMAKE_INSTALL_PREFIX="$prefix" \
            -DCHUTES_BUILD_STATIC=OFF \
            -DCMAKE_INSTALL_INCLUDEDIR:STRING="${dirs%%:*}" \
            -DCMAKE_INSTALL_LIBDIR:STRING="$libdir"
        cmake --install "$place/own" >/dev/null
        case $dirs in
        *"$place"*) ;; # has a place of its own
        *) mv "$prefix" "$prefix moved"; prefix="$prefix moved" ;;
        esac
        case $libdir in
        /*) ;;
        *) libdir=$prefix/$libdir ;;
        esac
        use_both_ways
        rm -rf "$prefix" "$place/far" "$place/far off"
    done
    ;;
static_only)
    configure_own -DCMAKE_INSTALL_PREFIX="$prefix" -DCHUTES_BUILD_SHARED=OFF
    cmake --install "$place/own" >/dev/null
    libdir=$(dirname "$(find "$prefix" -name libchutes.a)")
    use_both_ways
    ;;
without_toolkit)
    configure_own -DCMAKE_INSTALL_PREFIX="$prefix" -DCHUTES_TOOLKIT=OFF \
        -DCHUTES_BUILD_CLI=ON
    "$place/own/chutes" --version >/dev/null
    cmake --install "$place/own" >/dev/null
    libdir=$(dirname "$(find "$prefix" -name libchutes.so)")
    for file in toolkit.h $(sed -n 's|^#include <chutes/\(.*\)>|\1|p' \
        "$source/include/chutes/toolkit.h"); do
        [ ! -e "$prefix/include/chutes/$file" ] || fail "$file is installed"
    done
    python3 -B "$source/tests/tools/check_library.py" exports \
        "$libdir/libchutes.so" "$source/include/chutes" toolkit.h ||
        fail "the toolkit is in the library"
    use_both_ways
    use_cmake -DCHUTES_FROM=source -DCHUTES_SOURCE="$source" \
        -DCHUTES_TOOLKIT=OFF
    ;;
pkg_config_shared)
    install_it
    # No other package's headers or pkg-config file is asked for.
    flags=$(PKG_CONFIG_LIBDIR=$libdir/pkgconfig pkg --cflags chutes)
    case ${flags% } in
    *" "*) fail "--cflags asks for more than its own: $flags" ;;
    -I*/include) ;;
    *) fail "--cflags is $flags" ;;
    esac
    [ "$(pkg --modversion chutes)" = "$version" ] || fail "wrong version"
    for language in c cxx; do
        # shellcheck disable=SC2046
        compile $language "$source/tests/package/consumer.c" \
            -o "$place/consumer_$language" $(pkg --cflags --libs chutes)
        LD_LIBRARY_PATH=$libdir "$place/consumer_$language"
        readelf -d "$place/consumer_$language" | grep -q 'NEEDED.*libcurl' &&
            fail "an application links libcurl itself"
    done
    exit 0
    ;;
pkg_config_static)
    install_it
    for language in c cxx; do
        # Debian's libcurl can't be linked statically; ours can.
        # shellcheck disable=SC2046
        compile $language -DCHUTES_STATIC "$source/tests/package/consumer.c" \
            -o "$place/consumer_$language" $(pkg --cflags chutes) -x none \
            "$libdir/libchutes.a" $(pkg --libs --static chutes | \
                sed 's/-lchutes//')
        "$place/consumer_$language"
        readelf -d "$place/consumer_$language" | grep -q 'NEEDED.*libchutes' &&
            fail "the static program needs libchutes.so"
    done
    exit 0
    ;;
find_package)
    install_it
    use_cmake -DCHUTES_FROM=package -DCHUTES_WANTED="${version%.*}"
    ;;
find_package_static)
    install_it
    use_cmake -DCHUTES_FROM=static
    ;;
find_package_refuses_another_minor_version)
    install_it
    if (use_cmake -DCHUTES_FROM=package -DCHUTES_WANTED=0.999) \
        >"$place/refusal"; then
        fail "version 0.999 was found"
    fi
    grep -q "chutes-config.cmake, version: $version" "$place/refusal" || {
        cat "$place/refusal"
        fail "refused for another reason"
    }
    ;;
add_subdirectory)
    use_cmake -DCHUTES_FROM=source -DCHUTES_SOURCE="$source"
    ;;
*)
    fail "no case $case_name"
    ;;
esac
