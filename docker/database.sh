#!/bin/sh
# Makes a database cluster in $PGDATA when there is none, and becomes the server.
# What follows the image's name goes to the server: `-c log_statement=all`.
set -eu

fail() {
  echo "todo-database: $1" >&2
  exit 1
}

# $1 is an SQL name or literal, quoted by $2.
quoted() { printf '%s%s%s' "$2" "$(printf '%s' "$1" | sed "s/$2/$2$2/g")" "$2"; }

# It is made elsewhere and moved into place when it is complete, so a start that was interrupted leaves nothing half done.
create() {
  [ -n "${POSTGRES_PASSWORD:-}" ] || fail "POSTGRES_PASSWORD is missing: the password of $POSTGRES_USER"
  [ ! -d "$PGDATA" ] || rmdir "$PGDATA" 2>/dev/null ||
    fail "$PGDATA is a mount or not empty, and holds no database: mount the volume on $(dirname "$PGDATA")"
  unfinished=$PGDATA.unfinished
  rm -rf "$unfinished" 2>/dev/null && mkdir -p "$unfinished" 2>/dev/null ||
    fail "uid $(id -u) cannot write $(dirname "$PGDATA"): mount a volume there that it may write"

  # Only from within the container may one connect without a password.
  initdb --pgdata="$unfinished" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >>"$unfinished/pg_hba.conf"

  user=$(quoted "$POSTGRES_USER" '"')
  {
    [ "$POSTGRES_USER" = postgres ] || echo "CREATE ROLE $user"
    echo "ALTER ROLE $user LOGIN CREATEDB PASSWORD $(quoted "$POSTGRES_PASSWORD" "'")"
    [ "$POSTGRES_DB" = postgres ] || echo "CREATE DATABASE $(quoted "$POSTGRES_DB" '"') OWNER $user"
  } | postgres --single -D "$unfinished" -c exit_on_error=on -c log_min_messages=warning postgres >/dev/null

  mv "$unfinished" "$PGDATA"
}

# initdb wants to know the name of whoever runs it, and a cluster may run this image as anybody.
if ! id -un >/dev/null 2>&1; then
  printf 'todo:x:%s:%s::/tmp:/bin/sh\n' "$(id -u)" "$(id -g)" >/tmp/passwd
  export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/dev/null
fi

[ -s "$PGDATA/PG_VERSION" ] || create

exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
