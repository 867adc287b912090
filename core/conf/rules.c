/* The rules of values. SPDX-License-Identifier: MIT */
#include "conf/rules.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_MAX 253
#define HTTPS "https://"
#define NAME_MAX_LEN 64
#define PIN "sha256//"
#define PIN_OCTETS 32
#define DAY 86400
#define BUDGET_MAX 100
#define SOCKET_MAX 107              /* of a sockaddr_un, and a NUL */

const char *
lk_rule_text(const char *value)
{
	if (!*value)
		return "is empty";
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return "holds a control character";
	return NULL;
}

const char *
lk_rule_host(const char *value)
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

const char *
lk_rule_word(const char *value)
{
	const char *c;

	if (!*value)
		return "is empty";
	for (c = value; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "is not printable ASCII without blanks";
	return NULL;
}

const char *
lk_rule_port(const char *value)
{
	return lk_ascii_number(value, strlen(value), 65535) < 1
		? "is not 1-65535" : NULL;
}

const char *
lk_rule_tls(const char *value)
{
	static const char words[] = "starttls implicit opportunistic none";

	return lk_ascii_has_word(words, value, strlen(value)) ? NULL
		: "is not starttls, implicit, opportunistic or none";
}

const char *
lk_rule_yes(const char *value)
{
	return lk_ascii_has_word("yes no", value, strlen(value)) ? NULL
		: "is not yes or no";
}

const char *
lk_rule_protocol(const char *value)
{
	return lk_ascii_has_word("smtp lmtp", value, strlen(value)) ? NULL
		: "is not smtp or lmtp";
}

const char *
lk_rule_socket(const char *value)
{
	if (*value != '/')
		return "is no absolute path";
	if (strlen(value) > SOCKET_MAX)
		return "is longer than 107 octets, a socket's path is not";
	return lk_rule_text(value);
}

const char *
lk_rule_notify(const char *value)
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

const char *
lk_rule_ret(const char *value)
{
	return lk_ascii_has_word("full hdrs", value, strlen(value)) ? NULL
		: "is not full or hdrs";
}

const char *
lk_rule_seconds(const char *value)
{
	return lk_ascii_number(value, strlen(value), DAY) < 0
		? "is not a number of seconds, 0-86400" : NULL;
}

const char *
lk_rule_count(const char *value)
{
	return lk_ascii_number(value, strlen(value), BUDGET_MAX) < 0
		? "is not 0-100" : NULL;
}

const char *
lk_rule_pin(const char *value)
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

const char *
lk_rule_name(const char *value)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n == 0 || n > NAME_MAX_LEN || value[n]
		? "is no name: a-z 0-9 . _ - only, at most 64" : NULL;
}

const char *
lk_rule_path(const char *value)
{
	return *value != '/' ? "is no absolute path" : lk_rule_text(value);
}

const char *
lk_rule_log(const char *value)
{
	if (strcmp(value, "syslog") == 0)
		return NULL;
	return lk_rule_path(value) ? "is not syslog or an absolute path"
				   : NULL;
}

/* Where a secret goes: a host by its name, and nothing that hides it. */
const char *
lk_rule_https(const char *value)
{
	const size_t n = strlen(HTTPS);
	const char *why = lk_rule_word(value);

	if (why)
		return why;
	if (strncmp(value, HTTPS, n) != 0 || strchr("/?:", value[n]))
		return "does not begin with https:// and a host";
	return strpbrk(value, "@#\\\"'`<>")
		? "is no plain https URL: no user, no fragment, no quotes"
		: NULL;
}

const char *
lk_rule_domains(const char *value)
{
	const char *at = value, *word;
	char domain[HOST_MAX + 1];
	size_t len, n = 0;

	for (; (word = lk_ascii_next(&at, " \t", &len)); n++) {
		if (len > HOST_MAX)
			return "holds a domain of more than 253 octets";
		memcpy(domain, word, len);
		domain[len] = '\0';
		if (lk_rule_host(domain) || strpbrk(domain, ":,*;"))
			return "is no list of domains by blanks";
	}
	return n ? NULL : "is empty";
}

const char *
lk_rule_secret_kind(const char *value)
{
	static const char words[] = "password app-password authorization-code "
				    "token api-key";

	return lk_ascii_has_word(words, value, strlen(value)) ? NULL
		: "is not password, app-password, authorization-code, token or "
		  "api-key";
}
