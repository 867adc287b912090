# PERL5OPT=-MLatchkey: Net::SMTP, and with it git send-email, logs in by
# Latchkey.  LATCHKEY_SASL: further options of latchkey sasl, by blanks.
# SPDX-License-Identifier: MIT
package Latchkey;
use strict;
use warnings;
no warnings 'redefine';
use IPC::Open2;
use Net::SMTP;

# The password goes by a descriptor, which the program has to inherit.
sub descriptor {
	local $^F = 1023;
	pipe(my $from, my $to) or die "pipe: $!";
	syswrite $to, $_[0];
	return $from;
}

sub Net::SMTP::auth {
	my ($smtp, $user, $password) = @_;
	($user, $password) = map { $user->callback($_) } qw(user pass) if ref $user;
	my $secret = descriptor($password);
	my $is_verified = (${*$smtp}{_SSL_arguments} || {})->{SSL_verify_mode};
	my $pid = open2(my $from, my $to, qw(latchkey sasl auto --host), $smtp->host, '--port', $smtp->peerport,
		'--user', $user, '--offered', $smtp->supports('AUTH') || '', '--password-from', 'fd:' . fileno $secret,
		'--tls', $is_verified ? 'verified' : 'none', split ' ', $ENV{LATCHKEY_SASL} || '');
	my $line;
	while (defined($line = <$from>)) {
		if ($line =~ /^SEND (.*)/) { $smtp->command($1) }
		elsif ($line =~ /^READ/) { print $to $smtp->getline // "LOST\n" }
		else { last }
	}
	close $to;
	waitpid $pid, 0;
	my $is_done = $? == 0;
	$smtp->set_status($is_done ? 235 : 535, [$line // "FAIL\n"]);
	return $is_done;
}
1;
