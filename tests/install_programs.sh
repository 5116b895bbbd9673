#!/bin/sh
# Installs the programs that tests run. Does nothing where all are there.
#   slow     a browser that opens pages, and writers and readers of documents that share no code with
#            the project (the default)
#   cluster  Java and Maven, which bring and run the nodes of an OpenSearch cluster
set -eu

# A program or a font, and the Debian package that holds it.
missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
case "${1:-slow}" in
slow)
    need chromium chromium
    need chromedriver chromium-driver
    need soffice libreoffice-writer-nogui
    need pdftotext poppler-utils
    [ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || missing="$missing fonts-wqy-microhei"
    # Without these the tests that need them are skipped, and say so.
    without=0
    ;;
cluster)
    [ -x "${JAVA_HOME:-}/bin/javac" ] || need javac default-jdk-headless
    need mvn maven
    without=1
    ;;
*)
    echo "Which programs? slow or cluster." >&2
    exit 2
    ;;
esac

[ -n "$missing" ] || exit 0

give_up() {
    echo "Not installed:$missing. $1" >&2
    exit "$without"
}

command -v apt-get >/dev/null 2>&1 || give_up "Install them as this system does."
if [ "$(id -u)" -eq 0 ]; then
    root=""
elif sudo -n true 2>/dev/null; then
    root="sudo"
else
    give_up "As root: apt-get install$missing"
fi

echo "Installing what these tests run (once):$missing ..."
# Another try helps where the network fails for a moment.
for pause in 5 20 0; do
    # shellcheck disable=SC2086 - a list of words
    if $root env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    ' sh $missing; then
        exit 0
    fi
    sleep "$pause"
done
give_up "apt-get could not install them."
