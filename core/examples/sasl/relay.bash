# For bash 4.1 and later, to be read by other scripts.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# relay FROM TO WORD...: a login over these descriptors; the words are those of
# latchkey sasl.  Its status is the login's.
relay() {
	local from=$1 to=$2 in out pid status verb line
	# bash forgets a coprocess that has ended, and what it said: so it waits
	# until its descriptors are ours
	coproc LATCHKEY { read -r && exec latchkey sasl "${@:3}"; }
	pid=$LATCHKEY_PID
	exec {in}<&"${LATCHKEY[0]}"- {out}>&"${LATCHKEY[1]}"-
	echo >&"$out"
	while IFS=' ' read -r verb line <&"$in"; do
		case $verb in
		SEND) printf '%s\r\n' "$line" >&"$to" ;;
		READ)
			IFS= read -r line <&"$from" || line=LOST
			printf '%s\n' "$line" >&"$out" ;;
		*) break ;;	# DONE, FAIL, or RECONNECT, which is not done here
		esac
	done
	exec {out}>&-
	wait "$pid"
	status=$?
	exec {in}<&-
	return $status
}

# ehlo FROM TO: what the server offers is in $offered.
ehlo() {
	local line=250-
	offered=
	printf 'EHLO localhost\r\n' >&"$2"
	while [[ $line == 250-* ]]; do
		IFS= read -r line <&"$1" || return 1
		line=${line%$'\r'}
		# shellcheck disable=SC2034
		[[ $line != 250?AUTH* ]] || offered=${line#250?AUTH}
	done
	[[ $line == 250* ]]
}
