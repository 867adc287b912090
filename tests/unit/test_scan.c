/* What is found where, and what happens when it changes.
 * SPDX-License-Identifier: MIT */
#include "place.h"

#include "mech/host.h"

#include "mech/host.h"

#include <sys/wait.h>

static void
test_order(void **state)
{
	struct lk_host *host;

	(void)state;
	put("good", "a/one.so");
	put("good", "b/two.so");
	put("good", "data/latchkey/v0/three.so");
	host = host_new();
	assert_seen(look(host, "a/one.so", "simple"), LK_MECH_FOUND, "");
	assert_seen(look(host, "b/two.so", "simple"), LK_MECH_SHADOWED,
		    at("a/one.so"));
	assert_seen(look(host, "data/latchkey/v0/three.so", "simple"),
		    LK_MECH_SHADOWED, at("a/one.so"));
	assert_int_equal(look(host, "a/one.so", NULL).flags, 0);
	assert_int_equal(look(host, "data/latchkey/v0/three.so", NULL).flags,
			 LK_MECH_USER_DIR);

	/* the next one takes its place */
	unlink(at("a/one.so"));
	assert_seen(look_again(host, "b/two.so", "simple"), LK_MECH_FOUND, "");
	assert_int_equal(look(host, "a/one.so", NULL).state, 0);
	assert_seen(look(host, "data/latchkey/v0/three.so", "simple"),
		    LK_MECH_SHADOWED, at("b/two.so"));
	lk_host_free(host);
	unlink(at("b/two.so"));
	unlink(at("data/latchkey/v0/three.so"));
}

static void
test_twice(void **state)
{
	struct lk_host *host;

	(void)state;
	put("good", "a/one.so");
	put("good", "a/two.so");
	put("good", "b/three.so");
	host = host_new();
	assert_seen(look(host, "a/one.so", "simple"), LK_MECH_FAILED,
		    at("a/two.so"));
	assert_seen(look(host, "a/two.so", "simple"), LK_MECH_FAILED,
		    at("a/one.so"));
	assert_part(look(host, "a/two.so", NULL).reason,
		    "the id simple is also in");
	assert_seen(look(host, "b/three.so", "simple"), LK_MECH_FOUND, "");
	unlink(at("a/two.so"));
	assert_seen(look_again(host, "a/one.so", "simple"), LK_MECH_FOUND, "");
	lk_host_free(host);
	unlink(at("a/one.so"));
	unlink(at("b/three.so"));
}

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		int32_t state;
	} names[] = {
		{ "a/x.so", LK_MECH_FOUND },
		{ "a/0-x_y.so", LK_MECH_FOUND },
		{ "a/Simple.so", LK_MECH_FAILED },
		{ "a/x y.so", LK_MECH_FAILED },
		{ "a/-x.so", LK_MECH_FAILED },
		{ "a/_x.so", LK_MECH_FAILED },
		{ "a/.x.so", LK_MECH_FAILED },
		{ "a/.so", LK_MECH_FAILED },
		{ "a/x.y.so", LK_MECH_FAILED },
		{ "a/x\n.so", LK_MECH_FAILED },
		{ "a/x.so.bak", 0 },
		{ "a/x.la", 0 },
		{ "a/so", 0 },
		{ "a/README", 0 },
	};
	struct lk_host *host;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		put("good", names[i].name);
		host = host_new();
		assert_seen(look(host, names[i].name, NULL), names[i].state,
			    names[i].state == LK_MECH_FAILED
				    ? "the name must be lower case letters"
				    : "");
		lk_host_free(host);
		unlink(at(names[i].name));
	}
}

static void
test_no_files(void **state)
{
	static const char text[100] = "no ELF file, but long enough for one";
	struct lk_host *host;

	(void)state;
	mkdir(at("a/directory.so"), 0755);
	assert_int_equal(mkfifo(at("a/fifo.so"), 0600), 0);
	assert_int_equal(symlink("/nowhere", at("a/dangling.so")), 0);
	assert_int_equal(symlink("/dev/null", at("a/device.so")), 0);
	spill("a/empty.so", "", 0);
	spill("a/text.so", text, sizeof(text));
	host = host_new();
	assert_seen(look(host, "a/directory.so", ""), LK_MECH_FAILED,
		    "a directory, not a regular file");
	assert_seen(look(host, "a/fifo.so", ""), LK_MECH_FAILED,
		    "a FIFO, not a regular file");
	assert_seen(look(host, "a/dangling.so", ""), LK_MECH_FAILED,
		    "No such file or directory");
	assert_seen(look(host, "a/empty.so", ""), LK_MECH_FAILED,
		    "too short for an ELF file");
	assert_seen(look(host, "a/text.so", ""), LK_MECH_FAILED,
		    "not an ELF file");
	lk_host_free(host);
	rmdir(at("a/directory.so"));
	unlink(at("a/fifo.so"));
	unlink(at("a/dangling.so"));
	unlink(at("a/device.so"));
	unlink(at("a/empty.so"));
	unlink(at("a/text.so"));
}

/* One file is one plugin, whatever leads to it; its real path is shown. */
static void
test_links(void **state)
{
	struct lk_host *host;

	(void)state;
	put("good", "elsewhere.so");
	assert_int_equal(symlink(at("elsewhere.so"), at("a/link.so")), 0);
	assert_int_equal(symlink("../elsewhere.so", at("a/other.so")), 0);
	assert_int_equal(link(at("elsewhere.so"), at("b/hard.so")), 0);
	host = host_new();
	assert_seen(look(host, "elsewhere.so", "simple"), LK_MECH_FOUND, "");
	assert_int_equal(look(host, "a/link.so", NULL).state, 0);
	assert_int_equal(look(host, "b/hard.so", NULL).state, 0);

	/* the link leads somewhere else */
	put("no-note", "third.so");
	unlink(at("a/link.so"));
	unlink(at("a/other.so"));
	assert_int_equal(symlink(at("third.so"), at("a/link.so")), 0);
	assert_seen(look_again(host, "third.so", ""), LK_MECH_FAILED,
		    "no Latchkey note");
	assert_seen(look(host, "b/hard.so", "simple"), LK_MECH_FOUND, "");
	lk_host_free(host);
	unlink(at("a/link.so"));
	unlink(at("b/hard.so"));
	unlink(at("elsewhere.so"));
	unlink(at("third.so"));
}

static struct lk_entry *
first_of(struct lk_host *host, const char *name)
{
	struct lk_entry **list = lk_host_entries(host), *e = NULL;
	size_t i;

	for (i = 0; list[i] && !e; i++)
		if (strcmp(list[i]->file->path, at(name)) == 0)
			e = list[i];
	free(list);
	return e;
}

static void
test_changes(void **state)
{
	struct lk_host *host;
	struct lk_entry *e;
	struct lk_error err;

	(void)state;
	put("no-note", "a/c.so");
	host = host_new();
	assert_seen(look(host, "a/c.so", ""), LK_MECH_FAILED, "no Latchkey");
	/* cured */
	put("good", "a/c.so");
	assert_seen(look_again(host, "a/c.so", "simple"), LK_MECH_FOUND, "");
	/* unchanged: not read again */
	e = first_of(host, "a/c.so");
	assert_ok(lk_host_scan(host, &err));
	assert_ptr_equal(first_of(host, "a/c.so"), e);
	/* broken again, and cured again */
	put("truncated", "a/c.so");
	assert_seen(look_again(host, "a/c.so", ""), LK_MECH_FAILED, "its end");
	assert_string_equal(e->record.id, "simple");
	put("good", "a/c.so");
	assert_seen(look_again(host, "a/c.so", "simple"), LK_MECH_FOUND, "");

	assert_ok(lk_host_load(host, at("a/c.so"), &err));
	e = first_of(host, "a/c.so");
	put("no-note", "a/c.so");
	assert_seen(look_again(host, "a/c.so", "simple"), LK_MECH_CHANGED,
		    "changed on disk, restart to use it");
	assert_ptr_equal(first_of(host, "a/c.so"), e);
	assert_ok(lk_host_load_entry(host, e, &err));
	assert_non_null(e->calls.step);
	/* removed: gone from the list, good for who has it */
	unlink(at("a/c.so"));
	assert_ok(lk_host_scan(host, &err));
	assert_null(first_of(host, "a/c.so"));
	assert_non_null(e->calls.step);
	lk_host_free(host);
}

/* Changed between the listing and the load. */
static void
test_race(void **state)
{
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "a/race.so");
	host = host_new();
	put("good", "a/race.so");
	assert_int_equal(lk_host_load_entry(host, first_of(host, "a/race.so"),
					    &err), -1);
	assert_part(err.sentence, "changed on disk since it was listed");
	assert_seen(look_again(host, "a/race.so", "simple"), LK_MECH_FOUND,
		    "");
	assert_ok(lk_host_load_entry(host, first_of(host, "a/race.so"), &err));
	lk_host_free(host);
	unlink(at("a/race.so"));
}

static void
test_modes(void **state)
{
	char cure[256];
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "a/mode.so");
	chmod(at("a/mode.so"), 0666);
	host = host_new();
	snprintf(cure, sizeof(cure), "chmod go-w %s", at("a/mode.so"));
	assert_seen(look(host, "a/mode.so", "simple"), LK_MECH_FAILED, cure);
	assert_part(look(host, "a/mode.so", NULL).reason, "mode 0666");
	assert_part(look(host, "a/mode.so", NULL).reason, "by everybody");
	assert_int_equal(lk_host_load(host, at("a/mode.so"), &err), -1);
	chmod(at("a/mode.so"), 0755);
	assert_seen(look_again(host, "a/mode.so", "simple"), LK_MECH_FOUND,
		    "");

	/* a directory's cure shows in no time stamp of the file */
	chmod(at("a"), 0775);
	assert_seen(look_again(host, "a/mode.so", "simple"), LK_MECH_FOUND,
		    "");
	assert_int_equal(lk_host_load(host, at("a/mode.so"), &err), -1);
	assert_part(err.sentence, "writable by its group");
	snprintf(cure, sizeof(cure), "chmod go-w %s", at("a"));
	assert_string_equal(err.advice, cure);
	chmod(at("a"), 0755);
	assert_seen(look_again(host, "a/mode.so", "simple"), LK_MECH_FOUND,
		    "");
	assert_ok(lk_host_load(host, at("a/mode.so"), &err));
	lk_host_free(host);
	unlink(at("a/mode.so"));
}

static char logged[1024];

static void
keep_log(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	if (level == LK_LOG_WARN)
		snprintf(logged, sizeof(logged), "%s", text);
}

static void
test_relative(void **state)
{
	struct lk_host_options options = { .size = sizeof(options),
					   .log = keep_log };
	const char *path = getenv("LATCHKEY_PLUGIN_PATH");
	char *saved = strdup(path), mixed[256];
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("good", "a/mode.so");
	snprintf(mixed, sizeof(mixed), "relative::%s:/nowhere", at("a"));
	setenv("LATCHKEY_PLUGIN_PATH", mixed, 1);
	assert_ok(lk_host_new(&host, &options, &err));
	assert_part(logged, "relative: a plugin directory must be absolute");
	assert_seen(look(host, "a/mode.so", "simple"), LK_MECH_FOUND, "");
	lk_host_free(host);

	options.flags = 0x80000000;
	assert_int_equal(lk_host_new(&host, &options, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	setenv("LATCHKEY_PLUGIN_PATH", saved, 1);
	free(saved);
	unlink(at("a/mode.so"));
}

/* In a setuid program the environment names no plugin. */
static int
list_as(mode_t mode)
{
	pid_t pid;
	int status;

	assert_int_equal(chmod(at("program"), mode), 0);
	pid = fork();
	if (pid == 0) {
		execl(at("program"), "program", at("a/good.so"), (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void
test_secure(void **state)
{
	unsigned char *data;
	size_t len;

	(void)state;
	if (geteuid() != 0)
		skip();
	chmod(place, 0755);
	put("good", "a/good.so");
	data = slurp("/proc/self/exe", &len);
	spill("program", data, len);
	free(data);
	assert_int_equal(chown(at("program"), 1, 1), 0);
	assert_int_equal(list_as(0755), 10);
	assert_int_equal(list_as(04755), 11);
	unlink(at("a/good.so"));
}

/* 10: this file is listed, 11: it is not. */
static int
list_one(const char *path)
{
	struct seen s = { .path = path };
	struct lk_host *host;

	if (lk_host_new(&host, NULL, NULL) < 0)
		return 12;
	lk_host_each(host, see, &s);
	lk_host_free(host);
	return s.state ? 10 : 11;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_secure),
	};

	/* not by exit(): LeakSanitizer cannot look into a setuid program */
	if (argc > 1)
		_exit(list_one(argv[1]));
	return cmocka_run_group_tests(tests, place_new, folder_free);
}
