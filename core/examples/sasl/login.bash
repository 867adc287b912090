#!/bin/bash
# login.bash HOST PORT [OPTION...]: log in without TLS, where that is private,
# on a connection of bash itself.  The options are those of latchkey sasl.
# SPDX-License-Identifier: MIT
# shellcheck source=core/examples/sasl/relay.bash
. "$(dirname "$0")/relay.bash"
exec {net}<>"/dev/tcp/$1/$2" || exit 75
IFS= read -r greeting <&"$net" && [[ $greeting == 220* ]] || exit 76
ehlo "$net" "$net" || exit 76
relay "$net" "$net" --host "$1" --port "$2" --offered "$offered" "${@:3}" auto
status=$?
[ $status -eq 0 ] || exit $status
# logged in: MAIL, RCPT, DATA...
printf 'QUIT\r\n' >&"$net"
