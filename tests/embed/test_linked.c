/* Plugins that are part of the program. SPDX-License-Identifier: MIT */
#include "embed.h"

#include "unit/place.h"

#include <errno.h>

LK_PRELOAD(login);
LK_PRELOAD(plain);
LK_PRELOAD(list);
LK_PRELOAD(broken);

/* Nothing of it works. */
const struct lk_plugin broken_LTX_latchkey_plugin_v0 = {
	.size = sizeof(struct lk_plugin), .abi = LK_ABI + 1, .name = "broken",
};

static const struct lk_preloaded both[] = {
	LK_PRELOADED_BEGIN, LK_PRELOADED(login), LK_PRELOADED(plain),
	LK_PRELOADED_END
};

static struct lk_host *
host_with(const struct lk_preloaded *list)
{
	struct lk_host_options options = { .size = sizeof(options),
					   .preloaded = list };
	struct lk_host *host = NULL;
	struct lk_error err;

	assert_ok(lk_host_new(&host, &options, &err));
	return host;
}

static int
find(void *ctx, const struct lk_mech_info *info)
{
	struct seen *s = ctx;

	if (strcmp(info->path, s->path) != 0 ||
	    (s->id && (!info->record ||
		       strcmp(info->record->id, s->id) != 0)))
		return 0;
	s->state = info->state;
	s->flags = info->flags;
	snprintf(s->reason, sizeof(s->reason), "%s", info->reason);
	while (info->params[s->params])
		s->params++;
	return 1;
}

/* A member of the program by its name. */
static struct seen
look_inside(struct lk_host *host, const char *name, const char *id)
{
	struct seen s = { .path = name, .id = id };

	lk_host_each(host, find, &s);
	return s;
}

static void
test_logins(void **state)
{
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	host = host_with(both);
	assert_seen(look_inside(host, "login.a", "login"), LK_MECH_LOADED, "");
	assert_seen(look_inside(host, "login.a", "login-ir"), LK_MECH_LOADED,
		    "");
	assert_seen(look_inside(host, "plain.a", "plain"), LK_MECH_LOADED, "");
	assert_ok(lk_host_scan(host, &err));
	assert_seen(look_inside(host, "plain.a", "plain"), LK_MECH_LOADED, "");
	assert_ok(lk_host_preload(host, "plain LOGIN", &err));
	assert_ok(embed_login(host, "plain", "LOGIN PLAIN", 0, 235, &err));
	lk_host_freeze(host);
	assert_ok(embed_login(host, "login", "LOGIN PLAIN", 2, 235, &err));
	lk_host_free(host);
}

/* Nothing on disk replaces a part of the program. */
static void
test_before_files(void **state)
{
	struct lk_host *host, *other;
	struct lk_error err;
	unsigned char *data;
	char path[4096];
	size_t len;

	(void)state;
	snprintf(path, sizeof(path), "%s/plugins/plain.so", LK_TEST_BUILD_DIR);
	data = slurp(path, &len);
	spill("a/plain.so", data, len);
	free(data);
	put("good", "a/simple.so");
	host = host_with(both);
	assert_seen(look_inside(host, "plain.a", "plain"), LK_MECH_LOADED, "");
	assert_seen(look(host, "a/plain.so", "plain"), LK_MECH_SHADOWED,
		    "shadowed by plain.a, which is part of the program");
	assert_seen(look(host, "a/simple.so", "simple"), LK_MECH_FOUND, "");
	assert_ok(lk_host_preload(host, NULL, &err));
	assert_seen(look(host, "a/simple.so", "simple"), LK_MECH_LOADED, "");

	/* it is this host's alone */
	other = host_new();
	assert_int_equal(look_inside(other, "plain.a", NULL).state, 0);
	assert_seen(look(other, "a/plain.so", "plain"), LK_MECH_FOUND, "");
	lk_host_free(other);
	lk_host_free(host);
	unlink(at("a/plain.so"));
	unlink(at("a/simple.so"));
}

/* One that is broken keeps its place, and harms nobody else. */
static void
test_broken(void **state)
{
	static const struct lk_preloaded mixed[] = {
		LK_PRELOADED_BEGIN, LK_PRELOADED(broken), LK_PRELOADED(plain),
		{ "missing.a", NULL }, LK_PRELOADED_END
	};
	static const struct lk_preloaded none[] = { LK_PRELOADED_END };
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	host = host_with(mixed);
	assert_seen(look_inside(host, "broken.a", NULL), LK_MECH_FAILED,
		    "its code was built for draft 5");
	assert_seen(look_inside(host, "missing.a", NULL), LK_MECH_FAILED,
		    "cannot be loaded by libltdl");
	assert_ok(embed_login(host, "plain", "PLAIN", 0, 235, &err));
	lk_host_free(host);
	lk_host_free(host_with(none));
}

/* Its list is known at run time only, like everything here. */
static void
test_run_time_list(void **state)
{
	static const struct lk_preloaded run_time[] = {
		LK_PRELOADED_BEGIN, LK_PRELOADED(list), LK_PRELOADED_END
	};
	struct lk_host *host, *other;
	struct seen one;

	(void)state;
	host = host_with(run_time);
	one = look_inside(host, "list.a", "list-one");
	assert_seen(one, LK_MECH_LOADED, "");
	assert_int_equal(one.params, 1);
	other = host_with(run_time);
	assert_seen(look_inside(other, "list.a", "list-two"), LK_MECH_LOADED,
		    "");
	assert_int_equal(look_inside(other, "list.a", "list-*").state, 0);
	lk_host_free(other);
	lk_host_free(host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_before_files),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_run_time_list),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
