# Sourced by .ci/run: gives the integration tests a Docker daemon and a PostgreSQL image on a fresh
# Debian machine, as root, without reaching an image registry.
#
#   docker_up      installs what is missing, starts a daemon unless one answers, makes the image,
#                  and exports what the tests read
#   docker_down    stops the daemon if docker_up started it, and nothing else
#
# Both may be called again; with "trap docker_down EXIT" nothing stays behind.

docker_image=idemcheck-postgres:ci
docker_ci_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dockerd_pid=
dockerd_log=
# shellcheck source=packages.sh
source "$docker_ci_dir/packages.sh"

docker_up() {
  packages_for_docker && docker_start && "$docker_ci_dir/postgres-image" "$docker_image" || return 1
  export IDEMCHECK_POSTGRES_IMAGE=$docker_image
  # The container that would clean up after killed tests comes from a registry.
  export TESTCONTAINERS_RYUK_DISABLED=true
  # A machine made from a container image looks like a container to testcontainers, which would
  # then reach for the bridge's address. Where the daemon is beside us, loopback is right.
  if pidof dockerd >/dev/null; then
    export TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1
  fi
}

docker_down() {
  if [[ -n $dockerd_pid ]]; then
    kill "$dockerd_pid" 2>/dev/null || true
    wait "$dockerd_pid" 2>/dev/null || true
    rm -f "$dockerd_log"
  fi
  dockerd_pid= dockerd_log=
}

# Waits until the daemon answers, it has died, or a minute is over.
docker_start() {
  if docker info >/dev/null 2>&1; then
    return 0
  fi
  dockerd_log=$(mktemp)
  dockerd >"$dockerd_log" 2>&1 &
  dockerd_pid=$!
  local deadline=$((SECONDS + 60))
  until docker info >/dev/null 2>&1; do
    if ! kill -0 "$dockerd_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      echo "docker.sh: dockerd does not answer; the end of its log:" >&2
      tail -n 20 "$dockerd_log" >&2
      docker_down
      return 1
    fi
    sleep 0.2
  done
}
