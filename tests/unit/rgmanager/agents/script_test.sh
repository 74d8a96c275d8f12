#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# script.sh and service.sh: what they pass on and what they refuse.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/check.sh"
agents=$1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/init" <<'SCRIPT'
#!/bin/sh
echo "$1" >>"${0%/*}/calls"
exit "$(cat "${0%/*}/result")"
SCRIPT
chmod +x "$work/init"

agent() { env -i OCF_RESKEY_name=x OCF_RESKEY_file="$1" "$agents/script.sh" "$2"; }

echo 0 >"$work/result"
for action in start status stop monitor; do
    holds agent "$work/init" $action
done
expect 0 "start status stop status" tr '\n' ' ' <"$work/calls"
echo 3 >"$work/result"
expect 1 "status returned 3" agent "$work/init" status
expect 1 "stop returned 3" agent "$work/init" stop
expect 5 "does not exist" agent "$work/nothing" stop
expect 2 "not an absolute path" agent init start
expect 2 "is not a file" agent "$work" start
chmod -x "$work/init"
expect 1 "is not executable" agent "$work/init" start
expect 3 "usage" agent "$work/init" nonsense

for action in start stop status recover reconfig; do
    holds env -i OCF_RESKEY_name=x "$agents/service.sh" $action
done
for agent in service script ip fs vm; do
    holds bash -c "'$agents/$agent.sh' meta-data | xmllint --noout -"
done
finish
