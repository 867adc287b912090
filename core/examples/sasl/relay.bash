# For bash, to be read by other scripts.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# whoever hung up is told of by what is read
trap '' PIPE

# relay FROM TO WORD...: a login over these descriptors; the words are those of
# latchkey sasl.  Its status is the login's.
relay() (
	dir=$(mktemp -d) || exit 75
	trap 'rm -rf "$dir"' EXIT
	mkfifo "$dir/answers" || exit 75
	# shellcheck disable=SC2094
	latchkey sasl "${@:3}" <"$dir/answers" | while IFS= read -r line; do
		case $line in
		SEND\ *) printf '%s\r\n' "${line#SEND }" >&"$2" ;;
		READ) IFS= read -r line <&"$1" || line=LOST
			printf '%s\n' "$line" ;;
		RECONNECT) exec >&- ;;	# is not done here
		esac
	done >"$dir/answers"
	exit "${PIPESTATUS[0]}"
)

# reply FROM CODE: read a reply, which has to be this one.  What is offered in it
# is in $offered.
reply() {
	local line
	while IFS= read -r line <&"$1"; do
		line=${line%$'\r'}
		# shellcheck disable=SC2034
		[[ $line != 250?AUTH* ]] || offered=${line#250?AUTH}
		[[ $line == ???-* ]] || break
	done
	[[ $line == "$2"* ]]
}
