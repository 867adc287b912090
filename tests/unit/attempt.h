/* An exchange around a mechanism that is linked in, for the tests of both.
 * SPDX-License-Identifier: MIT */
#ifndef TEST_ATTEMPT_H
#define TEST_ATTEMPT_H

#include "base/base64.h"
#include "mech/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct attempt {
	struct lk_host host;
	struct lk_file file;
	struct lk_entry entry;
	struct lk_login login;
	struct lk_profile profile;
	struct lk_facts facts;
	const char *const *offered; /* NULL: LOGIN and PLAIN */
	struct lk_store *store;
	struct lk_exchange *x;
	struct lk_buf line, shown;
	struct lk_bytes password;
	int not_yet;                /* how often the source says LK_PENDING */
	int asked;                  /* how often it was asked */
	char log[2048];             /* all of the log */
};

static inline int32_t
attempt_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	       struct lk_error *err)
{
	struct attempt *a = ctx;

	(void)ask;
	(void)err;
	a->asked++;
	if (a->not_yet) {
		a->not_yet--;
		lk_secret_wait(to, 7, LK_WAIT_READ, 250);
		return LK_PENDING;
	}
	if (!a->password.data)
		return LK_E_NOPROP;
	lk_secret_add(to, a->password.data, a->password.len);
	return LK_DONE;
}

static inline void
attempt_log(void *ctx, uint32_t level, const char *text)
{
	struct attempt *a = ctx;
	size_t n = strlen(a->log);

	(void)level;
	snprintf(a->log + n, sizeof(a->log) - n, "%s\n", text);
}

static inline int32_t
attempt_kind(const struct lk_reply *reply)
{
	(void)reply;
	return LK_REPLY_REFUSED;
}

static inline struct lk_bytes
bytes(const char *text)
{
	struct lk_bytes b = { (const unsigned char *)text, 0 };

	b.len = text ? strlen(text) : 0;
	return b;
}

/* Who logs in where, before attempt_open(); change what is to differ. */
static inline void
attempt_init(struct attempt *a, const struct lk_mech *mech)
{
	memset(a, 0, sizeof(*a));
	a->host.options.log = attempt_log;
	a->host.options.log_ctx = a;
	a->file.calls.threads = LK_PLUGIN_PER_SESSION;
	a->entry.file = &a->file;
	a->entry.calls = *mech;
	a->entry.mech = mech;
	if (mech->note)
		a->entry.record = mech->note->record;
	a->login.size = sizeof(a->login);
	a->login.host = "mail.example";
	a->login.port = 587;
	a->login.user = "alice";
	a->login.secrets = "password oauth.token";
	a->login.secret = attempt_secret;
	a->login.ctx = a;
	a->profile.size = sizeof(a->profile);
	a->profile.service = "smtp";
	a->profile.command = "AUTH";
	a->profile.empty = "=";
	a->profile.cancel = "*";
	a->profile.command_limit = 512;
	a->profile.line_limit = 12288;
	a->profile.kind = attempt_kind;
	a->facts.size = sizeof(a->facts);
	a->password = bytes("s3cret");
	lk_buf_init(&a->line, 65536);
	lk_buf_init(&a->shown, 65536);
}

static inline void
attempt_open(struct attempt *a, bool initial_response)
{
	static const char *const offered[] = { "LOGIN", "PLAIN", NULL };
	struct lk_exchange_with with;

	if (!a->store)
		assert_int_equal(lk_store_new(&a->store, &a->login, NULL), 0);
	with.host = &a->host;
	with.entry = &a->entry;
	with.login = &a->login;
	with.profile = &a->profile;
	with.facts = &a->facts;
	with.offered = a->offered ? a->offered : offered;
	with.store = a->store;
	with.initial_response = initial_response;
	assert_int_equal(lk_exchange_new(&a->x, &with, NULL), 0);
}

static inline void
attempt_close(struct attempt *a)
{
	lk_exchange_free(a->x);
	lk_store_free(a->store);
	lk_buf_wipe(&a->line);
	lk_buf_wipe(&a->shown);
	a->x = NULL;
	a->store = NULL;
}

/* A challenge, given as text: as it stands if raw, else in base64. */
static inline int32_t
attempt_ask(struct attempt *a, const char *text, bool raw)
{
	struct lk_bytes b = bytes(text);
	struct lk_buf coded;
	int32_t r;

	if (raw)
		return lk_exchange_line(a->x, b);
	lk_buf_init(&coded, 65536);
	assert_int_equal(lk_base64_encode(&coded, b.data, b.len), 0);
	b.data = coded.data;
	b.len = coded.len;
	r = lk_exchange_line(a->x, b);
	lk_buf_wipe(&coded);
	return r;
}

/* What the response is, decoded; "(none)" if there is none. */
static inline const char *
attempt_response(struct attempt *a)
{
	struct lk_bytes b = lk_exchange_response(a->x);

	lk_buf_clear(&a->line);
	if (!b.data)
		return "(none)";
	assert_int_equal(lk_buf_add(&a->line, b.data, b.len), 0);
	return lk_buf_text(&a->line);
}

/* The command's line. */
static inline const char *
attempt_command(struct attempt *a, int went_with_it)
{
	assert_int_equal(lk_exchange_command(a->x, &a->line, &a->shown),
			 went_with_it);
	return lk_buf_text(&a->line);
}

static inline const char *
attempt_answer(struct attempt *a)
{
	assert_int_equal(lk_exchange_answer(a->x, &a->line, &a->shown), 0);
	return lk_buf_text(&a->line);
}

#endif
