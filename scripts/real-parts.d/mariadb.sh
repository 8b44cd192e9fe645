# MariaDB: settings, the first data folder, starting. Sourced by scripts/real-parts.
# shellcheck shell=bash

# mariadbd refuses to run as root: then it runs as an account without rights.
mariadb_user() {
  if [ "$(id -u)" != 0 ]; then id -un; elif id mysql >/dev/null 2>&1; then echo mysql; else echo nobody; fi
}

create_mariadb() {
  local folder=$dir/mariadb user
  [ -f "$folder/my.cnf" ] && return
  user=$(mariadb_user)
  rm -rf "$folder" # what an interrupted start left
  mkdir -p "$folder/data" "$folder/tmp"
  cp "$dir/tls/server.key" "$folder/server.key"
  cat >"$folder/init.sql" <<END
CREATE DATABASE IF NOT EXISTS gremio;
CREATE USER IF NOT EXISTS gremio@'127.0.0.1' IDENTIFIED BY '$password';
CREATE USER IF NOT EXISTS gremio_tls@'127.0.0.1' IDENTIFIED BY '$password' REQUIRE SSL;
GRANT ALL ON \`gremio%\`.* TO gremio@'127.0.0.1', gremio_tls@'127.0.0.1';
END
  # The socket stands in the data folder under a relative name, since a socket's whole path may have 107 bytes at most.
  cat >"$folder/my.cnf.new" <<END
[mariadbd]
datadir=$folder/data
tmpdir=$folder/tmp
socket=mariadb.sock
pid-file=$folder/data/mariadb.pid
bind-address=127.0.0.1
port=$mariadb_port
skip-name-resolve
character-set-server=utf8mb4
innodb_flush_log_at_trx_commit=1
init-file=$folder/init.sql
ssl-ca=$dir/tls/ca.pem
ssl-cert=$dir/tls/server.pem
ssl-key=$folder/server.key
END
  chmod 600 "$folder/server.key" "$folder/init.sql"
  if [ "$(id -u)" = 0 ]; then
    chown -R "$user:" "$folder"
    runuser -u "$user" -- test -w "$folder/data" ||
      die "MariaDB runs as $user, who cannot reach $dir: choose a folder that every user can enter with --dir"
  fi
  # Only root and the account itself may then sign in as administrator, over the socket; nobody without a password.
  mariadb-install-db --defaults-file="$folder/my.cnf.new" --user="$user" --skip-test-db \
    --auth-root-authentication-method=socket --auth-root-socket-user="$user" >"$folder/install.log" 2>&1 ||
    die "mariadb-install-db failed, see $folder/install.log"
  mv "$folder/my.cnf.new" "$folder/my.cnf"
}

launch_mariadb() { launch mariadb mariadbd --defaults-file="$dir/mariadb/my.cnf" --user="$(mariadb_user)"; }
await_mariadb() { await mariadb 'ready for connections'; }
