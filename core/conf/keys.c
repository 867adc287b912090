/* The table of keys. SPDX-License-Identifier: MIT */
#include "conf/keys.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/rules.h"
#include "conf/source.h"

#include <string.h>

#define QUERY LK_KEY_QUERY
#define SHOWN LK_KEY_SHOWN
#define BOTH (LK_KEY_PROGRAM | LK_KEY_ACCOUNT | LK_KEY_PROVIDER)
#define OWN (LK_KEY_PROGRAM | LK_KEY_ACCOUNT)

#define SERVICE(id, name, tls) \
	[id] = { name "-host", lk_rule_host, NULL, BOTH | SHOWN }, \
	[id + 1] = { name "-port", lk_rule_port, NULL, BOTH | SHOWN }, \
	[id + 2] = { name "-tls", lk_rule_tls, tls, BOTH | SHOWN }, \
	[id + 3] = { name "-auth", lk_rule_text, NULL, BOTH }

const struct lk_key lk_keys[LK_KEYS] = {
	[LK_KEY_HOST] = { "host", lk_rule_host, NULL, BOTH | SHOWN },
	[LK_KEY_PORT] = { "port", lk_rule_port, NULL, BOTH | SHOWN },
	[LK_KEY_TLS] = { "tls", lk_rule_tls, "starttls", BOTH | QUERY | SHOWN },
	[LK_KEY_CA] = { "ca", lk_rule_text, NULL, BOTH | QUERY },
	[LK_KEY_PIN] = { "pin", lk_rule_pin, NULL, BOTH | QUERY | SHOWN },
	[LK_KEY_CERT] = { "cert", lk_rule_text, NULL, BOTH },
	[LK_KEY_KEY] = { "key", lk_rule_text, NULL, BOTH },
	[LK_KEY_NO_VERIFY] = { "insecure-no-verify", lk_rule_yes, "no",
			       BOTH | QUERY | SHOWN },
	[LK_KEY_PLAINTEXT] = { "insecure-plaintext", lk_rule_yes, "no",
			       BOTH | QUERY | SHOWN },
	[LK_KEY_FALLBACK] = { "fallback-to-plaintext", lk_rule_yes, "no",
			      BOTH | SHOWN },
	[LK_KEY_AUTH] = { "auth", lk_rule_text, NULL, BOTH | QUERY },
	[LK_KEY_USER] = { "user", lk_rule_text, NULL, BOTH },
	[LK_KEY_AUTHZID] = { "authzid", lk_rule_text, NULL, BOTH },
	[LK_KEY_REALM] = { "realm", lk_rule_text, NULL, BOTH },
	[LK_KEY_FROM] = { "from", lk_rule_text, NULL, OWN },
	/* a value that is no source may be the secret itself: never shown */
	[LK_KEY_PASSWORD_FROM] = { "password-from", lk_source_rule, NULL,
				   BOTH },
	[LK_KEY_TOKEN_FROM] = { "token-from", lk_source_rule, NULL, BOTH },
	[LK_KEY_EHLO] = { "ehlo", lk_rule_word, NULL, BOTH | SHOWN },
	[LK_KEY_PROTOCOL] = { "protocol", lk_rule_protocol, "smtp",
			      BOTH | SHOWN },
	[LK_KEY_SOCKET] = { "socket", lk_rule_socket, NULL, BOTH | SHOWN },
	[LK_KEY_BDAT] = { "bdat", lk_rule_yes, "no", BOTH | SHOWN },
	[LK_KEY_DSN_NOTIFY] = { "dsn-notify", lk_rule_notify, NULL,
				BOTH | SHOWN },
	[LK_KEY_DSN_RET] = { "dsn-ret", lk_rule_ret, NULL, BOTH | SHOWN },
	[LK_KEY_TIMEOUT] = { "timeout", lk_rule_seconds, NULL, BOTH | SHOWN },
	[LK_KEY_BUDGET] = { "failure-budget", lk_rule_count, NULL,
			    BOTH | SHOWN },
	[LK_KEY_LOG] = { "log", lk_rule_log, NULL, BOTH | SHOWN },
	[LK_KEY_ALIASES] = { "aliases", lk_rule_path, NULL, BOTH | SHOWN },
	[LK_KEY_DOMAIN] = { "domain", lk_rule_host, NULL, BOTH | SHOWN },
	[LK_KEY_TOKEN_ENDPOINT] = { "oauth-token-endpoint", lk_rule_https,
				    NULL, BOTH },
	[LK_KEY_DEVICE_ENDPOINT] = { "oauth-device-endpoint", lk_rule_https,
				     NULL, BOTH },
	[LK_KEY_AUTHORIZATION_ENDPOINT] = { "oauth-authorization-endpoint",
					    lk_rule_https, NULL, BOTH },
	[LK_KEY_CLIENT_ID] = { "oauth-client-id", lk_rule_text, NULL, BOTH },
	[LK_KEY_SCOPE] = { "oauth-scope", lk_rule_text, NULL, BOTH },
	[LK_KEY_CLIENT_SECRET] = { "oauth-client-secret-from", lk_source_rule,
				   NULL, BOTH },
	SERVICE(LK_KEY_IMAP, "imap", "implicit"),
	SERVICE(LK_KEY_POP3, "pop3", "implicit"),
	SERVICE(LK_KEY_LDAP, "ldap", "starttls"),
	SERVICE(LK_KEY_SIEVE, "sieve", "starttls"),
	[LK_KEY_PROVIDER_NAME] = { "provider", lk_rule_name, NULL,
				   LK_KEY_ACCOUNT | SHOWN },
	[LK_KEY_MATCH] = { "match", lk_rule_domains, NULL,
			   LK_KEY_PROVIDER | SHOWN },
	[LK_KEY_SECRET_KIND] = { "secret-kind", lk_rule_secret_kind, NULL,
				 LK_KEY_PROVIDER | SHOWN },
	[LK_KEY_ADVICE] = { "advice", lk_rule_text, NULL, LK_KEY_PROVIDER },
	[LK_KEY_FACTS] = { "facts", lk_rule_text, NULL, LK_KEY_PROVIDER },
	[LK_KEY_ENABLED] = { "enabled", lk_rule_yes, NULL,
			     LK_KEY_PLUGIN | SHOWN },
	[LK_KEY_CRITICAL] = { "critical", lk_rule_yes, NULL,
			      LK_KEY_PLUGIN | SHOWN },
};

static const struct {
	unsigned where;
	const char *text;
} places[] = {
	{ LK_KEY_PROVIDER, "in a [provider] section" },
	{ LK_KEY_ACCOUNT, "in an [account] section" },
	{ LK_KEY_PLUGIN, "in a file of mechs.d" },
};

int
lk_key_find(const char *name, size_t len)
{
	int i;

	for (i = 0; i < LK_KEYS; i++)
		if (*lk_keys[i].name == *name &&
		    strlen(lk_keys[i].name) == len &&
		    memcmp(lk_keys[i].name, name, len) == 0)
			return i;
	return -1;
}

/* user:secret@host */
static bool
has_secret(const char *value)
{
	const char *colon = strchr(value, ':');

	return colon && strchr(colon, '@');
}

int
lk_key_check(enum lk_key_id id, const char *value, struct lk_error *err)
{
	const struct lk_key *key = &lk_keys[id];
	const char *rule = key->rule(value);
	char shown[256];

	if (!rule)
		return 0;
	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	if ((key->flags & LK_KEY_SHOWN) && !has_secret(value))
		lk_fail(err, LK_E_CONFIG, "%s: \"%s\" %s", key->name, shown,
			rule);
	else
		lk_fail(err, LK_E_CONFIG, "%s: the value %s", key->name, rule);
	lk_key_advise(id, value, err);
	return -1;
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
lk_key_unknown(const char *name, size_t len, unsigned where,
	       struct lk_error *err)
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

		if (!(lk_keys[i].flags & where) || (nearest && d >= best))
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

int
lk_key_allow(const char *name, size_t len, unsigned where,
	     struct lk_error *err)
{
	int id = lk_key_find(name, len);
	size_t i;

	if (id < 0 && lk_key_is_param(name, len))
		return 0;
	if (id < 0)
		return lk_key_unknown(name, len, where, err);
	if (lk_keys[id].flags & where)
		return 0;
	for (i = 0; !(lk_keys[id].flags & places[i].where); i++)
		;
	return lk_fail(err, LK_E_CONFIG, "%s: this key can only stand %s",
		       lk_keys[id].name, places[i].text);
}
