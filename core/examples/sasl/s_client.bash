#!/bin/bash
# s_client.bash HOST PORT CA [OPTION...]: log in over STARTTLS, which openssl
# does, with a certificate that CA, a file, vouches for.  The options are those
# of latchkey sasl.
# SPDX-License-Identifier: MIT
# shellcheck source=core/examples/sasl/relay.bash
. "$(dirname "$0")/relay.bash"
dir=$(mktemp -d) || exit 75
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/net" || exit 75
# no line that is sent is a command for openssl, and it ends with the script
# shellcheck disable=SC2094
exec {to}> >(exec openssl s_client -connect "$1:$2" -starttls smtp -quiet \
	-nocommands -no_ign_eof -verify_return_error -verify_hostname "$1" \
	-CAfile "$3" >"$dir/net" 2>"$dir/said") {from}<"$dir/net"
printf 'EHLO localhost\r\n' >&"$to"
reply "$from" 250 || { cat "$dir/said" >&2; exit 76; }
relay "$from" "$to" --host "$1" --port "$2" --tls verified \
	--offered "$offered" "${@:4}" auto || exit
# logged in: MAIL, RCPT, DATA...
printf 'QUIT\r\n' >&"$to"
