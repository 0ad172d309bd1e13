#!/bin/sh
# packages.sh LIST…: installs locked lists into /opt/venv of an image that is built.
set -eu
python -m venv --without-pip /opt/venv
for list in "$@"; do
    set -- "$@" --requirement "/tmp/$list.txt"
    shift
done
pip --python /opt/venv install --quiet --only-binary :all: --require-hashes "$@"
