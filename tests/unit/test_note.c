/* Notes of good files, of bad ones, and of hostile ones.
 * SPDX-License-Identifier: MIT */
#include "place.h"

#include "mech/note.h"
#include "mech/value.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define CF LK_F_CLIENT_FIRST
#define SF LK_F_SERVER_FIRST
#define R2(flags, flags2, strength, id, wire, needs, wants) \
	{ LK_ABI, flags, strength, id, wire, needs, wants, "", "1", "", flags2 }
#define R(flags, strength, id, wire, needs, wants) \
	R2(flags, 0, strength, id, wire, needs, wants)

/* fault NULL: good; else why this mechanism, or the whole file, is refused. */
static const struct {
	struct lk_mech_record record;
	const char *fault;
	const char *file;
} records[] = {
	{ R(CF, 0, "a", "A", "", ""), NULL, NULL },
	{ R(SF, 1000, "0a-b", "A_B-9", "x|y z", "x cb:tls-exporter"), NULL,
	  NULL },
	{ R(CF | LK_F_IR_ONLY, 0, "a", "ABCDEFGHIJKLMNOPQRST", "oauth.token",
	    ""), NULL, NULL },
	{ R(CF | 0x8000, 0, "a", "A", "", ""), NULL, NULL },
	{ R(CF | LK_F_NEEDS_TLS, 0, "a", "A", "", ""), NULL, NULL },
	{ R(0, 0, "a-*", "", "", ""), NULL, NULL },
	{ R(CF, 0, "a-*", "", "", ""), NULL, NULL },
	{ R(CF | 0x40000, 0, "a", "A", "", ""), "flags 0x00040000", NULL },
	{ R(CF | 0x80000000, 0, "a", "A", "", ""), "flags 0x80000000", NULL },
	{ R2(CF, 0xffff, 0, "a", "A", "", ""), NULL, NULL },
	{ R2(CF, 0x10000, 0, "a", "A", "", ""), "flags 0x00010000 in its second "
	  "word", NULL },
	{ R2(CF, 0x80000001, 0, "a", "A", "", ""), "flags 0x80000000 in its",
	  NULL },
	{ R(CF | LK_F_SECURITY_LAYER, 0, "a", "A", "", ""),
	  "security layers", NULL },
	{ R(CF | SF, 0, "a", "A", "", ""), "either", NULL },
	{ R(0, 0, "a", "A", "", ""), "either", NULL },
	{ R(CF | SF, 0, "a-*", "", "", ""), "either", NULL },
	{ R(SF | LK_F_IR_ONLY, 0, "a", "A", "", ""), "ir-only", NULL },
	{ R(CF, -1, "a", "A", "", ""), "strength -1", NULL },
	{ R(CF, 1001, "a", "A", "", ""), "strength 1001", NULL },
	{ R(CF, 0, "a", "", "", ""), "wire name \"\"", NULL },
	{ R(CF, 0, "a", "a", "", ""), "wire name \"a\"", NULL },
	{ R(CF, 0, "a", "A B", "", ""), "wire name \"A B\"", NULL },
	{ R(CF, 0, "a", "ABCDEFGHIJKLMNOPQRSTU", "", ""), "wire name", NULL },
	{ R(CF, 0, "a-*", "A", "", ""), "must be empty", NULL },
	{ R(CF, 0, "a", "A", " x", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "x ", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "x  y", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "x|", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "|x", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "X", ""), "single blanks", NULL },
	{ R(CF, 0, "a", "A", "", "x|y"), "single blanks", NULL },
	{ R(CF, 0, "", "A", "", ""), NULL, "its id \"\"" },
	{ R(CF, 0, "A", "A", "", ""), NULL, "its id \"A\"" },
	{ R(CF, 0, "-a", "A", "", ""), NULL, "its id \"-a\"" },
	{ R(CF, 0, "a*", "A", "", ""), NULL, "its id \"a*\"" },
	{ R(CF, 0, "*", "", "", ""), NULL, "its id \"*\"" },
	{ R(CF, 0, "-*", "", "", ""), NULL, "its id \"-*\"" },
	{ R(CF, 0, "a\033[1m", "A", "", ""), NULL, "control characters" },
	{ R(CF, 0, "a", "A", "", "\n"), NULL, "control characters" },
};

static void
test_records(void **state)
{
	struct lk_notes *notes;
	struct lk_error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(records) / sizeof(*records); i++) {
		notes = lk_notes_new();
		r = lk_notes_add(notes, LK_NOTE_MECH, &records[i].record,
				 sizeof(records[i].record), &err);
		if (r == 0)
			r = lk_notes_end(notes, &err);
		if ((r < 0) != (records[i].file != NULL))
			fail_msg("record %zu: %s", i, r ? err.sentence : "ok");
		if (r < 0)
			assert_part(err.sentence, records[i].file);
		else if (records[i].fault && !notes->mechs[0].fault)
			fail_msg("record %zu is good", i);
		else if (records[i].fault)
			assert_part(notes->mechs[0].fault, records[i].fault);
		else if (notes->mechs[0].fault)
			fail_msg("record %zu: %s", i, notes->mechs[0].fault);
		lk_notes_free(notes);
	}
}

#define P(flags, min, max, id, name, type, dflt) \
	{ LK_ABI, flags, min, max, id, name, type, dflt, "" }

static const struct {
	struct lk_param_record record;
	const char *fault;
	const char *file;
} params[] = {
	{ P(0, 0, 0, "a", "x", "string", ""), NULL, NULL },
	{ P(LK_PARAM_SECRET, 0, 0, "a", "x", "string", "any"), NULL, NULL },
	{ P(0, 1, 9, "a", "x-1", "int", "9"), NULL, NULL },
	{ P(0, -5, 5, "a", "x", "int", "-5"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "int", "2147483647"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "duration", "30"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "bool", "yes"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "path", "/x"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "uri", "https://x"), NULL, NULL },
	{ P(0, 0, 0, "a", "x", "enum:a|b-c|9", "b-c"), NULL, NULL },
	{ P(0x10000, 0, 0, "a", "x", "string", ""), "flags 0x00010000", NULL },
	{ P(0, 1, 9, "a", "x", "int", "10"), "\"10\" is not a number from 1 "
	  "to 9", NULL },
	{ P(0, 0, 0, "a", "x", "int", "2147483648"), "not a number", NULL },
	{ P(0, 0, 0, "a", "x", "int", "1x"), "not a number", NULL },
	{ P(0, 0, 0, "a", "x", "int", "-"), "not a number", NULL },
	{ P(0, 0, 0, "a", "x", "duration", "-1"), "seconds", NULL },
	{ P(0, 0, 0, "a", "x", "bool", "true"), "yes or no", NULL },
	{ P(0, 0, 0, "a", "x", "path", "x"), "an absolute path", NULL },
	{ P(0, 0, 0, "a", "x", "uri", "x"), "a URI", NULL },
	{ P(0, 0, 0, "a", "x", "uri", "9x:y"), "a URI", NULL },
	{ P(0, 0, 0, "a", "x", "enum:a|b", "c"), "one of a|b", NULL },
	{ P(0, 0, 0, "a", "x", "enum:", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "x", "enum:a||b", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "x", "enum:a|", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "x", "enum:A", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "x", "", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "x", "integer", ""), "unknown type", NULL },
	{ P(0, 0, 0, "a", "", "string", ""), "parameter \"\"", NULL },
	{ P(0, 0, 0, "a", "X", "string", ""), "parameter \"X\"", NULL },
	{ P(0, 0, 0, "a", "ir", "string", ""), "reserved", NULL },
	{ P(0, 0, 0, "b", "x", "string", ""), NULL, "no mechanism \"b\"" },
	{ P(0, 0, 0, "a", "x\a", "string", ""), NULL, "control characters" },
};

static void
test_params(void **state)
{
	static const struct lk_mech_record mech = R(CF, 0, "a", "A", "", "");
	struct lk_notes *notes;
	struct lk_error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(params) / sizeof(*params); i++) {
		notes = lk_notes_new();
		r = lk_notes_add(notes, LK_NOTE_PARAM, &params[i].record,
				 sizeof(params[i].record), &err);
		if (r == 0) {
			assert_ok(lk_notes_add(notes, LK_NOTE_MECH, &mech,
					       sizeof(mech), &err));
			r = lk_notes_end(notes, &err);
		}
		if ((r < 0) != (params[i].file != NULL))
			fail_msg("parameter %zu: %s", i,
				 r ? err.sentence : "ok");
		if (r < 0)
			assert_part(err.sentence, params[i].file);
		else if (params[i].fault && !notes->mechs[0].fault)
			fail_msg("parameter %zu is good", i);
		else if (params[i].fault)
			assert_part(notes->mechs[0].fault, params[i].fault);
		else if (notes->mechs[0].fault)
			fail_msg("parameter %zu: %s", i,
				 notes->mechs[0].fault);
		lk_notes_free(notes);
	}
}

static void
test_sizes(void **state)
{
	struct {
		struct lk_mech_record record;
		char more[64];
	} longer = { R(CF, 0, "a", "A", "", ""), "of a later draft" };
	struct lk_notes *notes = lk_notes_new();
	struct lk_error err;
	size_t i;

	(void)state;
	assert_int_equal(lk_notes_add(notes, LK_NOTE_MECH, &longer,
				      sizeof(longer.record) - 1, &err), -1);
	assert_part(err.sentence, "short record");
	assert_int_equal(lk_notes_add(notes, LK_NOTE_MECH, &longer, 0, &err),
			 -1);
	assert_part(err.sentence, "short record");
	assert_ok(lk_notes_add(notes, 99, &longer, 1, &err));
	assert_int_equal(notes->n_mechs + notes->n_params, 0);
	for (i = 0; i < LK_NOTES_MAX; i++)
		assert_ok(lk_notes_add(notes, LK_NOTE_MECH, &longer,
				       sizeof(longer), &err));
	assert_int_equal(lk_notes_add(notes, LK_NOTE_MECH, &longer,
				      sizeof(longer), &err), -1);
	assert_part(err.sentence, "more than 256 notes");

	/* an unended text; another draft is told before all else */
	memset(longer.record.summary, 'x', sizeof(longer.record.summary));
	lk_notes_free(notes);
	notes = lk_notes_new();
	assert_int_equal(lk_notes_add(notes, LK_NOTE_MECH, &longer,
				      sizeof(longer), &err), -1);
	assert_part(err.sentence, "the summary in the note of a mechanism is "
		    "too long: at most 95 octets");
	longer.record.abi = 1 << 16;
	assert_int_equal(lk_notes_add(notes, LK_NOTE_MECH, &longer, 4, &err),
			 -1);
	assert_part(err.sentence, "built for version 1 of the plugin");
	assert_part(err.advice, "restart");
	lk_notes_free(notes);
}

/* Five names of channel bindings are more than 64 octets. */
static void
test_long_enum(void **state)
{
	static const struct lk_param_record p =
		P(0, 0, 0, "a", "x", "enum:auto|tls-exporter|"
		  "tls-server-end-point|tls-unique|a-later-one-that-is-long",
		  "");
	struct lk_error err;

	(void)state;
	assert_true(lk_value_is_type(p.type));
	assert_ok(lk_value_check(&p, "a-later-one-that-is-long", &err));
	assert_int_equal(lk_value_check(&p, "a-later-one", &err), -1);
}

static void
test_secret_value(void **state)
{
	static const struct lk_param_record p =
		P(LK_PARAM_SECRET, 0, 0, "a", "x", "int", "");
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_value_check(&p, "hunter2", &err), -1);
	assert_null(strstr(err.sentence, "hunter2"));
	assert_part(err.sentence, "a.x: ");
}

/* ---- files -------------------------------------------------------------- */

static int
read_data(const void *data, size_t len, struct lk_error *err)
{
	struct lk_notes *notes = NULL;
	int fd = memfd_create("plugin", MFD_CLOEXEC), r;

	assert_int_equal(write(fd, data, len), len);
	r = lk_note_read(fd, &notes, err);
	if (r < 0)
		assert_null(notes);
	else
		lk_notes_free(notes);
	close(fd);
	return r;
}

static void
test_truncated(void **state)
{
	unsigned char *data;
	struct lk_error err;
	size_t len, n;

	(void)state;
	data = slurp(built("good"), &len);
	assert_ok(read_data(data, len, &err));
	for (n = 0; n < len; n += n < 4096 ? 1 : 97)
		if (read_data(data, n, &err) == 0)
			fail_msg("%zu of %zu octets are good", n, len);
	assert_int_equal(read_data(data, len - 1, &err), -1);
	assert_part(err.sentence, "its end is missing");
	free(data);
}

/* Any octet, any value: refused or read, but never out of bounds. */
static void
test_hostile(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char *data, saved;
	struct lk_error err;
	size_t len, i, v;

	(void)state;
	data = slurp(built("good"), &len);
	for (i = 0; i < len; i += i < 2048 ? 1 : 61) {
		saved = data[i];
		for (v = 0; v < sizeof(values); v++) {
			data[i] = values[v];
			read_data(data, len, &err);
		}
		data[i] = saved;
	}
	assert_ok(read_data(data, len, &err));
	free(data);
}

/* Load in a child: what a dynamic linker does with a damaged file is its own
 * affair.  Returns its status. */
static int
load_in_child(const char *name)
{
	struct lk_host *host;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (lk_host_new(&host, NULL, NULL) < 0)
			_exit(2);
		_exit(lk_host_load(host, at(name), NULL) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A file whose last octets never reached the disk. */
static void
test_zeroed_tail(void **state)
{
	size_t len, n;
	unsigned char *data, *copy;
	struct lk_error err;
	char name[32];

	(void)state;
	data = slurp(built("good"), &len);
	copy = malloc(len);
	assert_non_null(copy);
	for (n = 1; n < len; n = n * 5 / 4 + 1) {
		memcpy(copy, data, len);
		memset(copy + len - n, 0, n);
		if (read_data(copy, len, &err) < 0)
			continue;
		/* the last header is gone, and nobody noticed */
		if (n >= sizeof(ElfW(Shdr)))
			fail_msg("%zu zero octets pass", n);
		snprintf(name, sizeof(name), "a/tail-%zu.so", n);
		spill(name, copy, len);
		if (!WIFEXITED(load_in_child(name)))
			fail_msg("%zu zero octets pass, and kill", n);
		unlink(at(name));
	}
	free(copy);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_secret_value),
		cmocka_unit_test(test_long_enum),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_zeroed_tail),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
