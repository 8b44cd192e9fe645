# Apache Kafka: settings, formatting, starting, and its tools. Sourced by scripts/real-parts.
# shellcheck shell=bash

log4j=-Dlog4j2.configurationFile=$here/kafka/log4j2.xml
kafka_java=(java -Xms128m -Xmx512m -XX:+UseG1GC -Djava.awt.headless=true "$log4j")

kafka_properties() {
  local n=$1 node voters='' port=$((kafka_port + $1 - 1)) isr=$((brokers > 1 ? 2 : 1))
  for node in $(seq "$brokers"); do voters+=,$node@127.0.0.1:$((kafka_port + 200 + node - 1)); done
  cat <<END
process.roles=broker,controller
node.id=$n
controller.quorum.voters=${voters#,}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$((port + 100)),CONTROLLER://127.0.0.1:$((port + 200))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$((port + 100))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/kafka-$n/data

sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_gremio="$password";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/kafka.pem

# Topics are made by gremio, with their retention and replication.
auto.create.topics.enable=false
default.replication.factor=$brokers
offsets.topic.replication.factor=$brokers
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$brokers
transaction.state.log.min.isr=$isr
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$brokers
share.coordinator.state.topic.min.isr=$isr
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
# For drills that would otherwise wait six seconds for each member that is killed.
group.min.session.timeout.ms=500

# With the default of 9 s a node that was killed and started again at once is refused for 15 s as a duplicate.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
END
}

format_kafka() {
  local n=$1 folder=$dir/kafka-$1
  [ -f "$folder/data/meta.properties" ] && return
  mkdir -p "$folder"
  (umask 077 && kafka_properties "$n" >"$folder/server.properties")
  "${kafka_java[@]}" -Dlevel=warn -cp "$cache/broker/*" kafka.tools.StorageTool format -t "$cluster" \
    -c "$folder/server.properties" --add-scram "SCRAM-SHA-512=[name=gremio,password=$password]" >"$folder/format.log" 2>&1 ||
    die "formatting node $n failed, see $folder/format.log"
}

launch_kafka() { launch "kafka-$1" "${kafka_java[@]}" -cp "$cache/broker/*" kafka.Kafka "$dir/kafka-$1/server.properties"; }
await_kafka() { await "kafka-$1" 'Kafka Server started'; }

# Kafka's scripts under their own names, without a package of shell scripts.
declare -A tools=(
  [kafka-topics]=TopicCommand [kafka-get-offsets]=GetOffsetShell [kafka-delete-records]=DeleteRecordsCommand
  [kafka-console-consumer]=consumer.ConsoleConsumer [kafka-console-producer]=ConsoleProducer
  [kafka-consumer-groups]=consumer.group.ConsumerGroupCommand [kafka-log-dirs]=LogDirsCommand
  [kafka-metadata-quorum]=MetadataQuorumCommand [kafka-leader-election]=LeaderElectionCommand
  [kafka-reassign-partitions]=reassign.ReassignPartitionsCommand
  [kafka-producer-perf-test]=ProducerPerformance [kafka-consumer-perf-test]=ConsumerPerformance
)

kafka_tool() {
  local name=${1:-} at=()
  if [ -z "$name" ]; then printf '%s\n' "${!tools[@]}" | sort; return; fi
  shift
  [ -n "${tools[$name]:-}" ] || die "no tool called $name; scripts/real-parts kafka-tool lists them"
  [ -f "$cache/tools/pom.xml" ] || die "Kafka's tools are not in $cache: run scripts/real-parts install"
  if [[ " $* " != *" --bootstrap-server "* ]]; then
    load_settings
    at=(--bootstrap-server "$(addresses 0)")
  fi
  exec java -Xmx256m -Dlevel=warn "$log4j" -cp "$cache/tools/*" "org.apache.kafka.tools.${tools[$name]}" "${at[@]}" "$@"
}
