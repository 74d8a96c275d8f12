# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the agents of this folder; not executable, so it is never taken for an agent.
# Contract (docs/agents.md): the manager gives exactly the OCF_* variables, no PATH, no stdio; it judges the
# exit code alone. What a person should know goes to the log through clulog.
# shellcheck shell=sh disable=SC2034 # the constants are for those who source it

PATH=/bin:/sbin:/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin
LC_ALL=C
export PATH LC_ALL

# Exit codes of the agent contract; the manager logs them in words.
readonly AGENT_OK=0
readonly AGENT_ERROR=1
readonly AGENT_BAD_ARGUMENTS=2
readonly AGENT_NOT_IMPLEMENTED=3
readonly AGENT_NOT_INSTALLED=5

readonly LOG_ERR=3
readonly LOG_WARNING=4
readonly LOG_INFO=6

# say LEVEL TEXT: into rgmanager's log, and to stderr for whoever runs the agent by hand.
say()
{
    if command -v clulog >/dev/null 2>&1; then
        clulog -m "${OCF_RESKEY_name:-${0##*/}}" -s "$1" "$2"
    else
        echo "${0##*/}: $2" >&2
    fi
}

# fail TEXT [CODE]
fail()
{
    say "$LOG_ERR" "$1"
    exit "${2:-$AGENT_ERROR}"
}

# require NAME: the parameter must be there and not empty.
require()
{
    eval "require_value=\${OCF_RESKEY_$1-}"
    [ -n "$require_value" ] || fail "parameter $1 is missing" "$AGENT_BAD_ARGUMENTS"
}

# is_on VALUE: 1, yes, true and on, in any case.
is_on()
{
    case "$1" in
        1 | [Yy] | [Yy][Ee][Ss] | [Tt][Rr][Uu][Ee] | [Oo][Nn]) return 0 ;;
        *) return 1 ;;
    esac
}

# until_true SECONDS COMMAND...: tries every tenth of a second; 1 when the time is over.
until_true()
{
    until_left=$(($1 * 10))
    shift
    until "$@"; do
        until_left=$((until_left - 1))
        [ "$until_left" -gt 0 ] || return 1
        sleep 0.1
    done
}
