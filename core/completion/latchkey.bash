# bash completion for latchkey. SPDX-License-Identifier: MIT
# What there is the command itself says: nothing here has to be kept true.

# The first words of a table; $1: how many lines of heading it has.
_latchkey_column()
{
	local heading=$1

	shift
	"$@" 2>/dev/null | sed -n "$((heading + 1)),\$s/^\([^ ][^ ]*\).*/\1/p"
}

# Words for `$command ... [$verb] ... $previous`.
_latchkey_words()
{
	if [[ -z $command ]]; then
		echo --help --version
		"$program" --help 2>/dev/null |
			sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'
		return
	fi
	if [[ $current == -* ]]; then
		"$program" "$command" --help 2>/dev/null |
			grep -oE '(^|[^[:alnum:]-])--?[a-z][a-z-]*' |
			sed 's/^[^-]*//'
		echo --help
		return
	fi
	case $command:$verb:$previous in
	rehearse:*:--tls)
		echo starttls implicit none ;;
	*:--tls)
		echo verified none ;;
	sasl:*:--service)
		echo smtp imap pop3 sieve ldap ;;
	*:-a | *:--account | login:* | mechs:why:* | accounts:show:* | \
	accounts:forget:* | accounts:authorize:* | accounts:refresh:*)
		_latchkey_column 1 "$program" accounts list ;;
	providers:show:*)
		_latchkey_column 1 "$program" providers list ;;
	mechs:info:*)
		_latchkey_column 1 "$program" mechs list ;;
	rehearse:*)
		_latchkey_column 0 "$program" rehearse --list ;;
	*::*)
		"$program" "$command" --help 2>/dev/null | sed -n \
			"/^\$/q; s/.* latchkey $command \([a-z][a-z]*\).*/\1/p" ;;
	esac
}

_latchkey()
{
	local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]} command='' verb='' word
	local words

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ -z $command ]]; then
			command=$word
		elif [[ -z $verb && $word != -* ]]; then
			verb=$word
		fi
	done
	words=$(_latchkey_words)
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o bashdefault -o default -F _latchkey latchkey
