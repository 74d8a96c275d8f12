# SPDX-License-Identifier: Apache-2.0
# Sourced by the agents' tests: counts what is not as it should be.
# shellcheck shell=bash
failures=0

# expect CODE WORDS COMMAND...: the command's exit code, and words in its output ("" for any).
expect()
{
    local want=$1 words=$2 output code
    shift 2
    output=$("$@" 2>&1)
    code=$?
    if [ "$code" -ne "$want" ] || { [ -n "$words" ] && [[ $output != *"$words"* ]]; }; then
        echo "FAILED: $*"
        echo "  exit code $code, $want expected; words expected: '$words'; output: $output"
        failures=$((failures + 1))
    fi
}

# holds COMMAND...: must succeed.
holds()
{
    expect 0 "" "$@"
}

finish()
{
    echo "$failures failed"
    [ "$failures" -eq 0 ]
    exit
}
