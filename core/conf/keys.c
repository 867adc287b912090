/* The table of keys and their rules. SPDX-License-Identifier: MIT */
#include "conf/keys.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/error.h"
#include "conf/source.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_MAX 253
#define PIN "sha256//"
#define PIN_OCTETS 32
#define DAY 86400
#define BUDGET_MAX 100
#define SOCKET_MAX 107              /* of a sockaddr_un, and a NUL */

const char *
lk_key_rule_text(const char *value)
{
	if (!*value)
		return "is empty";
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return "holds a control character";
	return NULL;
}

static const char *
rule_host(const char *value)
{
	unsigned char address[sizeof(struct in6_addr)];
	char shown[HOST_MAX + 1];
	const char *c;

	if (!*value)
		return "is empty";
	if (strlen(value) > HOST_MAX)
		return "is longer than 253 octets";
	if (strchr(value, ':'))
		return inet_pton(AF_INET6, value, address) == 1 ? NULL
			: "is neither a host name nor an IPv6 address";
	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	if (strcmp(shown, value) != 0)
		return "is no host name: it is not UTF-8";
	for (c = value; *c; c++)
		if (strchr(" /\\?#@[]%<>\"'`", *c))
			return "is no host name: only letters, digits, - . _";
	return NULL;
}

static const char *
rule_word(const char *value)
{
	const char *c;

	if (!*value)
		return "is empty";
	for (c = value; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "is not printable ASCII without blanks";
	return NULL;
}

static const char *
rule_port(const char *value)
{
	return lk_ascii_number(value, strlen(value), 65535) < 1
		? "is not 1-65535" : NULL;
}

static const char *
rule_tls(const char *value)
{
	static const char words[] = "starttls implicit opportunistic none";

	return lk_ascii_has_word(words, value, strlen(value)) ? NULL
		: "is not starttls, implicit, opportunistic or none";
}

static const char *
rule_yes(const char *value)
{
	return lk_ascii_has_word("yes no", value, strlen(value)) ? NULL
		: "is not yes or no";
}

static const char *
rule_protocol(const char *value)
{
	return lk_ascii_has_word("smtp lmtp", value, strlen(value)) ? NULL
		: "is not smtp or lmtp";
}

static const char *
rule_socket(const char *value)
{
	if (*value != '/')
		return "is no absolute path";
	if (strlen(value) > SOCKET_MAX)
		return "is longer than 107 octets, a socket's path is not";
	return lk_key_rule_text(value);
}

static const char *
rule_notify(const char *value)
{
	static const char words[] = "success failure delay";
	const char *at = value, *word;
	size_t n = 0, len;

	if (strcmp(value, "never") == 0)
		return NULL;
	while ((word = lk_ascii_next(&at, ",", &len)) && n < 4)
		n += lk_ascii_has_word(words, word, len) ? 1 : 4;
	return n > 0 && n < 4 ? NULL : "is not never, or some of "
				       "success,failure,delay";
}

static const char *
rule_ret(const char *value)
{
	return lk_ascii_has_word("full hdrs", value, strlen(value)) ? NULL
		: "is not full or hdrs";
}

static const char *
rule_seconds(const char *value)
{
	return lk_ascii_number(value, strlen(value), DAY) < 0
		? "is not a number of seconds, 0-86400" : NULL;
}

static const char *
rule_count(const char *value)
{
	return lk_ascii_number(value, strlen(value), BUDGET_MAX) < 0
		? "is not 0-100" : NULL;
}

static const char *
rule_pin(const char *value)
{
	size_t n = strlen(PIN);
	struct lk_buf octets;
	bool ok;

	lk_buf_init(&octets, 2 * PIN_OCTETS);
	ok = strncmp(value, PIN, n) == 0 &&
	     lk_base64_decode(&octets, value + n, strlen(value + n)) == 0 &&
	     octets.len == PIN_OCTETS;
	lk_buf_wipe(&octets);
	return ok ? NULL : "is not sha256// and the base64 of 32 octets";
}

#define QUERY LK_KEY_QUERY
#define SHOWN LK_KEY_SHOWN

const struct lk_key lk_keys[LK_KEYS] = {
	[LK_KEY_HOST] = { "host", rule_host, NULL, SHOWN },
	[LK_KEY_PORT] = { "port", rule_port, NULL, SHOWN },
	[LK_KEY_TLS] = { "tls", rule_tls, "starttls", QUERY | SHOWN },
	[LK_KEY_CA] = { "ca", lk_key_rule_text, NULL, QUERY },
	[LK_KEY_PIN] = { "pin", rule_pin, NULL, QUERY | SHOWN },
	[LK_KEY_CERT] = { "cert", lk_key_rule_text, NULL, 0 },
	[LK_KEY_KEY] = { "key", lk_key_rule_text, NULL, 0 },
	[LK_KEY_NO_VERIFY] = { "insecure-no-verify", rule_yes, "no",
			       QUERY | SHOWN },
	[LK_KEY_PLAINTEXT] = { "insecure-plaintext", rule_yes, "no",
			       QUERY | SHOWN },
	[LK_KEY_FALLBACK] = { "fallback-to-plaintext", rule_yes, "no", SHOWN },
	[LK_KEY_AUTH] = { "auth", lk_key_rule_text, NULL, QUERY },
	[LK_KEY_USER] = { "user", lk_key_rule_text, NULL, 0 },
	[LK_KEY_AUTHZID] = { "authzid", lk_key_rule_text, NULL, 0 },
	[LK_KEY_REALM] = { "realm", lk_key_rule_text, NULL, 0 },
	[LK_KEY_FROM] = { "from", lk_key_rule_text, NULL, 0 },
	/* a value that is no source may be the secret itself: never shown */
	[LK_KEY_PASSWORD_FROM] = { "password-from", lk_source_rule, NULL, 0 },
	[LK_KEY_TOKEN_FROM] = { "token-from", lk_source_rule, NULL, 0 },
	[LK_KEY_EHLO] = { "ehlo", rule_word, NULL, SHOWN },
	[LK_KEY_PROTOCOL] = { "protocol", rule_protocol, "smtp", SHOWN },
	[LK_KEY_SOCKET] = { "socket", rule_socket, NULL, SHOWN },
	[LK_KEY_BDAT] = { "bdat", rule_yes, "no", SHOWN },
	[LK_KEY_DSN_NOTIFY] = { "dsn-notify", rule_notify, NULL, SHOWN },
	[LK_KEY_DSN_RET] = { "dsn-ret", rule_ret, NULL, SHOWN },
	[LK_KEY_TIMEOUT] = { "timeout", rule_seconds, NULL, SHOWN },
	[LK_KEY_BUDGET] = { "failure-budget", rule_count, NULL, SHOWN },
};

int
lk_key_find(const char *name, size_t len)
{
	int i;

	for (i = 0; i < LK_KEYS; i++)
		if (strlen(lk_keys[i].name) == len &&
		    memcmp(lk_keys[i].name, name, len) == 0)
			return i;
	return -1;
}

int
lk_key_check(enum lk_key_id id, const char *value, struct lk_error *err)
{
	const struct lk_key *key = &lk_keys[id];
	const char *rule = key->rule(value);
	char shown[256];

	if (!rule)
		return 0;
	if (!(key->flags & LK_KEY_SHOWN))
		return lk_fail(err, LK_E_CONFIG, "%s: the value %s", key->name,
			       rule);
	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	return lk_fail(err, LK_E_CONFIG, "%s: \"%s\" %s", key->name, shown,
		       rule);
}

/* Whoever writes password=... wrote a secret where others can read it. */
static const struct {
	const char *wrong, *right;
} sources[] = {
	{ "password", "password-from" }, { "passwd", "password-from" },
	{ "pass", "password-from" },     { "secret", "password-from" },
	{ "token", "token-from" },
};

int
lk_key_unknown(const char *name, size_t len, struct lk_error *err)
{
	const char *nearest = NULL;
	unsigned best = 0;
	char shown[48];
	size_t i;

	lk_ascii_printable(shown, sizeof(shown), name, len);
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!lk_ascii_equal_n(name, len, sources[i].wrong))
			continue;
		lk_fail(err, LK_E_CONFIG, "\"%s\" is no key: a secret is "
			"never a value or an argument", shown);
		lk_advise(err, "%s=file:PATH, cmd:PROGRAM, env:NAME, fd:N or "
			  "prompt", sources[i].right);
		return -1;
	}
	for (i = 0; i < LK_KEYS; i++) {
		unsigned d = lk_ascii_distance(shown, lk_keys[i].name);

		if (nearest && d >= best)
			continue;
		nearest = lk_keys[i].name;
		best = d;
	}
	return lk_fail(err, LK_E_CONFIG, "unknown key \"%s\"; nearest: %s",
		       shown, nearest);
}

static bool
is_name(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || len > 31 || name[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') &&
		    !lk_ascii_is_digit(name[i]) && name[i] != '-')
			return false;
	return true;
}

bool
lk_key_is_param(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t n = dot ? (size_t)(dot - name) : len;

	return dot && is_name(name, n) && is_name(dot + 1, len - n - 1);
}
