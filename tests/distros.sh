#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the library and runs its default tests on other systems and with other
# versions of libcurl: sh tests/distros.sh [PART...]
#
# PART is debian13, curl-8.5.0, curl-8.14.1, curl-8.22.0, i386, s390x or all (the
# default). For debian13, i386 and s390x, debootstrap installs a Debian in a
# directory, which needs root. The versions of libcurl come from pinned crates of
# curl-sys, which cargo fetches. i386 (32 bits) and s390x (big-endian, emulated by
# QEMU) run only the unit tests. The script first copies the files that git tracks or
# would add, and builds the copy, so that the tree may be edited meanwhile. Copies,
# builds and installations stay in build/distros. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
cache=$PWD/build/distros
source=$cache/tree
jobs=${CHUTES_JOBS:-2}
tests_at_once=$((2 * jobs)) # many tests mostly wait
# Labels to exclude: one system, that of tests/run.sh, is enough for timings,
# developers' tools and other people's servers.
labels='nightly|bench|interop|lint|tree|package|examples'
# Samples of what tests/run.sh tries in full: the system changes little about it.
export CHUTES_TEST_SCRIPTS="${CHUTES_TEST_SCRIPTS:-20000}"
export CHUTES_TEST_ANSWERS="${CHUTES_TEST_ANSWERS:-10000}"
export CHUTES_AMPLIFICATION_KB="${CHUTES_AMPLIFICATION_KB:-64}"
. tests/tools/results.sh

# Crate versions and the SHA-256 that Cargo.lock holds for them.
crate_of()
{
    case $1 in
    8.5.0) echo 0.4.70+curl-8.5.0 ;;
    8.14.1) echo 0.4.82+curl-8.14.1 ;;
    8.22.0) echo 0.4.91+curl-8.22.0 ;;
    *) return 1 ;;
    esac
}

checksum_of()
{
    case $1 in
    8.5.0) echo 3c0333d8849afe78a4c8102a429a446bfdd055832af071945520e835ae2d841e ;;
    8.14.1) echo c4d63638b5ec65f1a4ae945287b3fd035be4554bbaf211901159c9a2a74fb5be ;;
    8.22.0) echo cd39579123e45bf762716bb893d43886ed1cabe6289455be29a4f1d4e37afb06 ;;
    esac
}

install_package()
{
    command -v "$1" >/dev/null && return
    echo "== installing $2"
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "$2" >/dev/null
}

# Prints the names of the files to copy, each followed by NUL.
list_files()
{
    git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
        find . -path './build*' -prune -o -path ./.git -prune -o -type f -print0
}

# Copies the tree to $source. Unchanged files keep their modification times, so that
# only what depends on changed files is built again.
copy_tree()
{
    rm -rf "$source.old"
    mkdir -p "$source" && mv "$source" "$source.old" && mkdir "$source" &&
        list_files >"$cache/files" &&
        xargs -0 sh -c '
            new=$0 old=$0.old
            for file; do
                [ -f "$file" ] || continue # git lists deleted files too
                mkdir -p "$new/${file%"${file##*/}"}"
                if cmp -s "$file" "$old/$file"; then
                    mv "$old/$file" "$new/$file"
                else
                    cp "$file" "$new/$file"
                fi || exit 255
            done' "$source" <"$cache/files" &&
        rm -rf "$source.old"
}

# ---- another libcurl --------------------------------------------------------

# Puts the source of libcurl $1 into $cache/source-$1.
fetch_curl()
{
    crate=$cache/crate-$1 version=$(crate_of "$1")
    mkdir -p "$crate/src" && : >"$crate/src/lib.rs" &&
        cat >"$crate/Cargo.toml" <<EOF
[package]
name = "fetch"
version = "0.0.0"
[dependencies]
curl-sys = "=${version%%+*}"
EOF
    install_package cargo cargo || return 1
    # In Debian 12's cargo, the sparse index is still an unstable feature.
    (cd "$crate" && RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_SPARSE_REGISTRY=true \
        cargo vendor --quiet vendor >/dev/null) || return 1
    grep -q "\"$(checksum_of "$1")\"" "$crate/Cargo.lock" || {
        echo "curl-sys $version is not the one that was pinned"
        return 1
    }
    mv "$crate/vendor/curl-sys/curl" "$cache/source-$1" && rm -rf "$crate"
}

build_curl()
{
    [ -f "$cache/curl-$1/lib/libcurl.so" ] && return
    [ -d "$cache/source-$1" ] || fetch_curl "$1" || return 1
    # The build files of newer versions name these, but the crate lacks them.
    for folder in docs docs/examples; do
        mkdir -p "$cache/source-$1/$folder"
        [ -f "$cache/source-$1/$folder/CMakeLists.txt" ] ||
            : >"$cache/source-$1/$folder/CMakeLists.txt"
    done
    cmake -S "$cache/source-$1" -B "$cache/curl-build-$1" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_INSTALL_PREFIX="$cache/curl-$1" \
        -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DBUILD_EXAMPLES=OFF \
        -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF \
        -DENABLE_CURL_MANUAL=OFF -DCURL_USE_OPENSSL=ON -DUSE_NGHTTP2=ON \
        -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF &&
        cmake --build "$cache/curl-build-$1" -j "$jobs" &&
        cmake --install "$cache/curl-build-$1" &&
        rm -rf "$cache/curl-build-$1"
}

test_curl()
{
    part=curl-$1 log=$cache/curl-$1
    echo "== $part: build"
    build_curl "$1" >"$log-library.log" 2>&1 ||
        { count_failure "$part: libcurl could not be built" "$log-library.log"; return; }
    started=$(date +%s)
    PKG_CONFIG_PATH=$cache/curl-$1/lib/pkgconfig \
        cmake -S "$source" -B "$cache/build-$1" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_PREFIX_PATH="$cache/curl-$1" \
        -DCHUTES_BUILD_TESTS=ON -DCHUTES_WERROR=ON >"$log-build.log" 2>&1 &&
        cmake --build "$cache/build-$1" -j "$jobs" >>"$log-build.log" 2>&1 ||
        { count_failure "$part: build" "$log-build.log"; return; }
    echo "== $part: test"
    (cd "$cache/build-$1" &&
        ctest -j "$tests_at_once" --output-on-failure --no-tests=error \
            -LE "$labels") >"$log-test.log" 2>&1
    count_tests "$part" "$log-test.log" "$started"
}

# ---- another Debian ---------------------------------------------------------

# Prints the first Debian mirror in this system's apt configuration.
find_mirror()
{
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources \
        /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^URIs: *//p; s/^deb  *\(\[[^]]*\] *\)\{0,1\}//p' |
        sed -n 's|^\([a-z]*://[^ ]*/debian\)/\{0,1\}\( .*\)\{0,1\}$|\1|p' |
        head -n 1
}

# make_debian NAME ARCHITECTURE RELEASE PACKAGES
make_debian()
{
    [ -f "$cache/$1.made" ] && return
    mirror=$(find_mirror)
    [ -n "$mirror" ] || { echo "apt names no mirror of Debian"; return 1; }
    rm -rf "${cache:?}/$1"
    debootstrap --arch="$2" --variant=minbase --include="$4" "$3" "$cache/$1" \
        "$mirror" &&
        { [ "$1" != s390x ] || add_s390x; } &&
        rm -f "$cache/$1"/var/cache/apt/archives/*.deb && : >"$cache/$1.made"
}

# Adds libraries for s390x to a root of this machine's architecture: its
# cross-compiler is much faster than an emulated compiler.
add_s390x()
{
    # If apt needs a proxy here, it needs it there too.
    cp /etc/apt/apt.conf.d/*proxy* "$cache/s390x/etc/apt/apt.conf.d/" 2>/dev/null
    cp /etc/resolv.conf "$cache/s390x/etc/resolv.conf"
    chroot "$cache/s390x" sh -c 'dpkg --add-architecture s390x &&
        apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends libcurl4-openssl-dev:s390x \
            libcjson-dev:s390x libssl-dev:s390x libcmocka-dev:s390x'
}

# run_in NAME COMMAND: runs it in the root, with the source, read-only, at /source
# and this system's /proc and /dev.
run_in()
{
    root=$cache/$1
    shift
    mkdir -p "$root/source" "$root/work" &&
        unshare --mount sh -c '
            mount --bind "$1" "$2/source" && mount -o remount,ro,bind "$2/source" &&
            mount -t proc proc "$2/proc" && mount --rbind /dev "$2/dev" || exit 1
            shift 1; root=$1; shift
            exec chroot "$root" env -i HOME=/root CI="${CI:-}" \
                CHUTES_TEST_SCRIPTS="$CHUTES_TEST_SCRIPTS" \
                CHUTES_TEST_ANSWERS="$CHUTES_TEST_ANSWERS" \
                CHUTES_AMPLIFICATION_KB="$CHUTES_AMPLIFICATION_KB" \
                PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$@"' \
            sh "$source" "$root" "$@"
}

# test_debian NAME ARCHITECTURE RELEASE PACKAGES CMAKE_OPTIONS CTEST_OPTIONS
test_debian()
{
    part=$1 log=$cache/$1
    install_package debootstrap debootstrap ||
        { count_failure "$part: debootstrap is needed"; return; }
    echo "== $part: root"
    make_debian "$1" "$2" "$3" "$4" >"$log-root.log" 2>&1 ||
        { count_failure "$part: the root could not be made" "$log-root.log"; return; }
    started=$(date +%s)
    echo "== $part: build and test"
    run_in "$part" "cmake -S /source -B /work/build -DCMAKE_BUILD_TYPE=Release \
        -DCHUTES_WERROR=ON $5 &&
        cmake --build /work/build -j $jobs" >"$log-build.log" 2>&1 ||
        { count_failure "$part: build" "$log-build.log"; return; }
    run_in "$part" "cd /work/build && ctest -j $tests_at_once --output-on-failure \
        --no-tests=error $6" >"$log-test.log" 2>&1
    count_tests "$part" "$log-test.log" "$started"
}

native='gcc,libc6-dev,cmake,make,pkg-config,g++,libcurl4-openssl-dev,libcjson-dev,
libssl-dev,libcmocka-dev,libnghttp2-dev,libuv1-dev,libevent-dev,libglib2.0-dev,
python3,ca-certificates'
cross='gcc,libc6-dev,gcc-s390x-linux-gnu,libc6-dev-s390x-cross,qemu-user-static,
cmake,make,pkg-config,python3,ca-certificates'
native=$(printf %s "$native" | tr -d '\n')
cross=$(printf %s "$cross" | tr -d '\n')
copy_tree || { echo "the tree could not be copied"; exit 2; }
unset CHUTES_API_KEY CHUTES_BASE_URL CHUTES_EMBEDDINGS_BASE_URL CFLAGS LDFLAGS
[ $# -gt 0 ] || set -- all
[ "$*" != all ] || set -- debian13 curl-8.5.0 curl-8.14.1 curl-8.22.0 \
    i386 s390x
for part in "$@"; do
    case $part in
    debian13)
        test_debian debian13 "$(dpkg --print-architecture)" trixie "$native" "" \
            "-LE '$labels'"
        ;;
    i386) test_debian i386 i386 bookworm "$native" "" "-L unit" ;;
    s390x)
        # test_secret checks the effect of an madvise() that QEMU ignores.
        test_debian s390x "$(dpkg --print-architecture)" bookworm "$cross" \
            "-DCMAKE_TOOLCHAIN_FILE=/source/tests/tools/s390x.cmake" \
            "-L unit -E '^test_secret$'"
        ;;
    curl-8.5.0 | curl-8.14.1 | curl-8.22.0) test_curl "${part#curl-}" ;;
    *) count_failure "$part: no such part" ;;
    esac
done
print_results
