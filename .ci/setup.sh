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

# Whether a package is here, by one of the signs that .ci/packages gives for it.
is_here() {
  local sign signs
  IFS='|' read -ra signs <<<"$1"
  for sign in "${signs[@]}"; do
    case $sign in
      c++) has_command "${CXX:-c++}" ;;
      python:*) { python3 -c "import ${sign#*:}" || /usr/bin/python3 -c "import ${sign#*:}"; } 2>/dev/null ;;
      /*) compgen -G "$sign" >/dev/null ;;
      */*) has_header "$sign" ;;
      *) has_command "$sign" ;;
    esac && return
  done
  return 1
}

# missing_packages GROUP_OR_PACKAGE...: those of .ci/packages that are not here, one per line.
missing_packages() {
  local group package sign
  while read -r group package sign; do
    if [[ " $* " == *" $group "* || " $* " == *" $package "* ]] && ! is_here "$sign"; then
      echo "$package"
    fi
  done < <(grep '^[a-z]' "$top/.ci/packages")
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

# need GROUP_OR_PACKAGE...: installs what is missing of them, or fails.
need() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Installs what a build needs, or stops.
set_up() {
  need build || exit 1
  local version oldest=3.25
  version=$(cmake --version | sed -n 's/^cmake version //p')
  if [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" != "$oldest" ]; then
    echo "CMake $oldest or newer is needed, got $version." >&2
    exit 1
  fi
}

# Installs what tests start. Without it they are skipped, but in CI nothing is.
set_up_tests() {
  if [ -n "${CI:-}" ]; then
    need tests ci || exit 1
  else
    need tests || echo "The tests that need these are skipped."
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
  need clang || exit 1
  if ! [ -e "$(clang++ -print-file-name="libclang_rt.fuzzer-$(uname -m).a")" ]; then
    install_packages "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev" || exit 1
  fi
}
