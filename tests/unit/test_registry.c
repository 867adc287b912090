/* Each defect of a plugin has its reason, and harms nobody else.
 * SPDX-License-Identifier: MIT */
#include "attempt.h"
#include "place.h"

#include "mech/registry.h"

#include <errno.h>

/* A plugin, its state and reason when listed and after an attempt to load. */
static const struct {
	const char *plugin;
	int32_t listed;
	const char *reason;
	const char *load_reason;
} defects[] = {
	{ "no-note", LK_MECH_FAILED,
	  "not a plugin: it has no Latchkey note", NULL },
	{ "newer-draft", LK_MECH_FAILED, "it was built for draft 5, this "
	  "program reads draft 4: restart", NULL },
	{ "older-draft", LK_MECH_FAILED, "it was built for draft 3, this "
	  "program reads draft 4: rebuild it", NULL },
	{ "other-machine", LK_MECH_FAILED, "built for another machine", NULL },
	{ "truncated", LK_MECH_FAILED, "its end is missing", NULL },
	{ "zeroed-tail", LK_MECH_FAILED, "its end is overwritten", NULL },
	{ "critical-note", LK_MECH_FAILED,
	  "critical flags 0x00800000, which this program does not know", NULL },
	{ "newer-code", LK_MECH_FOUND, "", "its code was built for draft 5" },
	{ "critical-mech", LK_MECH_FOUND, "",
	  "its struct lk_mech has unknown critical flags" },
	{ "critical-plugin", LK_MECH_FOUND, "",
	  "its struct lk_plugin has the unknown critical flags 0x00010000" },
	{ "short-mech", LK_MECH_FOUND, "",
	  "short struct: its struct lk_mech has 16 octets" },
	{ "short-plugin", LK_MECH_FOUND, "",
	  "short struct: its struct lk_plugin has 16 octets" },
	{ "tiny-plugin", LK_MECH_FOUND, "",
	  "short struct: its struct lk_plugin has 4 octets" },
	{ "differs", LK_MECH_FOUND, "",
	  "the note in the file and in memory differ" },
	{ "no-start", LK_MECH_FOUND, "", "it has no start callback" },
	{ "no-step", LK_MECH_FOUND, "", "it has no step callback" },
	{ "no-free", LK_MECH_FOUND, "", "it has no free callback" },
	{ "no-mechs", LK_MECH_FOUND, "", "it has no mechs callback" },
	{ "no-symbol", LK_MECH_FAILED,
	  "it has Latchkey notes, but exports no latchkey_plugin_v0", NULL },
	{ "init-fails", LK_MECH_FOUND, "",
	  "its init failed: it has a bad day" },
	{ "undefined-symbol", LK_MECH_FOUND, "",
	  "undefined symbol: latchkey_test_nowhere" },
	{ "missing-library", LK_MECH_FOUND, "",
	  "libtest_gone.so: cannot open shared object file" },
	{ "list-empty", LK_MECH_FOUND, "", "its library offers no mechanism" },
	{ "list-stranger", LK_MECH_FOUND, "",
	  "the note in the file and in memory differ" },
};

static void
try_defect(size_t i, struct lk_host *host)
{
	const char *reason = defects[i].load_reason ? defects[i].load_reason
						    : defects[i].reason;
	struct lk_error err;
	char name[64];

	snprintf(name, sizeof(name), "a/%s.so", defects[i].plugin);
	assert_seen(look(host, name, NULL), defects[i].listed,
		    defects[i].reason);
	assert_int_equal(lk_host_load(host, at(name), &err), -1);
	assert_part(err.sentence, at(name));
	assert_part(err.sentence, reason);
	assert_seen(look(host, name, NULL), LK_MECH_FAILED, reason);
	/* it is kept, not tried again */
	assert_int_equal(lk_host_load(host, at(name), &err), -1);
	assert_part(err.sentence, reason);
	assert_seen(look_again(host, name, NULL), LK_MECH_FAILED, reason);
}

static void
test_defects(void **state)
{
	struct lk_host *host;
	struct lk_error err;
	char name[64];
	size_t i;

	(void)state;
	put("good", "b/good.so");
	for (i = 0; i < sizeof(defects) / sizeof(*defects); i++) {
		snprintf(name, sizeof(name), "a/%s.so", defects[i].plugin);
		put(defects[i].plugin, name);
		host = host_new();
		try_defect(i, host);
		/* and a good one in a later directory takes over */
		assert_seen(look(host, "b/good.so", "simple"), LK_MECH_FOUND,
			    "");
		assert_ok(lk_host_load(host, at("b/good.so"), &err));
		assert_seen(look(host, "b/good.so", "simple"),
			    LK_MECH_LOADED, "");
		lk_host_free(host);
		unlink(at(name));
	}
	unlink(at("b/good.so"));
}

static struct lk_entry *
entry(struct lk_host *host, const char *id)
{
	struct lk_entry **list = lk_host_entries(host), *e = NULL;
	size_t i;

	assert_non_null(list);
	for (i = 0; list[i]; i++)
		if (strcmp(list[i]->record.id, id) == 0)
			e = list[i];
	free(list);
	return e;
}

static void
test_load(void **state)
{
	struct lk_host *host, *other;
	struct lk_entry *e, *twin;
	struct lk_error err;

	(void)state;
	put("good", "a/simple.so");
	host = host_new();
	e = entry(host, "simple");
	assert_non_null(e);
	assert_null(e->mech);
	assert_string_equal(e->record.wire, "SIMPLE");
	assert_string_equal(e->params[0]->name, "word");
	assert_null(e->params[1]);
	assert_ok(lk_host_load_entry(host, e, &err));
	assert_int_equal(e->state, LK_MECH_LOADED);
	assert_non_null(e->mech);
	assert_ptr_equal(e->calls.start, e->mech->start);
	assert_ok(lk_host_load_entry(host, e, &err));

	/* two hosts share the code and the lock of a serial plugin */
	other = host_new();
	twin = entry(other, "simple");
	assert_ok(lk_host_load_entry(other, twin, &err));
	assert_ptr_equal(twin->mech, e->mech);
	assert_ptr_equal(twin->file->serial, e->file->serial);
	lk_host_free(other);

	/* a host that comes after an upgrade still gets the old code */
	put("good", "a/simple.so");
	other = host_new();
	twin = entry(other, "simple");
	assert_int_equal(twin->state, LK_MECH_FOUND);
	assert_ok(lk_host_load_entry(other, twin, &err));
	assert_ptr_equal(twin->mech, e->mech);
	assert_seen(look(other, "a/simple.so", NULL), LK_MECH_CHANGED,
		    "changed on disk, restart to use it");
	assert_seen(look_again(other, "a/simple.so", NULL), LK_MECH_CHANGED,
		    "changed on disk, restart to use it");
	assert_int_equal(e->state, LK_MECH_LOADED);
	lk_host_free(other);
	lk_host_free(host);
	unlink(at("a/simple.so"));
}

static void
test_inside(void **state)
{
	struct lk_host *host, *other;
	struct lk_entry *e, *serial;
	struct lk_error err;

	(void)state;
	put("good", "a/simple.so");
	put("list", "a/list.so");
	host = host_new();
	e = entry(host, "list-*");
	serial = entry(host, "simple");
	assert_ok(lk_host_load_entry(host, serial, &err));
	lk_entry_enter(serial);
	assert_int_equal(pthread_mutex_trylock(serial->file->serial), EBUSY);
	assert_null(entry(host, "simple"));
	assert_int_equal(lk_host_load_entry(host, e, &err), -1);
	assert_int_equal(err.cls, LK_E_UNSUPPORTED);
	assert_part(err.sentence, "from inside of another mechanism");
	other = host_new();
	assert_null(entry(other, "simple"));
	lk_host_free(other);
	lk_entry_leave(serial);
	assert_int_equal(pthread_mutex_trylock(serial->file->serial), 0);
	pthread_mutex_unlock(serial->file->serial);
	assert_ok(lk_host_load_entry(host, e, &err));
	lk_host_free(host);
	unlink(at("a/simple.so"));
	unlink(at("a/list.so"));
}

/* Whoever found it loadable a moment ago does not load it any more. */
static void
test_frozen_meanwhile(void **state)
{
	struct lk_host *host;
	struct lk_entry *e;
	struct lk_error err;

	(void)state;
	put("good", "a/meanwhile.so");
	host = host_new();
	e = entry(host, "simple");
	lk_host_freeze(host);
	assert_int_equal(lk_file_load(e->file, &err), -1);
	assert_part(err.sentence, "not loaded, and loading is frozen");
	assert_null(e->file->reason);
	lk_host_free(host);
	unlink(at("a/meanwhile.so"));
}

static void
test_parallel(void **state)
{
	struct lk_host *host;
	struct lk_entry *e;
	struct lk_error err;

	(void)state;
	put("parallel", "a/parallel.so");
	host = host_new();
	e = entry(host, "simple");
	assert_ok(lk_host_load_entry(host, e, &err));
	lk_entry_enter(e);
	assert_int_equal(pthread_mutex_trylock(e->file->serial), 0);
	pthread_mutex_unlock(e->file->serial);
	lk_entry_leave(e);
	lk_host_free(host);
	unlink(at("a/parallel.so"));
}

/* They share their calls, which are told by the plugin's own pointer, and may
 * look behind what the host knows of it. */
static void
assert_says(const struct lk_entry *e, const char *param, const char *word)
{
	const char *const params[] = { param, NULL };
	struct attempt a;

	attempt_init(&a, e->mech);
	a.entry = *e;
	a.login.params = params;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_available(a.x), LK_DONE);
	assert_int_equal(lk_exchange_start(a.x), LK_DONE);
	assert_string_equal(attempt_response(&a), word);
	attempt_close(&a);
}

static void
test_run_time_list(void **state)
{
	struct lk_host *host;
	struct lk_entry *prefix, *one, *two;
	struct lk_error err;

	(void)state;
	put("list", "a/names.so");
	host = host_new();
	prefix = entry(host, "list-*");
	assert_non_null(prefix);
	assert_string_equal(prefix->record.wire, "");
	assert_null(entry(host, "list-one"));
	assert_ok(lk_host_load_entry(host, prefix, &err));
	assert_null(entry(host, "list-*"));
	one = entry(host, "list-one");
	assert_non_null(one);
	assert_int_equal(one->state, LK_MECH_LOADED);
	assert_string_equal(one->record.wire, "ONE");
	assert_string_equal(one->params[0]->name, "depth");
	assert_non_null(one->calls.step);
	assert_ok(lk_host_load_entry(host, one, &err));
	/* what is noted for all of the list is theirs who list it */
	assert_says(one, NULL, "ONE3");
	assert_says(one, "list-one.depth=7", "ONE7");
	assert_says(one, "list-*.depth=7", "ONE3");
	two = entry(host, "list-two");
	assert_null(two->params[0]);
	assert_says(two, NULL, "TWO");
	lk_host_free(host);
	unlink(at("a/names.so"));
}

static void
test_constructor(void **state)
{
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	setenv("LK_TEST_MARK", at("mark"), 1);
	put("constructor", "a/constructor.so");
	host = host_new();
	assert_seen(look_again(host, "a/constructor.so", "simple"),
		    LK_MECH_FOUND, "");
	assert_int_equal(access(at("mark"), F_OK), -1);
	assert_ok(lk_host_load(host, at("a/constructor.so"), &err));
	assert_int_equal(access(at("mark"), F_OK), 0);
	lk_host_free(host);
	unsetenv("LK_TEST_MARK");
	unlink(at("a/constructor.so"));
}

static void
test_load_by_path(void **state)
{
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "elsewhere.so");
	host = host_new();
	assert_int_equal(look(host, "elsewhere.so", NULL).state, 0);
	assert_int_equal(lk_host_load(host, "elsewhere.so", &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(lk_host_load(host, at("nowhere.so"), &err), -1);
	assert_part(err.sentence, "no such file");
	assert_ok(lk_host_load(host, at("elsewhere.so"), &err));
	assert_seen(look_again(host, "elsewhere.so", "simple"),
		    LK_MECH_LOADED, "");
	lk_host_free(host);
	unlink(at("elsewhere.so"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_frozen_meanwhile),
		cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_run_time_list),
		cmocka_unit_test(test_constructor),
		cmocka_unit_test(test_load_by_path),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
