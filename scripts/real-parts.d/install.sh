# Fetching the parts. Sourced by scripts/real-parts.
# shellcheck shell=bash

# fetch_jars PART copies the jars of one profile of kafka/pom.xml into the cache. What was copied for the same
# pom.xml is left alone, so that an installed machine needs no network.
fetch_jars() {
  local part=$1 to=$cache/$1 started=$SECONDS
  cmp -s "$pom" "$to/pom.xml" && return
  have mvn || die "mvn is missing: install Maven (Debian: apt-get install maven), or copy $cache from a machine that has it"
  rm -rf "$to" "$to.new"
  mkdir -p "$to.new"
  mvn -B -ntp -f "$pom" "-Dpart=$part" dependency:copy-dependencies -DincludeScope=runtime \
    "-DoutputDirectory=$to.new" >"$to.new/mvn.log" 2>&1 || { cat "$to.new/mvn.log" >&2; die "Maven failed"; }
  cp "$pom" "$to.new/pom.xml"
  mv "$to.new" "$to"
  say "Kafka $part: $(find "$to" -name '*.jar' | wc -l) jars in $to ($((SECONDS - started)) s)"
}

# The core packages bring the programs without a system service that would start by itself.
install_mariadb() {
  have mariadbd && have mariadb-install-db && return
  local started=$SECONDS as_root=()
  have apt-get || die "mariadbd is missing and there is no apt-get here: install MariaDB 10.11 or later so that mariadbd and mariadb-install-db are on the PATH"
  if [ "$(id -u)" != 0 ]; then
    # Without a terminal sudo cannot ask for a password.
    if ! have sudo || { ! sudo -n true 2>/dev/null && [ ! -t 0 ]; }; then
      die "mariadbd is missing, and only an administrator may install it: apt-get install mariadb-server-core mariadb-client-core"
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    mariadb-server-core mariadb-client-core >&2
  say "MariaDB: $(mariadbd --version | grep -o '[0-9.]*-MariaDB') ($((SECONDS - started)) s)"
}

install() {
  fetch_jars broker
  fetch_jars tools
  install_mariadb
  require_installed
  say "installed: Kafka $kafka_version, MariaDB"
}

require_installed() {
  local program
  for program in java openssl mariadbd mariadb-install-db; do
    have "$program" || die "$program is missing: run scripts/real-parts install (java: JDK 17 or later; openssl: from the system)"
  done
  [ -f "$cache/broker/pom.xml" ] || die "Kafka is not in $cache: run scripts/real-parts install"
}
