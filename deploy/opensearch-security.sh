#!/bin/sh
# Runs once before the nodes of compose.opensearch.yml, in a container of their image: makes the
# certificate that they show to each other and to the bot, and the bot's user with the password in
# INDEX_OPENSEARCH_PASSWORD. Does nothing where that was done.
set -eu
umask 077

home="${OPENSEARCH_HOME:-/usr/share/opensearch}"
security="$home/config/opensearch-security"
authority="${1:-/authority}"
keytool() { "$home/jdk/bin/keytool" "$@" -storetype PKCS12 -storepass changeit -noprompt; }

[ ! -e "$authority/ca.pem" ] || exit 0
if [ -z "${INDEX_OPENSEARCH_PASSWORD:-}" ]; then
    echo "INDEX_OPENSEARCH_PASSWORD is missing in .env." >&2
    exit 1
fi

# A run that was stopped before its end is begun again.
cd "$security"
rm -f node.p12 trusted.p12 ca.pem internal_users.yml
keytool -genkeypair -keystore node.p12 -alias node -keyalg EC -groupname secp256r1 -validity 3650 \
    -dname CN=wenchu-opensearch -ext bc:critical=ca:true \
    -ext san=dns:opensearch-1,dns:opensearch-2,dns:opensearch-3,dns:localhost
keytool -exportcert -keystore node.p12 -alias node -rfc -file ca.pem
keytool -importcert -keystore trusted.p12 -alias node -file ca.pem

hash="$(
    OPENSEARCH_JAVA_HOME="$home/jdk" bash "$home/plugins/opensearch-security/tools/hash.sh" \
        -env INDEX_OPENSEARCH_PASSWORD | grep '^\$2'
)"
cat >internal_users.yml <<USERS
_meta:
  type: internalusers
  config_version: 2
wenchu:
  hash: "$hash"
  backend_roles: [admin]
USERS

# What the nodes read is theirs alone; whom to trust is for everybody.
if [ "$(id -u)" -eq 0 ]; then
    chown -R 1000:1000 "$security"
fi
chmod 755 "$authority"
cp ca.pem "$authority/ca.pem.new"
chmod 644 "$authority/ca.pem.new"
mv "$authority/ca.pem.new" "$authority/ca.pem"
