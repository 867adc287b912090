/* What options say of plugins: disabled, critical, parameters of all logins.
 * SPDX-License-Identifier: MIT */
#include "place.h"

static struct lk_host_options options;

static int
open_host(struct lk_host **host, struct lk_error *err)
{
	options.size = sizeof(options);
	options.program = "test";
	memset(err, 0, sizeof(*err));
	return lk_host_new(host, &options, err);
}

static int
fresh(void **state)
{
	memset(&options, 0, sizeof(options));
	return place_new(state);
}

static void
test_disabled(void **state)
{
	static const struct lk_plugin_setting list[] = {
		{ "one", LK_SETTING_DISABLED }, { NULL, 0 },
	};
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "a/one.so");
	put("good", "b/two.so");
	options.plugins = list;
	assert_ok(open_host(&host, &err));
	assert_seen(look(host, "a/one.so", NULL), LK_MECH_FAILED,
		    "disabled: mechs.d says enabled = no");
	/* it does not stand in the way of another one */
	assert_seen(look(host, "b/two.so", NULL), LK_MECH_FOUND, "");
	assert_int_equal(lk_host_load(host, at("a/one.so"), &err), -1);
	assert_part(err.sentence, "disabled");
	assert_seen(look_again(host, "a/one.so", NULL), LK_MECH_FAILED,
		    "disabled");
	lk_host_free(host);
}

static void
test_critical(void **state)
{
	static const struct lk_plugin_setting list[] = {
		{ "good", LK_SETTING_CRITICAL }, { NULL, 0 },
	};
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	options.plugins = list;
	assert_int_equal(open_host(&host, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_int_equal(err.stage, LK_STAGE_CONFIG);
	assert_part(err.sentence, "the critical plugin good is in none");
	assert_part(err.advice, "critical = no in mechs.d/good.conf");

	spill("a/good.so", "no plugin", 9);
	assert_int_equal(open_host(&host, &err), -1);
	assert_part(err.sentence, "a critical plugin cannot be loaded: ");
	assert_part(err.sentence, at("a/good.so"));

	put("good", "a/good.so");
	assert_ok(open_host(&host, &err));
	assert_seen(look(host, "a/good.so", NULL), LK_MECH_LOADED, "");
	lk_host_free(host);
}

/* A user's own file is no answer to what the administrator wants. */
static void
test_critical_user(void **state)
{
	static const struct lk_plugin_setting list[] = {
		{ "mine", LK_SETTING_CRITICAL }, { NULL, 0 },
	};
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "data/latchkey/v0/mine.so");
	options.plugins = list;
	assert_int_equal(open_host(&host, &err), -1);
	assert_part(err.sentence, "in none of");
}

static int
new_auth(struct lk_host *host, const char *const *params, struct lk_error *err)
{
	struct lk_login login = {
		.size = sizeof(login), .host = "h", .port = 587, .user = "u",
		.params = params,
	};
	struct lk_auth *auth;
	int r;

	memset(err, 0, sizeof(*err));
	r = lk_auth_new(&auth, host, &login, lk_profile_smtp(), err);
	if (r == 0)
		lk_auth_free(auth);
	return r;
}

static int
id_of(void *ctx, const struct lk_mech_info *info)
{
	if (info->record)
		snprintf(ctx, 32, "%s", info->record->id);
	return 0;
}

static void
test_params(void **state)
{
	static char good[64], bad[64];
	static const char *params[4];
	static const char *const places[] = { "r:1", "p.conf:1", "p.conf:2" };
	const char *own[] = { NULL, NULL };
	struct lk_host *host;
	struct lk_error err;
	char id[32] = "";

	(void)state;
	put("good", "a/one.so");
	options.params = params;
	assert_ok(open_host(&host, &err));
	lk_host_each(host, id_of, id);
	snprintf(good, sizeof(good), "%s.ir=never", id);
	snprintf(bad, sizeof(bad), "%s.nosuch=1", id);

	params[0] = "removed.thing=1";
	params[1] = good;
	assert_ok(new_auth(host, NULL, &err));
	params[2] = bad;
	assert_int_equal(new_auth(host, NULL, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_part(err.sentence, "default of all logins: ");
	assert_part(err.sentence, "nosuch");
	lk_host_free(host);
	options.places = places;
	assert_ok(open_host(&host, &err));
	assert_int_equal(new_auth(host, NULL, &err), -1);
	assert_int_equal(strncmp(err.sentence, "p.conf:2: ", 10), 0);
	params[2] = NULL;

	/* what a login itself says must be installed */
	own[0] = "removed.thing=1";
	assert_int_equal(new_auth(host, own, &err), -1);
	assert_part(err.sentence, "\"removed\"");
	lk_host_free(host);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, folder_free)
	const struct CMUnitTest tests[] = {
		TEST(test_disabled),
		TEST(test_critical),
		TEST(test_critical_user),
		TEST(test_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
