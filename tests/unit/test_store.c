/* The secrets of one login: bounds, sources, leases, scrubbing.
 * SPDX-License-Identifier: MIT */
#include "mech/secret.h"
#include "mech/store.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the program answers when it is asked. */
static struct {
	int32_t result;
	const char *add;
	const char *why;
	int asked;
	uint32_t flags;
	const char *prompt, *context;
} source;

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	assert_ptr_equal(ctx, &source);
	source.asked++;
	source.flags = ask->flags;
	source.prompt = ask->prompt;
	source.context = ask->context;
	if (source.add)
		lk_secret_add(to, source.add, strlen(source.add));
	if (source.why)
		lk_fail(err, LK_E_CONFIG, "%s", source.why);
	if (source.result == LK_PENDING)
		lk_secret_wait(to, 3, LK_WAIT_READ, 77);
	return source.result;
}

static const struct lk_login login = {
	.size = sizeof(login),
	.host = "mail.example",
	.user = "alice",
	.secrets = "password oauth.token",
	.secret = give,
	.ctx = &source,
};

static struct lk_store *
open_store(void)
{
	struct lk_store *s = NULL;

	memset(&source, 0, sizeof(source));
	assert_int_equal(lk_store_new(&s, &login, NULL), 0);
	return s;
}

static void
resolve(struct lk_store *s, const char *add, uint32_t flags)
{
	source.result = LK_DONE;
	source.add = add;
	assert_int_equal(lk_store_resolve(s, "password", flags, NULL), LK_DONE);
}

static void
lease(struct lk_store *s, const char *want)
{
	struct lk_bytes out;

	assert_int_equal(lk_store_lease(s, "password", &out), LK_DONE);
	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(out.data, want, out.len);
}

static void
test_bounds(void **state)
{
	struct lk_secret *secret = lk_secret_new();
	char *much = calloc(1, LK_SECRET_MAX + 1);

	(void)state;
	assert_non_null(secret);
	assert_non_null(much);
	assert_int_equal(lk_secret_add(secret, much, LK_SECRET_MAX + 1), -1);
	assert_int_equal(lk_secret_add(secret, much, LK_SECRET_MAX), 0);
	assert_int_equal(lk_secret_add(secret, much, 0), 0);
	assert_int_equal(lk_secret_add(secret, much, 1), -1);
	assert_int_equal(secret->len, LK_SECRET_MAX);
	lk_secret_free(secret);
	lk_secret_free(NULL);
	free(much);
}

static void
test_who_has_what(void **state)
{
	struct lk_store *s = open_store();

	(void)state;
	assert_true(lk_store_is_secret("password"));
	assert_true(lk_store_is_secret("otp"));
	assert_true(lk_store_is_secret("oauth.token"));
	assert_false(lk_store_is_secret("authid"));
	assert_false(lk_store_is_secret("pass"));
	assert_true(lk_store_has(s, "password"));
	assert_false(lk_store_has(s, "otp"));
	assert_false(lk_store_has(s, "oauth"));
	assert_int_equal(source.asked, 0);
	lk_store_free(s);
	lk_store_free(NULL);
}

/* Each answer of a source. */
static void
test_answers(void **state)
{
	static char too_long[LK_SECRET_MAX + 2];
	static const struct {
		int32_t result;
		const char *add, *why;
		int32_t want;
		const char *sentence;
	} rows[] = {
		{ LK_DONE, "pw", NULL, LK_DONE, NULL },
		{ LK_DONE, "", NULL, LK_E_CONFIG, "the password is empty" },
		{ LK_DONE, NULL, NULL, LK_E_CONFIG, "the password is empty" },
		{ LK_DONE, too_long, NULL, LK_E_CONFIG,
		  "the password is longer than 65536 octets" },
		{ LK_E_NOPROP, "pw", NULL, LK_E_NOPROP,
		  "there is no password for alice at mail.example" },
		{ LK_E_NOPROP, NULL, "no terminal", LK_E_NOPROP,
		  "no terminal" },
		{ LK_E_CANCELLED, NULL, NULL, LK_E_CANCELLED, NULL },
		{ LK_CONTINUE, "pw", NULL, LK_E_INTERNAL, "the source of the "
		  "password returned 1, which is no result" },
		{ -100, NULL, NULL, LK_E_INTERNAL, NULL },
	};
	struct lk_error err;
	struct lk_bytes out;
	size_t i;

	(void)state;
	memset(too_long, 'x', sizeof(too_long) - 1);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lk_store *s = open_store();

		memset(&err, 0, sizeof(err));
		source.result = rows[i].result;
		source.add = rows[i].add;
		source.why = rows[i].why;
		assert_int_equal(lk_store_resolve(s, "password", 0, &err),
				 rows[i].want);
		assert_int_equal(err.cls, rows[i].want);
		if (rows[i].sentence)
			assert_string_equal(err.sentence, rows[i].sentence);
		assert_int_equal(lk_store_lease(s, "password", &out),
				 rows[i].want ? LK_E_NOPROP : LK_DONE);
		assert_int_equal(lk_store_spent(s), !rows[i].want);
		lk_store_free(s);
	}
}

static void
test_nobody_to_ask(void **state)
{
	struct lk_store *s = open_store();
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_store_resolve(s, "otp", 0, &err), LK_E_NOPROP);
	assert_int_equal(lk_store_resolve(s, "authid", 0, &err), LK_E_NOPROP);
	assert_string_equal(err.sentence, "authid is not a secret");
	assert_int_equal(source.asked, 0);
	lk_store_free(s);
}

static void
test_asked_once(void **state)
{
	struct lk_store *s = open_store();

	(void)state;
	resolve(s, "one", LK_ASK_NOPROMPT);
	assert_int_equal(source.flags, LK_ASK_NOPROMPT);
	resolve(s, "two", 0);
	assert_int_equal(source.asked, 1);
	lease(s, "one");
	lease(s, "one");
	assert_true(lk_store_spent(s));
	lk_store_unspend(s);
	assert_false(lk_store_spent(s));
	lk_store_free(s);
}

static void
test_pending(void **state)
{
	struct lk_store *s = open_store();
	struct lk_bytes out;
	uint32_t events;
	int32_t fd, ms;

	(void)state;
	lk_store_wait(s, &fd, &events, &ms);
	assert_int_equal(fd, -1);
	source.result = LK_PENDING;
	source.add = "pw";
	assert_int_equal(lk_store_resolve(s, "password", 0, NULL), LK_PENDING);
	lk_store_wait(s, &fd, &events, &ms);
	assert_int_equal(fd, 3);
	assert_int_equal(events, LK_WAIT_READ);
	assert_int_equal(ms, 77);
	assert_int_equal(lk_store_lease(s, "password", &out), LK_E_NOPROP);

	/* what came in pieces is one secret */
	resolve(s, "d", 0);
	lease(s, "pwd");
	lk_store_wait(s, &fd, &events, &ms);
	assert_int_equal(fd, -1);
	lk_store_free(s);
}

static void
test_renewed(void **state)
{
	struct lk_store *s = open_store();

	(void)state;
	resolve(s, "old", 0);
	assert_false(lk_store_is_same(s, "password"));
	lease(s, "old");
	assert_true(lk_store_is_same(s, "password"));

	/* that it is a renewal outlives a wait; the old one stays till then */
	source.result = LK_PENDING;
	source.add = NULL;
	assert_int_equal(lk_store_resolve(s, "password", LK_ASK_RENEW, NULL),
			 LK_PENDING);
	lease(s, "old");
	resolve(s, "new", 0);
	assert_int_equal(source.flags, LK_ASK_RENEW);
	assert_false(lk_store_is_same(s, "password"));
	lease(s, "new");
	resolve(s, "new", LK_ASK_RENEW);
	assert_true(lk_store_is_same(s, "password"));

	source.result = LK_E_NOPROP;
	assert_int_equal(lk_store_resolve(s, "password", LK_ASK_RENEW, NULL),
			 LK_E_NOPROP);
	lease(s, "new");
	lk_store_free(s);
}

static void
test_fingerprint(void **state)
{
	static const unsigned char k1[16] = "0123456789abcde", k2[16] = "x";
	struct lk_store *s = open_store(), *t = open_store();
	uint64_t f;

	(void)state;
	assert_true(lk_store_fingerprint(s, "password", k1) == 0);
	resolve(s, "secret", 0);
	resolve(t, "secret", 0);
	f = lk_store_fingerprint(s, "password", k1);
	assert_true(f != 0);
	assert_true(f == lk_store_fingerprint(t, "password", k1));
	assert_true(f != lk_store_fingerprint(s, "password", k2));
	assert_true(lk_store_fingerprint(s, "oauth.token", k1) == 0);
	resolve(t, "Secret", LK_ASK_RENEW);
	assert_true(f != lk_store_fingerprint(t, "password", k1));
	lk_store_free(s);
	lk_store_free(t);
}

static void
scrubbed(const struct lk_store *s, const char *text, const char *want)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", text);
	lk_store_scrub(s, copy, strlen(copy));
	assert_string_equal(copy, want);
}

static void
test_scrub(void **state)
{
	struct lk_store *s = open_store();

	(void)state;
	resolve(s, "hunter2", 0);
	/* another login may have sent it, and the server knows it */
	scrubbed(s, "hunter2", "*******");
	lease(s, "hunter2");
	scrubbed(s, "", "");
	scrubbed(s, "hunter", "hunter");
	scrubbed(s, "no hunter2hunter2, aHVudGVyMg==",
		 "no **************, **********==");
	scrubbed(s, "535 AGFsaWNlAGh1bnRlcjI=", "535 AGFsaWNlA**********=");
	resolve(s, "fresh!", LK_ASK_RENEW);
	scrubbed(s, "hunter2 fresh!", "******* ******");
	lease(s, "fresh!");
	scrubbed(s, "hunter2 fresh!", "******* ******");
	resolve(s, "unused", LK_ASK_RENEW);
	resolve(s, "newest", LK_ASK_RENEW);
	scrubbed(s, "hunter2 fresh! unused", "******* ****** ******");
	lk_store_forget(s);
	scrubbed(s, "hunter2 fresh! newest", "******* ****** ******");
	scrubbed(s, "hunter2hunter2", "**************");
	lk_store_forget(s);
	scrubbed(s, "hunter2", "*******");
	lk_store_free(s);

	s = open_store();
	resolve(s, "ab", 0);
	lease(s, "ab");
	scrubbed(s, "xabx YWI= ab", "x**x YWI= **");
	lk_store_forget(s);
	scrubbed(s, "xabx YWI= ab", "x**x YWI= **");
	lk_store_free(s);
}

/* What was forgotten is not to be had any more, leased or not, but it is known
 * again. */
static void
test_forget(void **state)
{
	static const unsigned char key[16] = "0123456789abcde";
	struct lk_store *s = open_store();
	struct lk_bytes out;

	(void)state;
	resolve(s, "hunter2", 0);
	lease(s, "hunter2");
	lk_store_forget(s);
	assert_int_equal(lk_store_lease(s, "password", &out), LK_E_NOPROP);
	lk_store_free(s);

	s = open_store();
	source.result = LK_PENDING;
	assert_int_equal(lk_store_resolve(s, "password", 0, NULL), LK_PENDING);
	lk_store_forget(s);
	resolve(s, "hunter2", 0);
	lk_store_forget(s);
	assert_int_equal(lk_store_lease(s, "password", &out), LK_E_NOPROP);
	assert_true(lk_store_fingerprint(s, "password", key) == 0);
	assert_false(lk_store_is_same(s, "password"));
	scrubbed(s, "hunter2 aHVudGVyMg==", "******* **********==");
	lk_store_free(s);
}

/* A mechanism's own words reach whoever is asked, its flags do not. */
static void
test_words_of_a_mechanism(void **state)
{
	static const struct lk_ask ask = { sizeof(ask), LK_ASK_RENEW,
					   "password", "Response: ",
					   "otp-md5 487 dog2" };
	struct lk_store *s = open_store();

	(void)state;
	source.add = "hunter2";
	assert_int_equal(lk_store_ask(s, &ask, NULL), LK_DONE);
	assert_string_equal(source.prompt, "Response: ");
	assert_string_equal(source.context, "otp-md5 487 dog2");
	assert_int_equal(source.flags, 0);
	lk_store_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_who_has_what),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_nobody_to_ask),
		cmocka_unit_test(test_asked_once),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_scrub),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_words_of_a_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
