/* URLs. SPDX-License-Identifier: MIT */
#include "conf/url.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define URL_MAX 4096

static const struct scheme {
	const char *text, *tls, *protocol;
	bool is_socket;             /* a path, and no host */
} schemes[] = {
	{ "smtp", "starttls", "smtp", false },
	{ "smtps", "implicit", "smtp", false },
	{ "lmtp", "starttls", "lmtp", false },
	{ "lmtp+unix", "none", "lmtp", true },
};

/* A piece of the URL. */
struct piece {
	const char *at;
	size_t len;
};

static int
bad(struct lk_error *err, const char *sentence)
{
	lk_fail(err, LK_E_CONFIG, "%s", sentence);
	lk_advise(err, "smtp://[USER@]HOST[:PORT] or smtps://[USER@]HOST"
		  "[:PORT], lmtp:// likewise, or lmtp+unix:///PATH; "
		  "everything else by -o KEY=VALUE");
	return -1;
}

static int
secret(struct lk_error *err)
{
	lk_fail(err, LK_E_CONFIG, "a secret never stands in a URL, where "
		"others can read it: use password-from");
	lk_advise(err, "password-from=prompt; a `:` in a user name is %%3A");
	return -1;
}

static int
hex(char c)
{
	c = lk_ascii_lower(c);
	if (lk_ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %-decoded, to free(). */
static char *
decode(struct piece p, struct lk_error *err)
{
	char *out = malloc(p.len + 1);
	size_t n = 0, i;

	if (!out) {
		lk_fail_memory(err);
		return NULL;
	}
	for (i = 0; i < p.len; i++) {
		int high, low;

		out[n++] = p.at[i];
		if (p.at[i] != '%')
			continue;
		high = i + 1 < p.len ? hex(p.at[i + 1]) : -1;
		low = i + 2 < p.len ? hex(p.at[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0) {
			bad(err, "the URL has a % that two hexadecimal digits "
				 "do not follow, or %00");
			free(out);
			return NULL;
		}
		out[n - 1] = (char)(high * 16 + low);
		i += 2;
	}
	out[n] = '\0';
	return out;
}

/* Decode, then set a key. */
static int
set(struct lk_values *v, struct piece key, struct piece value,
    struct lk_error *err)
{
	char *text = decode(value, err);
	int r;

	if (!text)
		return -1;
	r = lk_values_set(v, key.at, key.len, text, NULL, err);
	explicit_bzero(text, strlen(text));
	free(text);
	return r;
}

static bool
is_allowed(struct piece key)
{
	int id = lk_key_find(key.at, key.len);

	return id < 0 ? lk_key_is_param(key.at, key.len)
		      : (lk_keys[id].flags & LK_KEY_QUERY) != 0;
}

static int
read_query(const char *query, struct lk_values *v, struct lk_error *err)
{
	const char *at = query, *pair;
	size_t len;

	while ((pair = lk_ascii_next(&at, "&", &len))) {
		const char *equals = memchr(pair, '=', len);
		struct piece key = { pair, equals ? (size_t)(equals - pair)
						  : len };
		struct piece value = { pair + key.len + 1,
				       equals ? len - key.len - 1 : 0 };
		char shown[48];

		if (equals && is_allowed(key)) {
			if (set(v, key, value, err) < 0)
				return -1;
			continue;
		}
		lk_ascii_printable(shown, sizeof(shown), key.at, key.len);
		lk_fail(err, LK_E_CONFIG, "\"%s\" is not allowed in a URL's "
			"query: use -o KEY=VALUE", shown);
		lk_advise(err, "a query takes tls, ca, pin, auth, ID.PARAM and "
			  "insecure-* only");
		return -1;
	}
	return 0;
}

/* Split host[:port] or [IPv6][:port]; port.at NULL = none. */
static int
split_host(struct piece p, struct piece *host, struct piece *port,
	   struct lk_error *err)
{
	const char *end = p.at + p.len, *close, *rest;

	*port = (struct piece){ NULL, 0 };
	if (p.len && *p.at == '[') {
		close = memchr(p.at, ']', p.len);
		if (!close || !memchr(p.at, ':', (size_t)(close - p.at)))
			return bad(err, "the URL's [ does not open an IPv6 "
					"address in brackets");
		*host = (struct piece){ p.at + 1,
					(size_t)(close - p.at) - 1 };
		rest = close + 1;
	} else {
		rest = memchr(p.at, ':', p.len);
		rest = rest ? rest : end;
		*host = (struct piece){ p.at, (size_t)(rest - p.at) };
	}
	if (rest == end)
		return 0;
	*port = (struct piece){ rest + 1, (size_t)(end - rest) - 1 };
	if (memchr(port->at, ':', port->len))
		return bad(err, "the URL's host holds several colons: an IPv6 "
				"address stands in brackets");
	if (*rest != ':' || lk_ascii_number(port->at, port->len, 65535) < 1)
		return bad(err, "the URL's port is not 1-65535");
	return 0;
}

static int
set_host(struct lk_values *v, struct piece p, struct lk_error *err)
{
	static const struct piece key = { "host", 4 };
	struct lk_error why;

	if (p.len == 0)
		return bad(err, "the URL has no host");
	if (memchr(p.at, '%', p.len))
		return bad(err, "the URL's host holds a %");
	if (set(v, key, p, &why) == 0)
		return 0;
	if (why.cls == LK_E_NOMEM)
		return lk_fail_memory(err);
	return bad(err, "the URL's host is neither a host name nor an "
			"address; IPv6 stands in brackets");
}

static int
read_authority(struct piece p, const char *rest, struct lk_values *v,
	       struct lk_error *err)
{
	static const struct piece user_key = { "user", 4 };
	static const struct piece port_key = { "port", 4 };
	const char *at = memrchr(p.at, '@', p.len);
	struct piece user = { p.at, at ? (size_t)(at - p.at) : 0 };
	struct piece host, port;

	if (at) {
		p.len -= user.len + 1;
		p.at = at + 1;
	}
	if (memchr(user.at, ':', user.len))
		return secret(err);
	if (at && user.len == 0)
		return bad(err, "the URL has an @ and no user before it");
	if (split_host(p, &host, &port, err) < 0) {
		/* user:se/cret@host looks like a host with a strange port */
		return strchr(rest, '@') ? secret(err) : -1;
	}
	if (set_host(v, host, err) < 0)
		return -1;
	if (port.at && set(v, port_key, port, err) < 0)
		return -1;
	return at ? set(v, user_key, user, err) : 0;
}

/* Where the authority begins; NULL with *err set. */
static const char *
read_scheme(const char *url, const struct scheme **scheme,
	    struct lk_error *err)
{
	const char *sep = strstr(url, "://");
	size_t n = sep ? (size_t)(sep - url) : 0, i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!sep || !lk_ascii_equal_n(url, n, schemes[i].text))
			continue;
		*scheme = &schemes[i];
		return sep + 3;
	}
	bad(err, "the URL does not begin with smtp://, smtps://, lmtp:// or "
		 "lmtp+unix://");
	return NULL;
}

/* What stands between the scheme and the query. */
static int
read_place(const struct scheme *scheme, const char *at, const char **rest,
	   struct lk_values *v, struct lk_error *err)
{
	static const struct piece socket = { "socket", 6 };

	*rest = at + strcspn(at, scheme->is_socket ? "?#" : "/?#");
	if (scheme->is_socket && *at != '/')
		return bad(err, "a URL of a socket has no host: three / stand "
				"before its path");
	if (scheme->is_socket)
		return set(v, socket, (struct piece){ at, (size_t)(*rest -
								   at) }, err);
	return read_authority((struct piece){ at, (size_t)(*rest - at) },
			      *rest, v, err);
}

static int
read_all(const char *url, struct lk_values *v, struct lk_error *err)
{
	static const struct piece tls_key = { "tls", 3 };
	static const struct piece protocol_key = { "protocol", 8 };
	const struct scheme *scheme;
	const char *at = read_scheme(url, &scheme, err), *rest;
	struct piece tls, protocol;

	if (!at)
		return -1;
	tls = (struct piece){ scheme->tls, strlen(scheme->tls) };
	protocol = (struct piece){ scheme->protocol,
				   strlen(scheme->protocol) };
	if (read_place(scheme, at, &rest, v, err) < 0)
		return -1;
	if (strchr(rest, '#'))
		return bad(err, "the URL has a fragment (#)");
	if (*rest == '/')
		return bad(err, "the URL has a path: nothing stands between "
				"the host and the query, not even a /");
	if (set(v, tls_key, tls, err) < 0 ||
	    set(v, protocol_key, protocol, err) < 0)
		return -1;
	if (*rest == '?' && read_query(rest + 1, v, err) < 0) {
		/* what the error shows may be the end of a secret */
		return strchr(rest, '@')
			? bad(err, "the URL's query has a key or a value that "
				   "is not allowed") : -1;
	}
	if (strcmp(scheme->text, "smtps") == 0 &&
	    strcmp(v->key[LK_KEY_TLS], "implicit") != 0)
		return bad(err, "smtps:// means tls=implicit, and the query "
				"says otherwise: use smtp://");
	return 0;
}

int
lk_url_parse(const char *url, struct lk_values *v, struct lk_error *err)
{
	size_t n = strnlen(url, URL_MAX + 1), i;

	if (n > URL_MAX)
		return bad(err, "the URL is longer than 4096 octets");
	for (i = 0; i < n; i++)
		if ((unsigned char)url[i] <= ' ' || url[i] == 0x7f)
			return bad(err, "the URL holds a blank or a control "
					"character");
	if (read_all(url, v, err) < 0) {
		lk_values_wipe(v);
		return -1;
	}
	return 0;
}
