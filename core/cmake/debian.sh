# SPDX-License-Identifier: MIT
# What building needs on Debian 12, and how packages are installed.  Sourced
# by core/quickstart and tests/deps.
# shellcheck shell=sh

# shellcheck disable=SC2034
build_packages='cmake gcc libc6-dev libcurl4-openssl-dev libexpat1-dev
	libidn-dev libidn2-dev libjansson-dev libltdl-dev libsasl2-dev
	libsecret-1-dev libssl-dev ninja-build'

# missing PACKAGE...: those that are not installed.
missing() {
	for p in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)
		[ "$state" = installed ] || printf '%s ' "$p"
	done
}

# for_root PACKAGE...: the line that root runs where we may not.
for_root() {
	echo "apt-get update; apt-get install -y --no-install-recommends" \
		"--no-remove $*"
}

# The maintainer's scripts of a package ask policy-rc.d whether they may start
# a service; ours says no and is gone afterwards, at the latest next time.  A
# third party's broken source must not stop us, hence no && after update.
with_apt='
policy=/usr/sbin/policy-rc.d
mark="# of latchkey, to be removed"
if [ ! -e $policy ] || grep -q "^$mark" $policy; then
	trap "rm -f $policy" EXIT
	trap "exit 1" HUP INT TERM
	printf "#!/bin/sh\n%s\nexit 101\n" "$mark" >$policy &&
		chmod 755 $policy || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends \
	--no-remove install "$@"
'

# may_install: are we root, or may we be without a password?
may_install() {
	[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

# apt_install PACKAGE...
apt_install() {
	if [ "$(id -u)" = 0 ]; then
		sh -c "$with_apt" sh "$@"
	else
		sudo -n sh -c "$with_apt" sh "$@"
	fi
}
