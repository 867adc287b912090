/* The host's side of a secret source, for its tests.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SECRET_H
#define TESTS_UNIT_SECRET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <latchkey/provider.h>

#include "conf/source.h"

#include <poll.h>
#include <string.h>

struct lk_secret {
	char data[LK_SOURCE_MAX + 1];
	size_t len;
	int fd, ms;
	int waits;
};

int
lk_secret_add(struct lk_secret *s, const void *data, size_t len)
{
	if (len > LK_SOURCE_MAX - s->len)
		return -1;
	memcpy(s->data + s->len, data, len);
	s->len += len;
	s->data[s->len] = '\0';
	return 0;
}

void
lk_secret_wait(struct lk_secret *s, int32_t fd, uint32_t events,
	       int32_t timeout_ms)
{
	assert_int_equal(events, LK_WAIT_READ);
	s->fd = fd;
	s->ms = timeout_ms;
	s->waits++;
}

static struct lk_secret secret;
static struct lk_error err;

/* Ask, and wait as a host does. */
static int32_t
ask_for(struct lk_account *a, const char *key, uint32_t flags)
{
	struct lk_ask ask = { sizeof(ask), flags, key, NULL, NULL };
	struct lk_login login = { .size = sizeof(login) };
	int32_t r;

	memset(&secret, 0, sizeof(secret));
	memset(&err, 0, sizeof(err));
	lk_account_login(a, &login);
	while ((r = login.secret(login.ctx, &ask, &secret, &err)) ==
	       LK_PENDING) {
		struct pollfd p = { secret.fd, POLLIN, 0 };

		assert_int_equal(secret.len, 0);
		poll(&p, 1, secret.ms);
	}
	return r;
}

static struct lk_account *
with(const char *key, const char *source)
{
	struct lk_account *a = NULL;

	assert_int_equal(lk_account_new(&a, NULL), 0);
	if (lk_account_set(a, key, source, &err) < 0)
		fail_msg("%s: %s", source, err.sentence);
	return a;
}

static inline int32_t
ask(const char *source)
{
	struct lk_account *a = with("password-from", source);
	int32_t r = ask_for(a, "password", 0);

	lk_account_free(a);
	return r;
}

#endif
