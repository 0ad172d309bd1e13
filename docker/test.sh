#!/bin/sh
# Builds the images, runs the compose file and does to it what a site lives through: a visitor's journey,
# three workers, one that is killed, new versions under load, a backup restored elsewhere.
# docker/test.sh [--no-build]; takes names and ports of its own, and leaves nothing but the images.
set -eu
cd "$(dirname "$0")/.."
if ! docker info >/dev/null 2>&1; then
    echo "No container engine answers here: images and compose file are not tried (docker/test.sh)."
    exit 0
fi
exec python3 -m tests.containers "$@"
