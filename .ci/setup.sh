# Sourced by examples/run, tests/run, tests/bench/run and .ci/run: what a build needs, and the build itself.
# Sets `top`, the repository's folder. The scripts `set -euo pipefail` before.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Whether a file is under the include folder of the system or of CMAKE_PREFIX_PATH.
has_header() {
  local prefixes prefix
  IFS=: read -ra prefixes <<<"${CMAKE_PREFIX_PATH:-}:/usr:/usr/local:/opt/homebrew"
  for prefix in "${prefixes[@]}"; do
    if [ -e "$prefix/include/$1" ]; then return; fi
  done
  return 1
}
has_command() { command -v "$1" >/dev/null; }

# The Debian packages that are missing, one per line.
missing_packages() {
  has_command "${CXX:-c++}" || echo g++
  has_command cmake || echo cmake
  has_command ninja || echo ninja-build
  has_header fmt/format.h || echo libfmt-dev
  has_header nlohmann/json.hpp || echo nlohmann-json3-dev
  has_header CLI/CLI.hpp || echo libcli11-dev
  has_header gtest/gtest.h || echo libgtest-dev
}

# install_packages PACKAGE...: on Debian and Ubuntu; elsewhere, or without the right to, names them
# and fails.
install_packages() {
  local as_root=()
  if ! has_command apt-get; then
    echo "Missing, by the names of their Debian packages: $*. Install them and run this again." >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! has_command sudo || { ! [ -t 0 ] && ! sudo -n true 2>/dev/null; }; then
      echo "Missing: $*. Ask an administrator for: apt-get install $*" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing with apt-get: $*"
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  {
    "${as_root[@]}" update &&
      "${as_root[@]}" install --no-install-recommends -y -o Dpkg::Use-Pty=0 "$@" >/dev/null
  } || { echo "apt-get could not install: $*" >&2; return 1; }
}

# Installs what a build needs, or stops.
set_up() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}" || exit 1; fi
  local version oldest=3.25
  version=$(cmake --version | sed -n 's/^cmake version //p')
  if [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" != "$oldest" ]; then
    echo "CMake $oldest or newer is needed, got $version." >&2
    exit 1
  fi
}

# build PRESET TARGET [-D...]: configures when that was not done here before, compiles what changed.
build() {
  local tree="$top/build/$1" stamp="$top/build/$1/configured" fresh=()
  if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$tree/CMakeCache.txt"; then fresh=(--fresh); fi
  if [ ${#fresh[@]} = 1 ] || ! [ "$stamp" -nt "$top/CMakePresets.json" ]; then
    (cd "$top" && cmake "${fresh[@]}" --preset "$1" "${@:3}")
    touch "$stamp"
  fi
  cmake --build "$tree" --target "$2" --parallel "$(nproc)"  # ninja would start two more, which slows all down
}

# Clang, with what its sanitizers and its fuzzer link.
set_up_clang() {
  has_command clang++ || install_packages clang || exit 1
  if ! [ -e "$(clang++ -print-file-name="libclang_rt.fuzzer-$(uname -m).a")" ]; then
    install_packages "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev" || exit 1
  fi
}
