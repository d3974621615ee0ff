#!/usr/bin/env bash
# Installs what building Bora needs and the machine lacks: PCRE2's headers. Silent when all is there.
set -euo pipefail

fail() {
    echo "setup: $*" >&2
    exit 1
}

command -v swift >/dev/null ||
    fail "no Swift toolchain found; install Swift 6.2 or later: https://www.swift.org/install"

for folder in /usr/include /usr/local/include; do
    [ -f "$folder/pcre2.h" ] && exit 0
done

command -v apt-get >/dev/null ||
    fail "pcre2.h not found; install your system's PCRE2 development package" \
        "(Fedora: pcre2-devel; Arch: pcre2; Alpine: pcre2-dev), then try again"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "libpcre2-dev is missing; as root, run: apt-get install libpcre2-dev"
    as_root=(sudo)
fi
echo "setup: installing libpcre2-dev"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends libpcre2-dev
