#!/usr/bin/env bash
# Installs what building Bora needs and the machine lacks: the headers of Vulkan, of PCRE2 and of
# zlib, which the HTTP client uses. With the argument `tests`, also what the tests of the GPU backend
# need: Mesa's software device, the validation layers and the shader compiler, and Python for the tests
# of the scripts. Silent when all is there.
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
has vulkan/vulkan_core.h || packages+=(libvulkan-dev)
if [ "${1:-}" = tests ]; then
    icd=(/usr/share/vulkan/icd.d/lvp_icd*.json)
    [ -f "${icd[0]}" ] || packages+=(mesa-vulkan-drivers)
    [ -f /usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json ] ||
        packages+=(vulkan-validationlayers)
    [[ "$(ldconfig -p)" = *libvulkan.so.1* ]] || packages+=(libvulkan1)
    command -v glslangValidator >/dev/null || packages+=(glslang-tools)
    command -v spirv-val >/dev/null || packages+=(spirv-tools)
    command -v python3 >/dev/null || packages+=(python3)
fi
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
    fail "not found: ${packages[*]} (Debian's names); install your system's packages of them" \
        "(Fedora: vulkan-headers pcre2-devel zlib-devel; Arch: vulkan-headers pcre2 zlib;" \
        "Alpine: vulkan-headers pcre2-dev zlib-dev), then try again"

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
