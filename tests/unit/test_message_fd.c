/* Messages: memory, then a file, in pieces. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "net/message.h"
#include "temp.h"

#include <stdlib.h>
#include <unistd.h>

static int
file_of(const void *data, size_t len)
{
	char path[TEMP];
	int fd = temp_file(path, "latchkey-message");

	unlink(path);
	assert_int_equal(write(fd, data, len), len);
	return fd;
}

static const struct content {
	const char *head, *file;    /* NULL: none */
	uint64_t offset;
	uint64_t octets, lines;     /* 0 lines: refused */
	const char *sentence;
} contents[] = {
	{ "a\r\n", NULL, 0, 3, 1, NULL },
	{ NULL, "a\nb\n", 0, 6, 2, NULL },
	{ "A: b\n\n", "text\n", 0, 14, 3, NULL },
	{ "A: b\n\n", "XXtext\n", 2, 14, 3, NULL },
	{ "A: b\r", "\ntext\n", 0, 12, 2, NULL },
	{ "A: b\n\n", "", 0, 8, 2, NULL },
	{ "A: b\n\n", "gone", 9, 8, 2, NULL },
	{ NULL, NULL, 0, 0, 0, "empty" },
	{ NULL, "", 0, 0, 0, "empty" },
	{ "", "a", 1, 0, 0, "empty" },
	{ "a\nb\rc\n", NULL, 0, 0, 0, "line 2 of the message has a CR" },
	{ "a\n", "b\nc\r", 0, 0, 0, "line 3 of the message has a CR" },
	{ "a\r", "b\n", 0, 0, 0, "line 1 of the message has a CR" },
	{ "a\r\r\n", NULL, 0, 0, 0, "line 1 of the message has a CR" },
};

/* A part of a file is a message, too; what is behind it is not read. */
static void
test_part(void **state)
{
	static const struct {
		uint64_t offset, length, octets, lines;
	} parts[] = {
		{ 0, 0, 23, 4 }, { 0, 4, 5, 1 }, { 4, 4, 5, 1 },
		{ 4, 6, 9, 2 }, { 12, 100, 9, 2 }, { 12, UINT64_MAX, 9, 2 },
	};
	static const char text[] = "one\ntwo\nsixteen\nok\n";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct lk_message m = {
			.size = sizeof(m), .fd = file_of(text, strlen(text)),
			.offset = parts[i].offset, .length = parts[i].length,
		};
		struct lk_message_facts f = { .size = sizeof(f) };

		assert_int_equal(lk_message_facts(&m, &f, NULL), 0);
		if (f.octets != parts[i].octets || f.lines != parts[i].lines)
			fail_msg("part %zu: %d octets, %d lines", i,
				 (int)f.octets, (int)f.lines);
		/* a program that was built before there were parts */
		m.size = offsetof(struct lk_message, length);
		m.offset = 0;
		memset(&f, 0, sizeof(f));
		f.size = sizeof(f);
		assert_int_equal(lk_message_facts(&m, &f, NULL), 0);
		assert_int_equal(f.octets, 23);
		close(m.fd);
	}
}

static void
test_contents(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		const struct content *c = &contents[i];
		struct lk_message m = { .size = sizeof(m), .fd = -1,
					.offset = c->offset };
		struct lk_message_facts f = { .size = sizeof(f) };
		struct lk_error err = { 0 };
		int r;

		if (c->head) {
			m.head.data = (const unsigned char *)c->head;
			m.head.len = strlen(c->head);
		}
		if (c->file)
			m.fd = file_of(c->file, strlen(c->file));
		r = lk_message_facts(&m, &f, &err);
		if (c->lines ? r != 0 || f.octets != c->octets ||
				       f.lines != c->lines
			     : r != -1 || err.cls != LK_E_MESSAGE ||
				       err.stage != LK_STAGE_MESSAGE ||
				       !strstr(err.sentence, c->sentence))
			fail_msg("content %zu: %d, %d octets, %d lines: %s", i,
				 r, (int)f.octets, (int)f.lines, err.sentence);
		if (m.fd >= 0)
			close(m.fd);
	}
}

static void
test_nul(void **state)
{
	struct lk_message m = {
		.size = sizeof(m), .fd = -1,
		.head = { (const unsigned char *)"a\nb\nc\0d\n", 8 },
	};
	struct lk_message_facts f = { .size = sizeof(f) };
	struct lk_error err = { 0 };

	(void)state;
	assert_int_equal(lk_message_facts(&m, &f, &err), -1);
	assert_int_equal(err.cls, LK_E_MESSAGE);
	assert_non_null(strstr(err.sentence, "line 3 of the message has a N"));
	assert_non_null(strstr(err.advice, "base64"));
}

static void
test_unreadable(void **state)
{
	struct lk_message m = { .size = sizeof(m), .fd = -1 };
	struct lk_message_facts f = { .size = sizeof(f) };
	struct lk_error err = { 0 };
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	m.fd = pipes[0];
	assert_int_equal(lk_message_facts(&m, &f, &err), -1);
	assert_int_equal(err.cls, LK_E_MESSAGE);
	assert_non_null(strstr(err.advice, "file"));
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(lk_message_facts(&m, &f, &err), -1);
	assert_int_equal(err.cls, LK_E_MESSAGE);
}

#define BIG 200001

/* Every octet once, in order, never more than a piece; the file may grow. */
static void
test_pieces(void **state)
{
	unsigned char *all = malloc(BIG);
	struct lk_pieces *p = malloc(sizeof(*p));
	struct lk_message m = { .size = sizeof(m) };
	struct lk_error err = { 0 };
	const unsigned char *data;
	size_t i, len, at = 0;

	(void)state;
	for (i = 0; i < BIG; i++)
		all[i] = (unsigned char)(i % 251);
	m.head.data = all;
	m.head.len = 70000;
	m.fd = file_of(all + 70000 - 5, BIG - 70000 + 5);
	m.offset = 5;
	assert_int_equal(write(m.fd, "more", 4), 4);
	lk_pieces_init(p, &m, BIG);
	while (lk_pieces_next(p, &data, &len, &err) == 1) {
		assert_in_range(len, 1, LK_PIECE);
		assert_memory_equal(data, all + at, len);
		at += len;
	}
	assert_int_equal(at, BIG);
	assert_int_equal(err.cls, 0);
	close(m.fd);
	free(all);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
