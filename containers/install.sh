#!/bin/sh
# What both recipes run in the image, in the folder of the checkout: git, which tells the commit to
# the provenance, and every package in the lock's version.
set -eu
apt-get update
apt-get install --yes --no-install-recommends git
rm -rf /var/lib/apt/lists/*
git config --system --add safe.directory "$PWD"
python -m pip install --no-cache-dir --requirement requirements.lock
