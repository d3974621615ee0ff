#!/usr/bin/env bash
# Compiles Sources/CVulkan/shaders/*.comp to the SPIR-V beside them, or compares (--check).
#
# The compiler is pinned: glslang 11:12.0.0, as Debian 12 has it (glslang-tools 12.0.0-2), so that
# the same sources give the same bytes everywhere. The command for each shader:
#   glslangValidator -V --target-env vulkan1.2 -g0 NAME.comp -o NAME.spv
#   spirv-val --target-env vulkan1.2 NAME.spv
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/../Sources/CVulkan/shaders"

pinned='11:12.0.0'
mode=${1:-}
if [[ -n $mode && $mode != --check ]]; then
  echo "usage: $0 [--check]" >&2
  exit 2
fi

found=$(glslangValidator --version 2>/dev/null | sed -n 's/^Glslang Version: //p') || true
if [[ $found != "$pinned" ]]; then
  echo "glslangValidator is ${found:-not installed}; the committed shaders need $pinned" \
    "(Debian 12: apt-get install glslang-tools spirv-tools)" >&2
  # A comparison says nothing with another compiler; CI installs this one.
  [[ $mode == --check ]] && exit 0
  exit 1
fi

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
changed=()
for source in *.comp; do
  name=${source%.comp}
  glslangValidator -V --target-env vulkan1.2 -g0 "$source" -o "$built/$name.spv" >"$built/log" \
    || { cat "$built/log" >&2; exit 1; }
  if command -v spirv-val >/dev/null; then
    spirv-val --target-env vulkan1.2 "$built/$name.spv"
  fi
  cmp -s "$built/$name.spv" "$name.spv" || changed+=("$name")
done
for stale in *.spv; do
  [[ -e ${stale%.spv}.comp ]] || { echo "$stale has no source" >&2; exit 1; }
done

if [[ $mode == --check ]]; then
  if ((${#changed[@]})); then
    echo "SPIR-V differs from its source; run 'make shaders': ${changed[*]}" >&2
    exit 1
  fi
  echo "All shaders are those of their sources."
else
  for name in "${changed[@]}"; do cp "$built/$name.spv" .; done
  echo "Shaders built: ${changed[*]:-none has changed}."
fi
