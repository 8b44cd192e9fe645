# The folder of one set of parts: what was chosen at the first start stays. Sourced by scripts/real-parts.
# shellcheck shell=bash

settings() { printf '%s/settings' "$dir"; }

brokers='' kafka_port='' mariadb_port='' cluster='' password=''

load_settings() {
  [ -f "$(settings)" ] || die "nothing was started in $dir"
  # shellcheck source=/dev/null
  . "$(settings)"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port prints a first port whose followers, as --help tells them, are free too. It looks below the range from
# which the kernel gives ports to clients.
free_port() {
  local try first n offset
  for try in $(seq 50); do
    first=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
    for n in $(seq 0 $((brokers - 1))); do
      for offset in 0 100 200 300; do port_is_free $((first + offset + n)) || continue 3; done
    done
    echo "$first"
    return
  done
  die "found no free ports in $try tries"
}

# What a later start asks for must be what the first one chose.
refuse_change() {
  local name
  for name in "${!want[@]}"; do
    [ "${want[$name]}" = "${!name}" ] || die "$dir was made with $name ${!name}: stop --remove it first, or choose another --dir"
  done
}

new_folder() {
  brokers=${want[brokers]:-1}
  mkdir -p "$dir"
  # Another user's folder of that name in /tmp must not be trusted with passwords and keys.
  [ -O "$dir" ] || die "$dir belongs to someone else: choose another with --dir"
  chmod 755 "$dir"
  kafka_port=${want[kafka_port]:-$(free_port)}
  mariadb_port=${want[mariadb_port]:-$((kafka_port + 300))}
  cluster=g$(openssl rand -base64 16 | tr '+/' '-_' | cut -c2-22) # a Kafka uuid: 22 characters, none a leading dash
  (
    umask 077
    cat >"$(settings).new" <<END
brokers=$brokers kafka_port=$kafka_port mariadb_port=$mariadb_port
cluster=$cluster password=$(openssl rand -hex 12)
END
  )
  mv "$(settings).new" "$(settings)"
  load_settings
}

# One CA and one certificate for 127.0.0.1 and localhost, for Kafka and MariaDB alike.
make_certificates() {
  local tls=$dir/tls
  mkdir -p "$tls"
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=gremio test CA' \
      -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
      -keyout "$tls/ca.key" -out "$tls/ca.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' \
      -keyout "$tls/server.key" -out "$tls/server.csr"
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 3650 \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n') -out "$tls/server.pem"
    cat "$tls/server.key" "$tls/server.pem" "$tls/ca.pem" >"$tls/kafka.pem"
  ) 2>"$tls/openssl.log" || die "openssl failed, see $tls/openssl.log"
  chmod 644 "$tls/ca.pem" "$tls/server.pem"
}

# addresses OFFSET lists the nodes' addresses of one listener.
addresses() {
  local n list=''
  for n in $(seq "$brokers"); do list+=,127.0.0.1:$((kafka_port + $1 + n - 1)); done
  printf %s "${list#,}"
}

write_env() {
  local at="tcp(127.0.0.1:$mariadb_port)/gremio?parseTime=true"
  (
    umask 077
    cat >"$dir/env" <<END
export GREMIO_TEST_KAFKA='$(addresses 0)'
export GREMIO_TEST_KAFKA_SASL_SSL='$(addresses 100)'
export GREMIO_TEST_KAFKA_USER='gremio'
export GREMIO_TEST_KAFKA_PASSWORD='$password'
export GREMIO_TEST_CA='$dir/tls/ca.pem'
export GREMIO_TEST_DATABASE='gremio:$password@$at'
export GREMIO_TEST_DATABASE_TLS='gremio_tls:$password@$at&tls=skip-verify'
END
  )
}
