#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion against commands that answer like a running cluster.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/clustat" <<'SCRIPT'
#!/bin/sh
cat <<'XML'
    <node name="n1" state="1"/>
    <node name="n2" state="0"/>
    <group name="service:web" state="112"/>
    <group name="service:db" state="119"/>
    <group name="vm:guest" state="112"/>
XML
SCRIPT
printf '#!/bin/sh\nprintf "n1 \\nn2 \\n"\n' >"$work/cman_tool"
chmod +x "$work/clustat" "$work/cman_tool"
PATH=$work:$PATH
# shellcheck source=../../../scripts/completion/cluster-suite
. "$1/scripts/completion/cluster-suite"

failures=0

# offers LINE FUNCTION EXPECTED...: readline breaks words at colons, so COMP_WORDS is made as bash makes it.
offers()
{
    local line=$1 function=$2
    shift 2
    COMP_LINE=$line
    COMP_POINT=${#line}
    read -ra COMP_WORDS <<<"${line//:/ : }"
    [[ $line != *[\ :] ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    $function "${COMP_WORDS[0]}"
    if [ "${COMPREPLY[*]}" != "$*" ]; then
        echo "FAILED: '$line' offers '${COMPREPLY[*]}', expected '$*'"
        failures=$((failures + 1))
    fi
}

offers "clusvcadm -e " _clusvcadm service:web service:db vm:guest
offers "clusvcadm -e s" _clusvcadm service:web service:db
offers "clusvcadm -e service:w" _clusvcadm web
offers "clusvcadm -r service:web -m n" _clusvcadm n1 n2
offers "clusvcadm -Z v" _clusvcadm vm:guest
offers "clustat --" _clustat --json
offers "fence_ack_manual n" _fence_ack_manual n2
offers "cman_tool no" _cman_tool nodes
offers "cman_tool leave " _cman_tool remove force -w -t
offers "fence_node n" _fence_node n1 n2
offers "fence_tool l" _fence_tool leave ls
offers "rg_test /etc/cluster/x.conf st" _rg_test start stop status
offers "rgmanager -N" _cluster_daemon -N
PATH=/usr/bin:/bin
offers "clusvcadm -e " _clusvcadm

echo "$failures failed"
[ "$failures" -eq 0 ]
