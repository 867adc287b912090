/* The URL and the keys of an account: what is refused changes nothing and tells
 * no secret; what is taken makes sense.
 *
 * Input: lines; the first one is a URL, the others KEY=VALUE or URLs.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/ascii.h"
#include "conf/keys.h"

#include <latchkey/provider.h>

#include <stdlib.h>
#include <string.h>

/* All values, "KEY=VALUE" by NUL, and the parameters; to free(). */
static char *
values(struct lk_account *a, size_t *len)
{
	struct lk_login login = { .size = sizeof(login) };
	char *all = NULL;
	size_t i, n = 0;

	lk_account_login(a, &login);
	for (i = 0; i < LK_KEYS || (login.params && login.params[i - LK_KEYS]);
	     i++) {
		const char *v = i < LK_KEYS ? lk_account_get(a, lk_keys[i].name)
				: login.params[i - LK_KEYS];
		size_t more = v ? strlen(v) : 0;

		all = realloc(all, n + more + 2);
		MUST(all, "no memory");
		all[n++] = v ? '=' : '-';
		if (more)
			memcpy(all + n, v, more);
		n += more;
		all[n++] = '\0';
	}
	*len = n;
	return all;
}

static void
check_login(struct lk_account *a)
{
	struct lk_login l = { .size = sizeof(l) };
	const char *host = lk_account_get(a, "host");

	lk_account_login(a, &l);
	MUST(l.size == sizeof(l) && l.secret, "no login");
	MUST(l.port >= 1 && l.port <= 65535, "port %u", l.port);
	MUST(!host || (*host && !strpbrk(host, " \t\r\n/@?#%")), "host %s",
	     host);
	MUST(!host || is_printable(host), "host %s", host);
}

/* "user:SECRET@": the longest thing that could be one must not be told. */
static void
check_secret(const char *url, const struct lk_error *e)
{
	const char *from = strstr(url, "://"), *colon, *at;
	char secret[4096];

	from = from ? from + 3 : url;
	/* a socket: nobody has a name there */
	if (lk_ascii_equal_n(url, (size_t)(from - url), "lmtp+unix://"))
		return;
	colon = strchr(from, ':');
	at = strrchr(url, '@');
	if (!colon || !at || at < colon + 8 ||
	    (size_t)(at - colon) > sizeof(secret))
		return;
	memcpy(secret, colon + 1, (size_t)(at - colon) - 1);
	secret[at - colon - 1] = '\0';
	MUST(!strstr(e->sentence, secret) && !strstr(e->advice, secret),
	     "a secret is told: %s", e->sentence);
}

static void
take_line(struct lk_account *a, char *line)
{
	char *equals = strchr(line, '='), *before, *after;
	bool is_url = strstr(line, "://") || !equals;
	struct lk_error err = { 0 };
	size_t n, m;
	int r;

	before = values(a, &n);
	if (is_url) {
		r = lk_account_url(a, line, &err);
	} else {
		*equals = '\0';
		r = lk_account_set(a, line, equals + 1, &err);
	}
	after = values(a, &m);
	MUST(r == 0 || r == -1, "result %d", r);
	if (r < 0) {
		must_be_error(&err);
		MUST(err.cls == LK_E_CONFIG && err.stage == LK_STAGE_CONFIG,
		     "class %d at stage %d", (int)err.cls, (int)err.stage);
		MUST(n == m && memcmp(before, after, n) == 0,
		     "it failed and changed the account");
		if (is_url)
			check_secret(line, &err);
	} else {
		MUST(!is_url || lk_account_get(a, "host"), "no host");
		check_login(a);
	}
	free(before);
	free(after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct lk_account *a;
	struct lk_error err;
	const uint8_t *p;
	size_t len;
	char *line;

	if (lk_account_new(&a, &err) < 0)
		return 0;
	while (in.left > 0) {
		p = feed_until(&in, '\n', &len);
		line = strndup((const char *)p, len);
		if (line)
			take_line(a, line);
		free(line);
	}
	lk_account_free(a);
	return 0;
}
