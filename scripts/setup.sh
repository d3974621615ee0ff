#!/usr/bin/env bash
# Installs what building Bora needs and the machine lacks: the headers of PCRE2 and of zlib, which
# the HTTP client uses. Silent when all is there.
set -euo pipefail

fail() {
    echo "setup: $*" >&2
    exit 1
}

command -v swift >/dev/null ||
    fail "no Swift toolchain found; install Swift 6.2 or later: https://www.swift.org/install"

has() { [ -f "/usr/include/$1" ] || [ -f "/usr/local/include/$1" ]; }

packages=()
has pcre2.h || packages+=(libpcre2-dev)
has zlib.h || packages+=(zlib1g-dev)
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
    fail "pcre2.h or zlib.h not found; install your system's PCRE2 and zlib development packages" \
        "(Fedora: pcre2-devel zlib-devel; Arch: pcre2 zlib; Alpine: pcre2-dev zlib-dev), then" \
        "try again"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "${packages[*]} missing; as root, run: apt-get install ${packages[*]}"
    as_root=(sudo)
fi
echo "setup: installing ${packages[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${packages[@]}"
