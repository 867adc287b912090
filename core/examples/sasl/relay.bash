# relay FROM TO WORD...: a login over these descriptors; the words are those of
# latchkey sasl.  Its status is the login's.
# SPDX-License-Identifier: MIT
relay() {
	local from=$1 to=$2 verb line
	coproc LATCHKEY { exec latchkey sasl "${@:3}"; }
	local pid=$LATCHKEY_PID in=${LATCHKEY[0]} out=${LATCHKEY[1]}
	while IFS=' ' read -r verb line <&"$in"; do
		case $verb in
		SEND) printf '%s\r\n' "$line" >&"$to" ;;
		READ)
			IFS= read -r line <&"$from" || line=LOST
			printf '%s\n' "$line" >&"$out" ;;
		*) break ;;	# DONE, FAIL, or RECONNECT, which is not done here
		esac
	done
	eval "exec $out>&-"
	wait "$pid"
}

# ehlo FROM TO: what the server offers is in $offered
ehlo() {
	local line=250-
	offered=
	printf 'EHLO localhost\r\n' >&"$2"
	while [[ $line == 250-* ]]; do
		IFS= read -r line <&"$1" || return 76
		line=${line%$'\r'}
		[[ $line != 250?AUTH* ]] || offered=${line#250?AUTH}
	done
	[[ $line == 250* ]] || return 76
}
