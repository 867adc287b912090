/* A program's own file beside latchkey.conf; and a token that is kept.
 * SPDX-License-Identifier: MIT */
#include "unit/layers.h"

static char seen[512];

static int
note(void *ctx, const struct lk_line *l, struct lk_error *err)
{
	size_t n = strlen(seen);

	(void)ctx;
	if (strcmp(l->key, "bad") == 0) {
		memset(err, 0, sizeof(*err));
		err->cls = LK_E_CONFIG;
		snprintf(err->sentence, sizeof(err->sentence), "bad is bad");
		return -1;
	}
	snprintf(seen + n, sizeof(seen) - n, "[%s|%s] %s=%s;", l->kind,
		 l->name, l->key, l->value);
	return 0;
}

static int
take(struct lk_error *err)
{
	char dirs[256];
	const struct lk_config_options options = {
		.size = sizeof(options), .dirs = dirs,
	};

	snprintf(dirs, sizeof(dirs), "%s:%s", at("low"), at("high"));
	memset(err, 0, sizeof(*err));
	*seen = '\0';
	return lk_config_lines(&options, "own.conf", note, NULL, err);
}

static void
test_layers(void **state)
{
	struct lk_error err;

	(void)state;
	assert_int_equal(take(&err), 0);
	put("low/own.conf", "a = 1\n[host x.example]\n# no\nb = 2 3\n");
	assert_int_equal(take(&err), 1);
	assert_string_equal(seen, "[|] a=1;[host|x.example] b=2 3;");
	/* the higher one stands in place of it */
	put("high/own.conf", "[program p]\nc =\n");
	assert_int_equal(take(&err), 1);
	assert_string_equal(seen, "[program|p] c=;");
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *line, *words;
	} rows[] = {
		{ "a = 1\nbad = 2\n", "own.conf:2: ", "bad is bad" },
		{ "a = 1\n\n[x\n", "own.conf:3: ", "not closed" },
		{ "nothing\n", "own.conf:1: ", "neither" },
	};
	struct lk_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put("high/own.conf", rows[i].text);
		assert_int_equal(take(&err), -1);
		assert_int_equal(err.stage, LK_STAGE_CONFIG);
		assert_part(err.sentence, at("high"));
		assert_part(err.sentence, rows[i].line);
		assert_part(err.sentence, rows[i].words);
	}
	put("high/own.conf", "a = 1\n");
	chmod(at("high/own.conf"), 0666);
	assert_int_equal(take(&err), -1);
	assert_part(err.sentence, "0666");
}

/* ---- lk_account_keep ------------------------------------------------------ */

/* What an account gives for a token: it is asked as a login does. */
static int32_t
token(struct lk_account *a, uint32_t flags, struct lk_error *err)
{
	struct lk_ask ask = { sizeof(ask), flags, LK_P_TOKEN, NULL, NULL };
	struct lk_login login = { .size = sizeof(login) };

	lk_account_login(a, &login);
	memset(err, 0, sizeof(*err));
	/* nothing is added where it ends with NOPROP */
	return login.secret(login.ctx, &ask, NULL, err);
}

static void
test_keep(void **state)
{
	struct lk_account *a = NULL;
	struct lk_error err;
	char source[256];

	(void)state;
	put("token", "an-old-token\n");
	chmod(at("token"), 0600);
	snprintf(source, sizeof(source), "cmd:cat %s", at("token"));
	assert_int_equal(lk_account_new(&a, &err), 0);
	assert_int_equal(lk_account_keep(a, LK_P_TOKEN, &err), -1);
	assert_part(err.sentence, "no source");
	assert_int_equal(lk_account_set(a, "token-from", source, &err), 0);
	assert_int_equal(lk_account_keep(a, LK_P_TOKEN, &err), 0);
	assert_int_equal(unlink(at("token")), 0);
	/* it is not read again, not even for a fresh one */
	assert_int_equal(token(a, LK_ASK_RENEW, &err), LK_E_NOPROP);
	assert_part(err.sentence, "read already");
	/* another source is another matter */
	assert_int_equal(lk_account_set(a, "token-from", "env:LK_NO", &err),
			 0);
	assert_int_equal(lk_account_keep(a, LK_P_TOKEN, &err), -1);
	lk_account_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layers, layers_new,
						folder_free),
		cmocka_unit_test_setup_teardown(test_refused, layers_new,
						folder_free),
		cmocka_unit_test_setup_teardown(test_keep, layers_new,
						folder_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
