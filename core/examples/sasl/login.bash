#!/bin/bash
# login.bash HOST PORT [OPTION...]: log in without TLS, where that is private,
# on a connection of bash itself.  The options are those of latchkey sasl.
# SPDX-License-Identifier: MIT
# shellcheck source=core/examples/sasl/relay.bash
. "$(dirname "$0")/relay.bash"
exec {net}<>"/dev/tcp/$1/$2" || exit 75
reply "$net" 220 && printf 'EHLO localhost\r\n' >&"$net" &&
	reply "$net" 250 || exit 76
relay "$net" "$net" --host "$1" --port "$2" --offered "$offered" "${@:3}" auto ||
	exit
# logged in: MAIL, RCPT, DATA...
printf 'QUIT\r\n' >&"$net"
