/* One mechanism under an exchange. SPDX-License-Identifier: MIT */
#include "trial.h"

#include "base/base64.h"
#include "host.h"

#include <string.h>

#define ROOM (1 << 20)

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	struct trial *t = ctx;

	(void)ask;
	(void)err;
	if (t->pendings > 0) {
		t->pendings--;
		lk_secret_wait(to, -1, 0, 10);
		return LK_PENDING;
	}
	return lk_secret_add(to, t->secret.data, t->secret.len) < 0
	       ? LK_E_NOMEM : LK_DONE;
}

void
trial_open(struct trial *t, const char *id, bool initial_response)
{
	static const char *const offered[] = { "LOGIN", "PLAIN", NULL };
	struct lk_exchange_with with = {
		.host = fuzz_host(NULL, NULL),
		.login = &t->login,
		.profile = lk_profile_smtp(),
		.facts = &t->facts,
		.offered = offered,
		.initial_response = initial_response,
	};
	struct lk_error err;

	t->login.size = sizeof(t->login);
	t->login.host = "mx.example";
	t->login.port = 587;
	t->login.secrets = "password";
	t->login.secret = give;
	t->login.ctx = t;
	t->facts.size = sizeof(t->facts);
	lk_buf_init(&t->line, ROOM);
	lk_buf_init(&t->shown, ROOM);
	lk_buf_init(&t->last, ROOM);
	MUST(lk_store_new(&t->store, &t->login, &err) == 0, "store");
	with.entry = fuzz_entry(id);
	with.store = t->store;
	MUST(lk_exchange_new(&t->x, &with, &err) == 0, "%s", err.sentence);
}

void
trial_close(struct trial *t)
{
	lk_exchange_free(t->x);
	lk_store_free(t->store);
	lk_buf_wipe(&t->line);
	lk_buf_wipe(&t->shown);
	lk_buf_wipe(&t->secret);
	lk_buf_wipe(&t->last);
}

static int32_t
settle(struct trial *t, int32_t r)
{
	struct lk_bytes said;

	while (r == LK_PENDING) {
		int32_t fd, timeout;
		uint32_t events;

		lk_exchange_wait(t->x, &fd, &events, &timeout);
		MUST(fd == -1 && timeout == 10, "it waits for fd %d", fd);
		r = lk_exchange_resume(t->x);
	}
	MUST(r >= LK_E_LAST && r <= LK_EXPECT_FAIL, "result %d", (int)r);
	said = lk_exchange_response(t->x);
	if (said.len) {
		lk_buf_clear(&t->last);
		lk_buf_add(&t->last, said.data, said.len);
	}
	/* a refusal explains itself by the server's words */
	if (r < 0 && r != LK_E_CREDENTIALS)
		must_be_error(lk_exchange_error(t->x));
	return r;
}

int32_t
trial_start(struct trial *t)
{
	return settle(t, lk_exchange_start(t->x));
}

static int32_t
challenge(struct trial *t, struct lk_bytes text, bool is_coded)
{
	struct lk_buf coded;
	int32_t r;

	if (!is_coded)
		return lk_exchange_line(t->x, text);
	lk_buf_init(&coded, ROOM);
	lk_base64_encode(&coded, text.data, text.len);
	text.data = coded.data;
	text.len = coded.len;
	r = lk_exchange_line(t->x, text);
	lk_buf_wipe(&coded);
	return r;
}

static void
expand(struct trial *t, const uint8_t *from, size_t len, struct lk_buf *to)
{
	const unsigned char *last = t->last.data, *nonce, *end;
	size_t n = t->last.len, n_nonce = 0;

	nonce = n ? memmem(last, n, "r=", 2) : NULL;
	if (nonce) {
		n_nonce = n - (size_t)(nonce - last);
		end = memchr(nonce, ',', n_nonce);
		n_nonce = end ? (size_t)(end - nonce) : n_nonce;
	}
	for (; len > 0 && to->len < 8192; len--, from++) {
		if (*from == 1)
			lk_buf_add(to, last, n);
		else if (*from == 2)
			lk_buf_add(to, nonce, n_nonce);
		else
			lk_buf_add(to, from, 1);
	}
}

int32_t
trial_event(struct trial *t, struct feed *in, char *kind)
{
	static const struct lk_bytes none;
	struct lk_reply reply = { .size = sizeof(reply), .code = 535,
				  .enhanced = "5.7.8" };
	uint8_t how = feed_octet(in);
	struct lk_bytes text;
	struct lk_buf b;
	int32_t r;

	lk_buf_init(&b, ROOM);
	text.data = feed_until(in, '\n', &text.len);
	expand(t, text.data, text.len, &b);
	if (b.len)
		text.data = b.data;
	text.len = b.len;
	*kind = how == 's' || how == 'f' ? (char)how : how & 1 ? 'c' : 'r';
	if (*kind == 's') {
		r = lk_exchange_success(t->x, none);
	} else if (*kind == 'f') {
		reply.text = text;
		r = lk_exchange_failure(t->x, LK_E_CREDENTIALS, &reply,
					"refused");
	} else {
		r = challenge(t, text, *kind == 'c');
	}
	r = settle(t, r);
	lk_buf_wipe(&b);
	return r;
}

const char *
trial_response(struct trial *t, size_t *len)
{
	struct lk_bytes b = lk_exchange_response(t->x);

	*len = b.data ? b.len : strlen("(none)");
	return b.data ? (const char *)b.data : "(none)";
}

void
trial_check(struct trial *t)
{
	const struct lk_error *e = lk_exchange_error(t->x);

	if (t->secret.len < 8)
		return;
	MUST(!marker_find(t->shown.data, t->shown.len, t->secret.data,
			  t->secret.len), "shown: %.*s", (int)t->shown.len,
	     (char *)t->shown.data);
	MUST(!marker_find(e->sentence, strlen(e->sentence), t->secret.data,
			  t->secret.len), "told: %s", e->sentence);
}
