# SPDX-License-Identifier: MIT
# To be sourced. install_missing build|test|bench installs with apt-get the packages
# that are missing for a build, for a build and its tests, or for these and the bench.
# If none is missing, it doesn't call apt-get.

# want_unless PACKAGE COMMAND...: adds the package to $wanted if the command fails.
want_unless()
{
    package=$1
    shift
    "$@" >/dev/null 2>&1 || wanted="$wanted $package"
}

has()
{
    command -v "$1"
}

# The package gcc doesn't depend on the headers of libc, so try a compilation.
can_compile()
{
    echo '#include <stdio.h>' | "${CC:-cc}" -fsyntax-only -x c -
}

has_any_cmake()
{
    has cmake && { has make || has ninja; }
}

list_missing()
{
    wanted=
    want_unless "gcc libc6-dev" can_compile
    want_unless "cmake make" has_any_cmake
    want_unless pkg-config has pkg-config
    want_unless libcurl4-openssl-dev pkg-config --exists 'libcurl >= 7.87'
    want_unless libcjson-dev pkg-config --exists libcjson
    want_unless libssl-dev pkg-config --exists 'libcrypto >= 3.0'
    # The certificates for https.
    want_unless ca-certificates [ -r /etc/ssl/certs/ca-certificates.crt ]
    [ "$1" != build ] || return 0
    want_unless g++ has c++
    want_unless libcmocka-dev pkg-config --exists cmocka
    want_unless libnghttp2-dev pkg-config --exists libnghttp2
    want_unless libuv1-dev pkg-config --exists libuv
    want_unless libevent-dev pkg-config --exists libevent_core
    want_unless libglib2.0-dev pkg-config --exists glib-2.0
    want_unless python3 has python3
    want_unless python3-venv python3 -c 'import ensurepip'
    want_unless openssl has openssl
    want_unless gcovr has gcovr
    want_unless valgrind has valgrind
    want_unless npm has npm
    want_unless nodejs has node
}

# Tools that the tests can do without. They are optional because they must be version
# 14: another one would format differently, or report what the tree isn't clean of.
# Debian 12 has no yyjson.
list_optional()
{
    optional=
    [ "$1" != build ] || return 0
    for tool in clang-format clang-tidy; do
        has "$tool-14" >/dev/null ||
            "$tool" --version 2>/dev/null | grep -q ' 14\.' ||
            optional="$optional $tool-14"
    done
    [ "$1" = bench ] || return 0
    has gnuplot >/dev/null || optional="$optional gnuplot-nox"
    for library in simdjson yyjson; do
        pkg-config --exists "$library" || optional="$optional lib$library-dev"
    done
}

# apt_install PACKAGE...
apt_install()
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "$@" >/dev/null
}

install_missing()
{
    list_missing "$1"
    list_optional "$1"
    [ -n "$wanted$optional" ] || return 0
    if ! has apt-get >/dev/null; then
        [ -z "$wanted" ] && return 0
        echo "Please install:$wanted" >&2
        return 1
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        has sudo >/dev/null || {
            echo "Please install as root:$wanted" >&2
            return 1
        }
    fi
    echo "== installing with apt-get:$wanted$optional"
    $as_root apt-get update -qq || [ -z "$wanted" ] || return 1
    # shellcheck disable=SC2086
    if [ -n "$wanted" ]; then
        apt_install $wanted || return 1
        list_missing "$1"
        [ -z "$wanted" ] || {
            echo "Still missing after the installation:$wanted" >&2
            echo "(libcurl 7.87 or later is needed: Debian 12, Ubuntu 24.04)" >&2
            return 1
        }
    fi
    for package in $optional; do
        apt_install "$package" 2>/dev/null ||
            echo "== without $package: what it checks is not checked"
    done
    return 0
}
