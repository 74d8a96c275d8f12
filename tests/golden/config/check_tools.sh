#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check_tools.sh CCS_CONFIG_VALIDATE: xmllint with schemas/cluster.rng and ccs_config_validate over all
# fixtures and examples, by exit code: xmllint refuses all of schema/ and passes all others;
# ccs_config_validate refuses what is wrong without asking anything of this machine.
set -u
cd "$(dirname "$(readlink -f "$0")")"
validate=$1
root=../../..
schema=$root/schemas/cluster.rng
failures=0

# expect CODE COMMAND...
expect() {
    local wanted=$1 code
    shift
    "$@" >/dev/null 2>&1
    code=$?
    if [ "$code" -ne "$wanted" ]; then
        echo "exit $code instead of $wanted: $*"
        failures=$((failures + 1))
    fi
}

command -v xmllint >/dev/null || { echo "xmllint is missing (libxml2-utils)"; exit 1; }

for file in schema/*.conf; do
    expect 3 xmllint --noout --relaxng "$schema" "$file"
    expect 3 "$validate" -f "$file"
done
for file in semantic/*.conf; do
    expect 0 xmllint --noout --relaxng "$schema" "$file"
done
for file in valid/*.conf running.conf "$root"/schemas/examples/*.conf ../corosync/*.conf; do
    expect 0 xmllint --noout --relaxng "$schema" "$file"
    expect 0 "$validate" -f "$file"
    expect 0 "$validate" -l "$file"
done

# These need nothing but the file to be found out.
for name in nodeid_twice name_twice two_node_with_three two_node_with_votes cluster_name_too_long \
    altname_on_one_node method_twice nine_methods unfence_without_action reference_unknown; do
    expect 3 "$validate" -f "semantic/$name.conf"
done
expect 254 "$validate" -R 5 -f running.conf
expect 0 "$validate" -R 4 -f running.conf
expect 253 "$validate" -R 4 -f schema/config_version_missing.conf
expect 255 "$validate" -f no_such_file.conf
expect 255 "$validate" -q -v
expect 1 "$validate" -f check_tools.sh
echo "$failures failures"
[ "$failures" -eq 0 ]
