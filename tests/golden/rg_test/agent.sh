# SPDX-License-Identifier: Apache-2.0
# Sourced by the test agents: `. "${0%/*}/../agent.sh"; agent TYPE "$@" <<'END' ... END`. The lines describe the
# metadata (parameter, action, child, attributes: see the agents). Every action but meta-data notes itself and its
# whole environment in ./journal and ends as ./behaviour says: lines `ACTION TYPE:KEY EXIT_CODE [SECONDS_OF_SLEEP]`.
# Only builtins and absolute paths: agents get no PATH.

print_parameter() {
    name=$1; shift; flags=; content=
    for word in "$@"; do
        case $word in
            default=*) content="<content type=\"string\" default=\"${word#default=}\"/>" ;;
            inherit=*) flags="$flags inherit=\"${word#inherit=}\"" ;;
            *) flags="$flags $word=\"1\"" ;;
        esac
    done
    printf '<parameter name="%s"%s>%s</parameter>\n' "$name" "$flags" "$content"
}

# action NAME TIMEOUT [INTERVAL [DEPTH]], - for not given
print_action() {
    printf '<action name="%s"' "$1"
    [ "${2:--}" = - ] || printf ' timeout="%s"' "$2"
    [ "${3:--}" = - ] || printf ' interval="%s"' "$3"
    [ "${4:--}" = - ] || printf ' depth="%s"' "$4"
    printf '/>\n'
}

# child TYPE [START [STOP]] or child TYPE forbid
print_child() {
    if [ "${2:-}" = forbid ]; then
        printf '<child type="%s" forbid="1"/>\n' "$1"
    else
        printf '<child type="%s"%s%s/>\n' "$1" "${2:+ start=\"$2\"}" "${3:+ stop=\"$3\"}"
    fi
}

print_section() {
    printf '<%s>\n' "$1"
    printf '%s\n' "$description" | while read -r kind rest; do
        # Words of a line never hold blanks.
        # shellcheck disable=SC2086
        [ "$kind" = "$2" ] && print_"$2" $rest
    done
    printf '</%s>\n' "${1%% *}"
}

print_attributes() { printf '<attributes %s/>\n' "$*"; }

print_metadata() {
    printf '<?xml version="1.0"?>\n<!DOCTYPE resource-agent SYSTEM "ra-api-1-modified.dtd">\n'
    printf '<resource-agent name="%s" version="rgmanager 2.0">\n<version>1.0</version>\n' "$type"
    print_section parameters parameter
    print_section actions action
    print_section 'special tag="rgmanager"' attributes
    print_section 'special tag="rgmanager"' child
    printf '</resource-agent>\n'
}

behave() {
    while read -r action instance code sleep; do
        if [ "$action $instance" = "$1 $OCF_RESOURCE_INSTANCE" ]; then
            [ -z "$sleep" ] || /bin/sleep "$sleep"
            exit "$code"
        fi
    done < ./behaviour
}

agent() {
    type=$1
    description=$(while read -r line; do printf '%s\n' "$line"; done)
    if [ "$2" = meta-data ]; then
        print_metadata
        exit 0
    fi
    shift
    printf '%s %s\n' "$*" "$OCF_RESOURCE_INSTANCE" >> ./journal
    [ ! -f ./environment ] || /usr/bin/tr '\0' '\n' < /proc/$$/environ | /usr/bin/sort >> ./environment
    [ ! -f ./behaviour ] || behave "$1"
    exit 0
}
