/* Reading an msmtprc: its commands, defaults and inheritance.
 * SPDX-License-Identifier: MIT */
#include "cli/import_msmtp.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\v\f"
#define DEFAULT "default"

#define OPENSSL "TLS 1.2 and up, with what OpenSSL's own configuration says"
#define HEADER "what a message lacks is added, and nothing is replaced"
#define PROXY "there are no proxies here; ssh -L or torsocks does it from outside"

/* The order in which they are written. */
const struct lk_msmtp_command lk_msmtp_commands[LK_MSMTP_COMMANDS] = {
	{ "host", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "port", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "socket", LK_MSMTP_PATH, "socket", NULL },
	{ "protocol", LK_MSMTP_AS_IS, "protocol", NULL },
	{ "timeout", LK_MSMTP_UNLESS_OFF, "timeout", NULL },
	{ "domain", LK_MSMTP_PATTERN, "ehlo", NULL },
	{ "tls", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "tls_starttls", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "tls_certcheck", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "tls_trust_file", LK_MSMTP_PATH, "ca", NULL },
	{ "tls_cert_file", LK_MSMTP_PATH, "cert", NULL },
	{ "tls_key_file", LK_MSMTP_PATH, "key", NULL },
	{ "tls_fingerprint", LK_MSMTP_LOST, "it is of the certificate, and a "
	  "pin is of its public key", NULL },
	{ "tls_crl_file", LK_MSMTP_LOST, "lists of revoked certificates are "
	  "not read", NULL },
	{ "tls_host_override", LK_MSMTP_LOST, "the certificate has to have "
	  "the name that host says", NULL },
	{ "tls_priorities", LK_MSMTP_LOST, OPENSSL, NULL },
	{ "tls_min_dh_prime_bits", LK_MSMTP_LOST, OPENSSL, NULL },
	{ "tls_force_sslv3", LK_MSMTP_LOST, OPENSSL, "off" },
	{ "auth", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "user", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "password", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "passwordeval", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "ntlmdomain", LK_MSMTP_LOST, "no mechanism here asks for a "
	  "domain", NULL },
	{ "from", LK_MSMTP_PATTERN, "from", NULL },
	{ "dsn_notify", LK_MSMTP_UNLESS_OFF, "dsn-notify", NULL },
	{ "dsn_return", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "logfile", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "syslog", LK_MSMTP_TOGETHER, NULL, NULL },
	{ "logfile_time_format", LK_MSMTP_LOST, "a log has one form", NULL },
	{ "aliases", LK_MSMTP_PATH, "aliases", NULL },
	{ "source_ip", LK_MSMTP_LOST, "the system chooses the address to send "
	  "from", NULL },
	{ "proxy_host", LK_MSMTP_LOST, PROXY, NULL },
	{ "proxy_port", LK_MSMTP_LOST, PROXY, NULL },
	{ "auto_from", LK_MSMTP_LOST, "the sender is from, -f, or the "
	  "message's From", "off" },
	{ "maildomain", LK_MSMTP_LOST, "the sender is from, -f, or the "
	  "message's From", NULL },
	{ "from_full_name", LK_MSMTP_LOST, HEADER, NULL },
	{ "allow_from_override", LK_MSMTP_LOST, "-f stands over from", "on" },
	{ "set_from_header", LK_MSMTP_LOST, HEADER, "auto" },
	{ "set_date_header", LK_MSMTP_LOST, HEADER, "auto" },
	{ "set_msgid_header", LK_MSMTP_LOST, HEADER, "auto" },
	{ "add_missing_from_header", LK_MSMTP_LOST, HEADER, "on" },
	{ "add_missing_date_header", LK_MSMTP_LOST, HEADER, "on" },
	{ "remove_bcc_headers", LK_MSMTP_LOST, "a Bcc that names recipients "
	  "is never sent", "on" },
	{ "keepbcc", LK_MSMTP_LOST, "a Bcc that names recipients is never "
	  "sent", "off" },
	{ "undisclosed_recipients", LK_MSMTP_LOST, HEADER, "off" },
	{ "eval", LK_MSMTP_LOST, "what a program would write as a line is not "
	  "known, and none is run", NULL },
};

static const struct {
	const char *old, *name;
	const char *value;          /* NULL: its own */
} former[] = {
	{ "connect_timeout", "timeout", NULL },
	{ "tls_nostarttls", "tls_starttls", "off" },
	{ "tls_nocertcheck", "tls_certcheck", "off" },
};

static int
find(const char *name)
{
	int i;

	for (i = 0; i < LK_MSMTP_COMMANDS; i++)
		if (strcmp(lk_msmtp_commands[i].name, name) == 0)
			return i;
	return -1;
}

const char *
lk_msmtp_value(const struct lk_msmtp_account *a, const char *name)
{
	return a->values[find(name)];
}

bool
lk_msmtp_is_on(const struct lk_msmtp_account *a, const char *name)
{
	const char *value = lk_msmtp_value(a, name);

	return value && strcmp(value, "off") != 0;
}

void
lk_msmtp_wipe(struct lk_msmtp *m)
{
	free(m->accounts);
	memset(m, 0, sizeof(*m));
}

/* ---- lines --------------------------------------------------------------- */

static char *
trim(char *text)
{
	size_t n;

	text += strspn(text, BLANKS);
	for (n = strlen(text); n && strchr(BLANKS, text[n - 1]); n--)
		;
	text[n] = '\0';
	return text;
}

static char *
unquote(char *text)
{
	const size_t n = strlen(text);

	if (n < 2 || text[0] != '"' || text[n - 1] != '"')
		return text;
	text[n - 1] = '\0';
	return text + 1;
}

/* A line that is no command may be a secret. */
static void
lose_line(struct lk_import *i, unsigned line, const char *command)
{
	if (command[strspn(command, "abcdefghijklmnopqrstuvwxyz_")] ||
	    strlen(command) > 24)
		lk_import_lose(i, "line %u: no command of msmtp", line);
	else
		lk_import_lose(i, "line %u: \"%s\" is no known command of "
			       "msmtp", line, command);
}

static struct lk_msmtp_account *
look_up(const struct lk_msmtp *m, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strlen(m->accounts[i].name) == len &&
		    memcmp(m->accounts[i].name, name, len) == 0)
			return &m->accounts[i];
	return NULL;
}

static void
inherit(struct lk_msmtp_account *to, const struct lk_msmtp_account *from)
{
	size_t i;

	for (i = 0; i < LK_MSMTP_COMMANDS; i++)
		if (from->is_own[i]) {
			to->values[i] = from->values[i];
			to->is_own[i] = true;
		}
}

/* There is always room for one more; NULL with *err set. */
static struct lk_msmtp_account *
add(struct lk_msmtp *m, const char *name, unsigned line, struct lk_error *err)
{
	struct lk_msmtp_account *a;

	if (!m->accounts)
		m->accounts = calloc(LK_MSMTP_ACCOUNTS, sizeof(*a));
	if (!m->accounts) {
		lk_fail_memory(err);
		return NULL;
	}
	if (m->n == LK_MSMTP_ACCOUNTS) {
		lk_fail(err, LK_E_CONFIG, "line %u: more than %d accounts",
			line, LK_MSMTP_ACCOUNTS);
		return NULL;
	}
	a = &m->accounts[m->n++];
	*a = m->defaults;
	memset(a->is_own, 0, sizeof(a->is_own));
	a->name = name;
	a->line = line;
	return a;
}

/* account NAME [: ACCOUNT[, ...]] */
static struct lk_msmtp_account *
begin(struct lk_msmtp *m, struct lk_import *i, char *text, unsigned line,
      struct lk_error *err)
{
	char *colon = strchr(text, ':');
	struct lk_msmtp_account *a;
	const char *at, *word;
	size_t len;

	if (colon)
		*colon = '\0';
	text = trim(text);
	if (!*text || look_up(m, text, strlen(text))) {
		lk_fail(err, LK_E_CONFIG, "line %u: %s", line, *text
			? "an account of this name was there before"
			: "the account has no name");
		return NULL;
	}
	a = add(m, text, line, err);
	at = colon ? colon + 1 : "";
	while (a && (word = lk_ascii_next(&at, ", \t", &len))) {
		const struct lk_msmtp_account *from = look_up(m, word, len);

		if (from && from != a)
			inherit(a, from);
		else
			lk_import_lose(i, "line %u: account %.40s: no account "
				       "%.*s stands before it", line, a->name,
				       (int)(len < 40 ? len : 40), word);
	}
	return a;
}

/* By its name of today; -1: it is none.  *value: as it is said today. */
static int
find_any(const char *command, const char **value)
{
	size_t k;

	for (k = 0; k < sizeof(former) / sizeof(former[0]); k++)
		if (strcmp(former[k].old, command) == 0) {
			command = former[k].name;
			*value = former[k].value ? former[k].value : *value;
			break;
		}
	return find(command);
}

/* Without an account: as in old files, which had one.  -1: *err is set. */
static int
put(struct lk_msmtp *m, struct lk_msmtp_account **a, struct lk_import *i,
    const char *command, const char *value, unsigned line,
    struct lk_error *err)
{
	const int n = find_any(command, &value);

	if (n < 0) {
		lose_line(i, line, command);
		m->lost++;
		return 0;
	}
	if (!*a)
		*a = add(m, DEFAULT, line, err);
	if (!*a)
		return -1;
	(*a)->values[n] = value;
	(*a)->is_own[n] = true;
	m->understood++;
	return 0;
}

int
lk_msmtp_read(struct lk_msmtp *m, struct lk_import *i, char *text, size_t len,
	      struct lk_error *err)
{
	struct lk_msmtp_account *a = NULL;
	char *end = text + len, *line, *next, *value;
	unsigned n = 0;

	if (memchr(text, '\0', len))
		return lk_fail(err, LK_E_CONFIG, "holds a NUL: this is no "
			       "text");
	*end = '\0';
	for (line = text; line < end; line = next) {
		next = line + strcspn(line, "\n") + 1;
		next[-1] = '\0';
		n++;
		line = trim(line);
		if (!*line || *line == '#')
			continue;
		value = line + strcspn(line, BLANKS);
		if (*value)
			*value++ = '\0';
		value = unquote(trim(value));
		if (strcmp(line, "defaults") == 0) {
			a = &m->defaults;
			continue;
		}
		if (strcmp(line, "account") != 0) {
			if (put(m, &a, i, line, value, n, err) < 0)
				return -1;
			continue;
		}
		a = begin(m, i, value, n, err);
		if (!a)
			return -1;
	}
	return 0;
}
