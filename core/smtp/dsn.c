/* What a sender asks for in delivery reports (RFC 3461).
 * SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define ENVID_MAX 100               /* RFC 3461, 4.4 */

static const char *const returns[] = { "FULL", "HDRS" };
static const char *const events[] = { "NEVER", "SUCCESS", "FAILURE", "DELAY" };

static const char *
find(const char *const *list, size_t n, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lk_ascii_equal_n(word, len, list[i]))
			return list[i];
	return NULL;
}

/* `NEVER` stands alone, the others once each. */
static int
read_notify(const char *value, char *to, size_t room)
{
	const char *at = value, *word, *known;
	size_t n = 0, len;

	to[0] = '\0';
	while ((word = lk_ascii_next(&at, ",", &len))) {
		known = find(events, 4, word, len);
		if (!known || strstr(to, known) || strcmp(to, *events) == 0 ||
		    (n > 0 && known == *events))
			return -1;
		n += (size_t)snprintf(to + n, room - n, "%s%s", n ? "," : "",
				      known);
	}
	return n > 0 ? 0 : -1;
}

/* xtext (RFC 3461, 4) */
static int
read_envid(const char *value, char *to, size_t room)
{
	const char *p;
	size_t n = 0;

	if (!*value || strlen(value) > ENVID_MAX)
		return -1;
	for (p = value; *p; p++) {
		if (*p < '!' || *p > '~')
			return -1;
		n += (size_t)snprintf(to + n, room - n, *p == '+' || *p == '='
				      ? "+%02X" : "%c", (unsigned)*p);
	}
	return 0;
}

static int
bad(struct lk_error *err, const char *what, const char *value,
    const char *rule)
{
	char shown[128];

	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	lk_fail(err, LK_E_USAGE, "%s: \"%s\" is not %s", what, shown, rule);
	if (err)
		err->stage = LK_STAGE_ENVELOPE;
	return -1;
}

int
lk_dsn_take(struct lk_smtp *s, const struct lk_envelope *e,
	    struct lk_error *err)
{
	struct lk_dsn *d = &s->dsn;

	memset(d, 0, sizeof(*d));
	if (e->dsn_notify &&
	    read_notify(e->dsn_notify, d->notify, sizeof(d->notify)) < 0)
		return bad(err, "dsn-notify", e->dsn_notify, "never, or some "
			   "of success,failure,delay");
	if (e->dsn_ret) {
		d->ret = find(returns, 2, e->dsn_ret, strlen(e->dsn_ret));
		if (!d->ret)
			return bad(err, "dsn-ret", e->dsn_ret, "full or hdrs");
	}
	if (e->envid && read_envid(e->envid, d->envid, sizeof(d->envid)) < 0)
		return bad(err, "envelope id", e->envid, "1-100 printable "
			   "characters without blanks");
	if (!(e->dsn_notify || e->dsn_ret || e->envid) ||
	    s->caps.flags & LK_CAP_DSN)
		return 0;
	lk_warn(s, "the server does not offer DSN: it is not told which "
		"delivery reports are wanted");
	memset(d, 0, sizeof(*d));
	return 0;
}
