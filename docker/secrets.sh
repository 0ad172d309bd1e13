#!/bin/sh
# docker/secrets.sh [HOST]: makes what is missing in secrets/, and changes nothing that is there.
# The certificate is self-signed: put yours in its place (tls.crt with its chain, tls.key).
set -eu
host=${1:-localhost}
folder=${SECRETS:-$(dirname "$0")/../secrets}
umask 022
mkdir -p "$folder"
# The folder is shut on this host. The files are for users of containers that have other numbers.
chmod 0700 "$folder"
cd "$folder"

# keep FILE COMMAND…: what the command prints, unless there is something.
keep() {
    file=$1
    shift
    [ -s "$file" ] || "$@" >"$file"
}
keep secret-key openssl rand -hex 32
keep metrics-token openssl rand -hex 32
keep database-password openssl rand -hex 32
keep admin-password openssl rand -hex 10
keep queue-password printf 'requirepass %s\n' "$(openssl rand -hex 32)"
keep database-url printf 'postgres://vitrina:%s@database:5432/vitrina\n' "$(cat database-password)"
keep queue-url printf 'redis://:%s@queue:6379/0\n' "$(cut -d' ' -f2 queue-password)"
keep s3-access-key openssl rand -hex 10
keep s3-secret-key openssl rand -hex 20
# E-mails go to the web's log until there is a server: submission://user:password@host:587
keep email-url echo 'console:'

if [ ! -s tls.key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout tls.key -out tls.crt 2>/dev/null
fi
chmod 0444 ./*
echo "Secrets of $host are in $PWD. Keep a copy of secret-key apart from your backups."
