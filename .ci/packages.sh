# Sourced by .ci/run and .ci/docker.sh: installs Debian packages, those that are missing only.
#
#   packages_for_go       certificates to download modules, a C compiler for the race detector, and
#                         the programs that tests start
#   packages_for_docker   a daemon, and the PostgreSQL that the image is made of
#   packages_for_mariadb  a MariaDB server, which runs on this machine itself

packages_for_go() {
  local missing=()
  command -v gcc >/dev/null || missing+=(gcc)
  [[ -e /usr/include/stdlib.h ]] || missing+=(libc6-dev)
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
  command -v curl >/dev/null || missing+=(curl)
  command -v python3 >/dev/null || missing+=(python3)
  command -v node >/dev/null || missing+=(nodejs)
  command -v ip >/dev/null || missing+=(iproute2)
  packages_install "${missing[@]}"
}

packages_for_docker() {
  local missing=()
  command -v docker >/dev/null && command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
  packages_install "${missing[@]}"
}

packages_for_mariadb() {
  local missing=()
  command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null ||
    missing+=(mariadb-server)
  packages_install "${missing[@]}"
}

# Says what it installs, and what the package manager had to say only when that fails.
packages_install() {
  local log
  if (($# == 0)); then
    return 0
  fi
  echo "packages.sh: installing $*"
  log=$(mktemp)
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
