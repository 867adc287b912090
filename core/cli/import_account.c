/* Accounts of msmtp, written as ours.  SPDX-License-Identifier: MIT */
#include "cli/import_msmtp.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "cmd:sh -c "
#define WORD 160                    /* two of them are in a comment */
#define PLAIN "abcdefghijklmnopqrstuvwxyz0123456789" \
	      "ABCDEFGHIJKLMNOPQRSTUVWXYZ@_+.-"

static bool
is_method(const struct lk_msmtp_account *a, const char *methods)
{
	const char *method = lk_msmtp_value(a, "auth");

	return method && lk_ascii_has_word(methods, method, strlen(method));
}

static void
put_path(struct lk_import *i, const char *key, const char *path)
{
	char *whole;
	size_t room;

	if (path[0] != '~' || !i->home || i->home[0] != '/') {
		lk_import_put(i, key, path);
		return;
	}
	room = strlen(i->home) + strlen(path);
	whole = malloc(room);
	if (!whole) {
		i->is_full = true;
		return;
	}
	snprintf(whole, room, "%s%s", i->home, path + 1);
	lk_import_put(i, key, whole);
	free(whole);
}

/* ---- the server ---------------------------------------------------------- */

static void
write_server(struct lk_import *i, const struct lk_msmtp_account *a)
{
	const bool is_tls = lk_msmtp_is_on(a, "tls");
	const char *port = lk_msmtp_value(a, "port");
	const char *starttls = lk_msmtp_value(a, "tls_starttls");
	const char *protocol = lk_msmtp_value(a, "protocol");
	const bool is_implicit = starttls && strcmp(starttls, "off") == 0;
	const char *socket = lk_msmtp_value(a, "socket");
	const char *check = lk_msmtp_value(a, "tls_certcheck");
	const char *host = lk_msmtp_value(a, "host");

	if (host && *host)
		lk_import_put(i, "host", host);
	else if (host)
		lk_import_lose(i, "host: it has no value");
	if ((!host || !*host) && (!socket || !*socket))
		lk_import_comment(i, "it has no server, and cannot send before "
				  "it has one: host = SMTP.DOMAIN");
	if (!port || !*port)
		port = protocol && strcmp(protocol, "lmtp") == 0 ? "24"
			: is_tls && is_implicit ? "465" : "25";
	if (!socket || !*socket)
		lk_import_put(i, "port", port);
	lk_import_put(i, "tls", !is_tls ? "none" : is_implicit ? "implicit"
							       : "starttls");
	if (is_tls && check && strcmp(check, "off") == 0)
		lk_import_put(i, "insecure-no-verify", "yes");
	if (!is_tls && is_method(a, "plain login xoauth2 oauthbearer"))
		lk_import_lose(i, "auth without TLS: the secret would go in "
			       "clear; insecure-plaintext = yes allows it");
}

/* ---- the login ----------------------------------------------------------- */

/* One word of cmd:, which knows quotes and no escapes; to free(). */
static char *
quote(const char *head, const char *text)
{
	char *quoted = malloc(strlen(head) + 3 * strlen(text) + 3), *to;
	char mark = '\'';

	if (!quoted)
		return NULL;
	to = quoted + snprintf(quoted, strlen(head) + 1, "%s", head);
	for (*to++ = mark; *text; text++) {
		if (*text == mark) {
			*to++ = mark;
			mark = mark == '"' ? '\'' : '"';
			*to++ = mark;
		}
		*to++ = *text;
	}
	*to++ = mark;
	*to = '\0';
	return quoted;
}

static void
write_command(struct lk_import *i, const char *key, const char *command)
{
	char *value = quote(COMMAND, command);

	if (value) {
		lk_import_put(i, key, value);
		lk_import_comment(i, "all that it prints is the secret; where "
				  "that is several lines: | head -n 1");
	} else {
		i->is_full = true;
	}
	free(value);
}

/* As a word of a shell's line; `unknown`, if there is none that fits. */
static const char *
shell_word(struct lk_import *i, const struct lk_msmtp_account *a,
	   const char *key, const char *unknown, char to[WORD])
{
	static const char mark[] = "'\"'\"'";
	const char *value = lk_msmtp_value(a, key);
	size_t n = 0;

	if (!value || !*value || lk_import_rule(i, key, value))
		return unknown;
	if (!value[strspn(value, PLAIN)])
		return strlen(value) < WORD ? value : unknown;
	for (to[n++] = '\''; *value; value++) {
		if (n + sizeof(mark) + 1 > WORD)
			return unknown;
		if (*value != '\'') {
			to[n++] = *value;
			continue;
		}
		memcpy(to + n, mark, sizeof(mark) - 1);
		n += sizeof(mark) - 1;
	}
	to[n++] = '\'';
	to[n] = '\0';
	return to;
}

static void
write_keyring(struct lk_import *i, const struct lk_msmtp_account *a,
	      const char *key)
{
	char host[WORD], user[WORD];

	lk_import_lose(i, "password: a secret never stands among settings; "
		       "remove it from the old file, too");
	lk_import_comment(i, "into the keyring: secret-tool store --label=mail "
			  "service smtp host %s user %s",
			  shell_word(i, a, "host", "HOST", host),
			  shell_word(i, a, "user", "USER", user));
	lk_import_comment(i, "or into a file: (umask 077; cat >FILE), then "
			  "%s = file:/PATH/FILE", key);
	lk_import_put(i, key, "keyring");
}

static void
write_secret(struct lk_import *i, const struct lk_msmtp_account *a)
{
	const char *key = is_method(a, "xoauth2 oauthbearer") ? "token-from"
							      : "password-from";
	const char *password = lk_msmtp_value(a, "password");
	const char *command = lk_msmtp_value(a, "passwordeval");

	if (password && *password)
		write_keyring(i, a, key);
	else if (command && *command)
		write_command(i, key, command);
	else if (!is_method(a, "external gssapi"))
		lk_import_comment(i, "it asks for the password; as msmtp did "
				  "before it asked: %s = netrc, or keyring",
				  key);
}

/* A wire name is upper case here. */
static void
write_method(struct lk_import *i, const char *method)
{
	char name[32] = "";
	size_t n = 0;

	while (lk_ascii_is_alnum(method[n]) || method[n] == '-') {
		if (n == sizeof(name) - 1)
			break;
		name[n] = lk_ascii_upper(method[n]);
		n++;
	}
	if (n == 0 || method[n])
		lk_import_lose(i, "auth %.40s: it is no name of a mechanism",
			       method);
	else
		lk_import_put(i, "auth", name);
}

static void
write_login(struct lk_import *i, const struct lk_msmtp_account *a)
{
	const char *method = lk_msmtp_value(a, "auth");
	const char *user = lk_msmtp_value(a, "user");

	if (!lk_msmtp_is_on(a, "auth")) {
		if (user || lk_msmtp_value(a, "password") ||
		    lk_msmtp_value(a, "passwordeval"))
			lk_import_lose(i, "user and password: auth is off, and "
				       "msmtp did not use them");
		return;
	}
	if (*method && strcmp(method, "on") != 0)
		write_method(i, method);
	if (user && *user)
		lk_import_put(i, "user", user);
	write_secret(i, a);
}

/* ---- the rest ------------------------------------------------------------ */

static void
write_log(struct lk_import *i, const struct lk_msmtp_account *a)
{
	const char *file = lk_msmtp_value(a, "logfile");
	const char *facility = lk_msmtp_value(a, "syslog");
	const bool is_file = file && *file;

	if (is_file && strcmp(file, "-") == 0)
		lk_import_lose(i, "logfile -: a log is a file or syslog");
	else if (is_file)
		put_path(i, "log", file);
	if (!lk_msmtp_is_on(a, "syslog"))
		return;
	if (is_file && strcmp(file, "-") != 0)
		lk_import_lose(i, "syslog: there is one log, and it is the "
			       "file");
	else
		lk_import_put(i, "log", "syslog");
	if (*facility && strcmp(facility, "on") != 0)
		lk_import_lose(i, "syslog %.40s: the facility is always the "
			       "same", facility);
}

static void
write_return(struct lk_import *i, const struct lk_msmtp_account *a)
{
	const char *value = lk_msmtp_value(a, "dsn_return");

	if (lk_msmtp_is_on(a, "dsn_return"))
		lk_import_put(i, "dsn-ret", strcmp(value, "headers") == 0
			      ? "hdrs" : value);
}

static void
write_lost(struct lk_import *i, const struct lk_msmtp_command *c,
	   const char *value)
{
	if (c->harmless && !*value)
		value = "on";
	if (!*value || (c->harmless &&
			lk_ascii_has_word(c->harmless, value, strlen(value))))
		return;
	lk_import_lose(i, "%s %.80s: %s", c->name, value, c->text);
	if (strcmp(c->name, "tls_fingerprint") == 0)
		lk_import_comment(i, "pin = sha256//$(openssl s_client -connect "
				  "HOST:PORT </dev/null | openssl x509 -pubkey "
				  "-noout | openssl pkey -pubin -outform DER | "
				  "openssl dgst -sha256 -binary | base64) "
				  "(before port 465: -starttls smtp)");
}

static void
write_one(struct lk_import *i, const struct lk_msmtp_command *c,
	  const char *value)
{
	if (c->how == LK_MSMTP_TOGETHER)
		return;
	if (c->how == LK_MSMTP_LOST) {
		write_lost(i, c, value);
		return;
	}
	if (!*value || (c->how == LK_MSMTP_UNLESS_OFF &&
			strcmp(value, "off") == 0))
		return;
	/* those of the system are the default */
	if (strcmp(c->text, "ca") == 0 && strcmp(value, "system") == 0)
		return;
	if (c->how == LK_MSMTP_PATTERN && strpbrk(value, "%*"))
		lk_import_lose(i, "%s %.80s: it is a pattern, and %s is a "
			       "value", c->name, value, c->text);
	else if (c->how == LK_MSMTP_PATH)
		put_path(i, c->text, value);
	else
		lk_import_put(i, c->text, value);
}

/* Here `default` is the one that is meant where several have it. */
static void
warn_of_from(struct lk_import *i, const struct lk_msmtp *m,
	     const struct lk_msmtp_account *a)
{
	const char *from = lk_msmtp_value(a, "from"), *other;
	const struct lk_msmtp_account *b;

	if (!from || !*from || strcmp(a->name, "default") == 0)
		return;
	for (b = m->accounts; b < m->accounts + m->n; b++) {
		other = lk_msmtp_value(b, "from");
		if (b == a || !other || !lk_ascii_equal(from, other))
			continue;
		if (strcmp(b->name, "default") == 0)
			return;
	}
	for (b = m->accounts; b < a; b++) {
		other = lk_msmtp_value(b, "from");
		if (!other || !lk_ascii_equal(from, other))
			continue;
		lk_import_lose(i, "account %.40s came first where only this "
			       "address is named; here -a says which", b->name);
		return;
	}
}

/* ---- all ----------------------------------------------------------------- */

/* A name that no other has. */
static void
call(struct lk_msmtp *m, struct lk_msmtp_account *a)
{
	const struct lk_msmtp_account *b = m->accounts;
	char wish[65];
	unsigned n = 1;

	lk_import_name(wish, a->name);
	lk_ascii_copy(a->called, sizeof(a->called), wish);
	while (b < a) {
		if (strcmp(b->called, a->called) != 0) {
			b++;
			continue;
		}
		snprintf(a->called, sizeof(a->called), "%.50s-%u", wish, ++n);
		b = m->accounts;
	}
}

static void
write_account(struct lk_import *i, const struct lk_msmtp *m,
	      const struct lk_msmtp_account *a)
{
	size_t k;

	lk_import_line(i, "%s[account %s]", i->out.len ? "\n" : "", a->called);
	if (strcmp(a->called, a->name) != 0)
		lk_import_lose(i, "its name, %.80s: a name has a-z 0-9 . _ -",
			       a->name);
	write_server(i, a);
	for (k = 0; k < LK_MSMTP_COMMANDS; k++)
		if (a->values[k])
			write_one(i, &lk_msmtp_commands[k], a->values[k]);
	write_return(i, a);
	write_log(i, a);
	write_login(i, a);
	warn_of_from(i, m, a);
}

int
lk_import_msmtp(struct lk_import *i, char *text, size_t len,
		struct lk_error *err)
{
	struct lk_msmtp m = { 0 };
	int r = lk_msmtp_read(&m, i, text, len, err);
	size_t k;

	if (r == 0 && m.lost && !m.understood)
		r = lk_fail(err, LK_E_CONFIG, "is no file of msmtp: of its "
			    "%zu lines with words none is a command of it",
			    m.lost);
	if (r == 0 && m.n == 0)
		r = lk_fail(err, LK_E_CONFIG, "has no account of msmtp");
	for (k = 0; r == 0 && k < m.n; k++) {
		call(&m, &m.accounts[k]);
		write_account(i, &m, &m.accounts[k]);
	}
	lk_msmtp_wipe(&m);
	return r;
}
