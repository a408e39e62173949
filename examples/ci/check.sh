#!/bin/sh
# Does the network still compile, and still compute what it did? Any CI that has Node can run this:
#
#     sh check.sh [MODEL]          MODEL: a .tflite, .nir or graph .json file; the built-in demonstration otherwise
#
# The exit code is 0, or that of the first command that failed; its message says what differs. To accept what a changed
# network computes, run the last command with --output expected.bin in place of the two checks, and commit the file.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
model=${1:-net:demo-int8?input=features}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

twentywatt inspect "$model" # every problem of the model at once
twentywatt compile "$model" -o "$work/model.wasm"
twentywatt run "$work/model.wasm" --input "$here/input.bin" --labels "$here/labels.txt" \
  --expect "$here/expected.bin" --min-accuracy 90
