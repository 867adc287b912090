# PERL5OPT=-MLatchkey: Net::SMTP, and with it git send-email, logs in by
# Latchkey.  LATCHKEY_SASL: further options of latchkey sasl, by blanks.
# SPDX-License-Identifier: MIT
package Latchkey;
use strict;
use warnings;
no warnings 'redefine';
use IPC::Open2;
use Net::SMTP;

sub Net::SMTP::auth {
	# or with an Authen::SASL, by git send-email --smtp-auth
	my ($smtp, $user, $password) = ref $_[1] ? ($_[0], map { $_[1]->callback($_) } qw(user pass)) : @_;
	my $pid = open2(my $from, my $to, qw(latchkey sasl auto --password-from fd:0 --user), $user,
		'--tls', (${*$smtp}{_SSL_arguments} || {})->{SSL_verify_mode} ? 'verified' : 'none', '--host', $smtp->host,
		'--port', $smtp->peerport, '--offered', $smtp->supports('AUTH') // '', split ' ', $ENV{LATCHKEY_SASL} // '');
	while (my $line = <$from>) {
		if ($line =~ /^SEND (.*)/) { $smtp->command($1) }
		elsif ($line =~ /^(READ|SECRET)/) { print $to $1 eq 'READ' ? $smtp->getline // "LOST\n" : "$password\n" }
		else { close $to; $smtp->set_status($line =~ /^DONE/ ? 235 : 535, $line) }
	}
	return waitpid($pid, 0) == $pid && $? == 0;
}
1;
