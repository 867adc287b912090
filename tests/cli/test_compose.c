/* Messages as they come in and as they go out. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/compose.h"
#include "temp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FULL "From: a@x\nTo: b@y\nDate: d\nMessage-ID: <m>\n"
#define DATE "Date: Thu, 01 Jan 1970 00:00:00 +0000\n"
#define ID "Message-ID: <0.u@x>\n"
#define ADDED DATE ID

/* A file with this text, read from `skip` on; or a pipe. */
static int
source(const char *text, size_t len, bool is_pipe, size_t skip)
{
	char path[TEMP];
	int ends[2], fd;

	if (is_pipe) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], text, len), len);
		close(ends[1]);
		return ends[0];
	}
	fd = temp_file(path, "latchkey-compose");
	assert_true(fd >= 0);
	unlink(path);
	while (skip--)
		assert_int_equal(write(fd, "?", 1), 1);
	skip = (size_t)lseek(fd, 0, SEEK_CUR);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, (off_t)skip, SEEK_SET), skip);
	return fd;
}

static const struct golden {
	const char *in;
	const char *options;        /* t: -t, s: --subject, 8: 8-bit */
	const char *from;           /* -f, or NULL */
	const char *out;            /* NULL: refused */
	const char *to;             /* with -t: recipients joined by | */
	const char *sender;
} cases[] = {
	/* whole: not changed */
	{ FULL "\nbody\n", "", NULL, FULL "\nbody\n", "", "a@x" },
	{ FULL "\n", "", NULL, FULL "\n", "", "a@x" },
	{ FULL, "", NULL, FULL, "", "a@x" },
	{ FULL "Bcc: c@z\n\nbody", "", NULL, FULL "Bcc: c@z\n\nbody", "",
	  "a@x" },
	{ "from: a@x\nDATE: d\nmessage-id: <m>\n\nb", "", NULL,
	  "from: a@x\nDATE: d\nmessage-id: <m>\n\nb", "", "a@x" },
	{ "From: a@x\r\nDate: d\r\nMessage-ID: <m>\r\n\r\nb\r\n", "", NULL,
	  "From: a@x\r\nDate: d\r\nMessage-ID: <m>\r\n\r\nb\r\n", "", "a@x" },
	{ "From: a@x\nDate : d\nMessage-ID:\n <m>\n\n\n\nb", "", NULL,
	  "From: a@x\nDate : d\nMessage-ID:\n <m>\n\n\n\nb", "", "a@x" },
	/* what is missing is added behind what is there */
	{ "Subject: s\n\nbody", "", "a@x", "Subject: s\nFrom: a@x\n" ADDED
	  "\nbody", "", "a@x" },
	{ "Subject: s", "", "a@x", "Subject: s\nFrom: a@x\n" ADDED "\n", "",
	  "a@x" },
	{ "From: Ann\n <a@x>\nMessage-ID: <m>\n\nb", "", NULL,
	  "From: Ann\n <a@x>\nMessage-ID: <m>\n" DATE "\nb", "", "a@x" },
	{ "From: n@n, m@m\nDate: d\n\nb", "", NULL, "From: n@n, m@m\nDate: d\n"
	  "Message-ID: <0.u@n>\n\nb", "", "n@n" },
	{ "Subject: s\r\n\r\nb", "", "a@x", "Subject: s\r\nFrom: a@x\r\n"
	  "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0.u@x>\r\n"
	  "\r\nb", "", "a@x" },
	{ FULL "\nb", "s", NULL, FULL "Subject: Hi\n\nb", "", "a@x" },
	{ "From: a@x\nDate: d\nMessage-ID: <m>\n\nb", "s", NULL, "From: a@x\n"
	  "Date: d\nMessage-ID: <m>\nTo: r@z\nSubject: Hi\n\nb", "", "a@x" },
	{ "From: a@x\nDate: d\nMessage-ID: <m>\n\nb", "", "<>",
	  "From: a@x\nDate: d\nMessage-ID: <m>\n\nb", "", "" },
	{ "From: a@x\nDate: d\n\nb", "", "<>", "From: a@x\nDate: d\n"
	  "Message-ID: <0.u@localhost>\n\nb", "", "" },
	/* a bare body */
	{ "hello\n", "", "a@x", "From: a@x\nTo: r@z\n" ADDED "\nhello\n", "",
	  "a@x" },
	{ "hello world: x\n", "", "a@x", "From: a@x\nTo: r@z\n" ADDED
	  "\nhello world: x\n", "", "a@x" },
	{ "hello", "s", "a@x", "From: a@x\nTo: r@z\nSubject: Hi\n" ADDED
	  "\nhello", "", "a@x" },
	{ " indented\nx", "", "a@x", "From: a@x\nTo: r@z\n" ADDED
	  "\n indented\nx", "", "a@x" },
	{ "\nNote: this\n", "", "a@x", "From: a@x\nTo: r@z\n" ADDED
	  "\nNote: this\n", "", "a@x" },
	{ "h\xc3\xa9\n", "8", "a@x", "From: a@x\nTo: r@z\n" ADDED
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	  "Content-Transfer-Encoding: 8bit\n\nh\xc3\xa9\n", "", "a@x" },
	{ FULL "\nh\xc3\xa9\n", "8", NULL, FULL "\nh\xc3\xa9\n", "", "a@x" },
	/* -t */
	{ FULL "Cc: c@z,\n d@z\nBcc: e@z,\n f@z\nX: y\n\nb", "t", NULL, FULL
	  "Cc: c@z,\n d@z\nX: y\n\nb", "b@y|c@z|d@z|e@z|f@z", "a@x" },
	{ FULL "Bcc: e@z", "t", NULL, FULL, "b@y|e@z", "a@x" },
	{ FULL "To: c@z\nbcc:\n\n", "t", NULL, FULL "To: c@z\n\n", "b@y|c@z",
	  "a@x" },
	{ FULL "Bcc: a b@c\n\n", "t", NULL, NULL, NULL, NULL },
	{ "hello\n", "t", "a@x", "From: a@x\n" ADDED "\nhello\n", "", NULL },
	{ "From: a@x\nDate: d\nMessage-ID: <m>\nBcc: c@z\n\nb", "ts", NULL,
	  "From: a@x\nDate: d\nMessage-ID: <m>\nSubject: Hi\n\nb", "c@z",
	  "a@x" },
	/* refused */
	{ "", "", "a@x", NULL, NULL, NULL },
	{ "Subject: s\nno field\n\nb", "", "a@x", NULL, NULL, NULL },
	{ "Subject: s\n\nb", "s", "a@x", NULL, NULL, NULL },
	{ "Subject: s\n\nb", "", "<>", NULL, NULL, NULL },
	{ "Subject: s\n\nb", "", NULL, NULL, NULL, NULL },
	{ "From: a b@x\n\nb", "", NULL, NULL, NULL, NULL },
	{ "From:\n\nb", "", NULL, NULL, NULL, NULL },
	{ "hello", "", "a\rb@x", NULL, NULL, NULL },
	{ "hello", "", "a@x, b@x", NULL, NULL, NULL },
};

static void
slurp(const struct lk_input *in, struct lk_buf *to)
{
	char piece[100];
	uint64_t at = in->offset;
	ssize_t n;

	while ((n = pread(in->fd, piece, sizeof(piece), (off_t)at)) > 0) {
		assert_int_equal(lk_buf_add(to, piece, (size_t)n), 0);
		at += (uint64_t)n;
	}
}

/* 0 and the whole message in `out`, or -1. */
static int
compose(const struct golden *g, int fd, struct lk_buf *out,
	struct lk_error *err)
{
	struct lk_compose c = { .from = g->from, .now = 0, .unique = "u" };
	struct lk_addresses to = { 0 }, shown = { 0 };
	struct lk_input in;
	char *sender = NULL, joined[256] = "";
	size_t n = 0, i;
	int r = lk_input_read(&in, fd, UINT64_MAX, err);

	c.subject = strchr(g->options, 's') ? "Hi" : NULL;
	c.from_header = strchr(g->options, 't') != NULL;
	if (r == 0)
		sender = lk_compose_sender(&c, &in, err);
	if (sender && g->sender)
		assert_string_equal(sender, g->sender);
	r = sender ? lk_compose_recipients(&c, &in, &to, err) : -1;
	for (i = 0; r == 0 && i < to.n; i++)
		n += (size_t)snprintf(joined + n, sizeof(joined) - n, "%s%s",
				      i ? "|" : "", to.list[i]);
	if (r == 0 && g->to)
		assert_string_equal(joined, g->to);
	if (r == 0 && !c.from_header)
		r = lk_addresses_read(&shown, "TO", "r@z", 3, err);
	if (r == 0)
		r = lk_compose_head(&c, &in, sender, &shown,
				    strchr(g->options, '8') != NULL, out, err);
	if (r == 0)
		slurp(&in, out);
	lk_addresses_wipe(&to);
	lk_addresses_wipe(&shown);
	lk_input_wipe(&in);
	free(sender);
	return r;
}

static void
goldens(void **state)
{
	size_t i, way;

	(void)state;
	for (i = 0; i < 3 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct golden *g = &cases[i / 3];
		struct lk_error err = { 0 };
		struct lk_buf out;
		int fd, r;

		way = i % 3;
		lk_buf_init(&out, 1 << 20);
		fd = source(g->in, strlen(g->in), way == 0, way == 2 ? 5 : 0);
		r = compose(g, fd, &out, &err);
		close(fd);
		if ((r == 0) != (g->out != NULL))
			fail_msg("%s: %s", g->in, r ? err.sentence : "taken");
		if (r == 0)
			assert_string_equal(lk_buf_text(&out), g->out);
		if (r < 0)
			assert_true(*err.sentence && err.cls < 0);
		lk_buf_wipe(&out);
	}
}

static void
subjects(void **state)
{
	static const struct {
		const char *subject, *field;
	} table[] = {
		{ "", "Subject: \n" },
		{ "plain = text", "Subject: plain = text\n" },
		{ "\xc3\xa4", "Subject: =?UTF-8?B?w6Q=?=\n" },
		/* 45 octets would cut the last character */
		{ "12345678901234567890123456789012345678901234\xc3\xa4",
		  "Subject: =?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3"
		  "ODkwMTIzNDU2Nzg5MDEyMzQ=?=\n =?UTF-8?B?w6Q=?=\n" },
		{ "a\nBcc: x@y", NULL },
		{ "a\r", NULL },
		{ "\xff", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct lk_compose c = { .subject = table[i].subject,
					.unique = "u" };
		struct lk_addresses to = { 0 };
		struct lk_error err = { 0 };
		struct lk_input in = { .fd = -1 };
		struct lk_buf head;
		int r;

		lk_buf_init(&in.header, 4096);
		lk_buf_init(&head, 4096);
		lk_buf_puts(&in.header, FULL);
		r = lk_compose_head(&c, &in, "a@x", &to, false, &head, &err);
		assert_int_equal(r, table[i].field ? 0 : -1);
		if (r == 0 && !strstr(lk_buf_text(&head), table[i].field))
			fail_msg("%s", lk_buf_text(&head));
		lk_buf_wipe(&head);
		lk_buf_wipe(&in.header);
	}
}

/* A pipe that gives one octet at a time gives the same. */
static void
any_pieces(void **state)
{
	static const struct {
		const char *text, *body;
		size_t header;
	} table[] = {
		{ "Subject: s\r\nFrom: a@x\r\n\r\nbody", "body", 23 },
		{ "\r\nNote: x", "Note: x", 0 },
		{ "no: field\nno field", NULL, 0 },
		{ "bare", "bare", 0 },
	};
	struct lk_input in;
	int ends[2];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char body[16] = "";
		int r;

		assert_int_equal(pipe(ends), 0);
		if (fork() == 0) {
			close(ends[0]);
			for (j = 0; table[i].text[j]; j++) {
				if (write(ends[1], table[i].text + j, 1) != 1)
					_exit(1);
				usleep(500);
			}
			_exit(0);
		}
		close(ends[1]);
		r = lk_input_read(&in, ends[0], UINT64_MAX, NULL);
		assert_int_equal(r, table[i].body ? 0 : -1);
		if (r == 0) {
			assert_int_equal(in.header.len, table[i].header);
			assert_true(in.is_spooled);
			assert_true(pread(in.fd, body, 15,
					  (off_t)in.offset) > 0);
			assert_string_equal(body, table[i].body);
		}
		lk_input_wipe(&in);
		close(ends[0]);
	}
}

static void
the_copy_is_private(void **state)
{
	struct lk_input in;
	struct stat st;
	int fd = source("hello\n", 6, true, 0);

	(void)state;
	assert_int_equal(lk_input_read(&in, fd, UINT64_MAX, NULL), 0);
	assert_int_equal(fstat(in.fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fcntl(in.fd, F_GETFD) & FD_CLOEXEC);
	lk_input_wipe(&in);
	close(fd);

	setenv("TMPDIR", "/nonexistent", 1);
	fd = source("hello\n", 6, true, 0);
	assert_int_equal(lk_input_read(&in, fd, UINT64_MAX, NULL), -1);
	lk_input_wipe(&in);
	close(fd);
	unsetenv("TMPDIR");
}

/* Header blocks may be large, but not without end. */
static void
bounds(void **state)
{
	static const size_t sizes[] = { 900000, 2000000 };
	size_t i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		bool is_field = i < 2;
		size_t size = sizes[i % 2];
		char *text = malloc(size);
		struct lk_error err = { 0 };
		struct lk_input in;
		int fd, r;

		memset(text, 'x', size);
		for (j = 0; is_field && j + 4 <= size; j += 4)
			memcpy(text + j, "A:b\n", 4);
		fd = source(text, size, false, 0);
		r = lk_input_read(&in, fd, UINT64_MAX, &err);
		assert_int_equal(r, i == 1 ? -1 : 0);
		if (r < 0)
			assert_non_null(strstr(err.sentence, "1 MiB"));
		else
			assert_int_equal(in.is_bare, !is_field);
		lk_input_wipe(&in);
		close(fd);
		free(text);
	}
}

static int
setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goldens),
		cmocka_unit_test(subjects),
		cmocka_unit_test(any_pieces),
		cmocka_unit_test(the_copy_is_private),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
