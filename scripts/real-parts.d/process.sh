# Processes: a part is kafka-N or mariadb, with DIR/PART.pid and DIR/PART.log. Sourced by scripts/real-parts.
# shellcheck shell=bash

# running PART: a pid file alone proves nothing, its number may be another process's by now.
running() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF "$dir/$1/"
}

# launch PART COMMAND... starts it in the background; the log of the run before is kept beside the new one.
launch() {
  local part=$1 log=$dir/$1.log
  shift
  [ ! -f "$log" ] || mv "$log" "$log.before"
  nohup "$@" </dev/null >"$log" 2>&1 &
  echo $! >"$dir/$part.pid"
}

# await PART TEXT waits for TEXT in its log, 60 s at most.
await() {
  local part=$1 tick
  for tick in $(seq 600); do
    grep -qsF "$2" "$dir/$part.log" && return
    kill -0 "$(cat "$dir/$part.pid")" 2>/dev/null || { tail -n 20 "$dir/$part.log" >&2; die "$part ended, see $dir/$part.log"; }
    sleep 0.1
  done
  die "$part is not ready after $((tick / 10)) s, see $dir/$part.log"
}

# stop_parts SIGNAL PART... signals all at once, waits 10 s together, and kills what is left: a Kafka node without a
# majority of controllers never finishes a clean shutdown.
stop_parts() {
  local signal=$1 part tick left
  shift
  for part; do ! running "$part" || kill "-$signal" "$(cat "$dir/$part.pid")" || true; done
  for tick in $(seq 100); do
    left=()
    for part; do ! running "$part" || left+=("$part"); done
    [ ${#left[@]} -gt 0 ] || break
    [ "$tick" != 100 ] || for part in "${left[@]}"; do
      say "$part did not end by itself, killed"
      kill -KILL "$(cat "$dir/$part.pid")" 2>/dev/null || true
    done
    sleep 0.1
  done
  for part; do rm -f "$dir/$part.pid"; done
}
