/* Each allocation of the client fails once while it logs in and sends over a
 * socket, in the clear and with TLS. SPDX-License-Identifier: MIT */
#include "fail.h"
#include "peer.h"

#include <latchkey/client.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PASSWORD "correct-horse-battery"

static const struct scene {
	const char *name, *tls, *from;
	struct manners manners;
} scenes[] = {
	{ "clear", "none", "env:CHAOS_PASSWORD",
	  { .auth = "PLAIN", .words = "PIPELINING" } },
	{ "clear, a program", "none", "cmd:printenv CHAOS_PASSWORD",
	  { .auth = "PLAIN" } },
	{ "STARTTLS", "starttls", "file:", { .auth = "LOGIN",
	  .starttls = true } },
	{ "TLS", "implicit", "env:CHAOS_PASSWORD", { .auth = "PLAIN" } },
	{ "clear, netrc", "none", "netrc:", { .auth = "PLAIN" } },
	{ "clear, our program", "none", "keyring", { .auth = "PLAIN" } },
};

static char dir[TEMP];

/* What a source finds there, in the file of its name. */
static const struct {
	const char *name, *text;
} files[] = {
	{ "file", PASSWORD },
	{ "netrc", "machine 127.0.0.1 login alice password " PASSWORD },
	{ "keyring", "#!/bin/sh\necho " PASSWORD "\n" },
};

static void
each_file(void (*each)(const char *path, const char *text))
{
	char path[TEMP + 16];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
		each(path, files[i].text);
	}
}

static void
make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRWXU);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text)) > 0);
	close(fd);
}

static void
drop(const char *path, const char *text)
{
	(void)text;
	unlink(path);
}

static unsigned complaints;

static void
complain(const struct scene *s, size_t n, const char *what, int32_t cls)
{
	complaints++;
	print_error("%s: allocation %zu (%s): class %d: %s\n", s->name, n,
		    fail_where(), (int)cls, what);
}

static void
set(struct lk_account *a, const char *key, const char *value)
{
	struct lk_error err;

	if (lk_account_set(a, key, value, &err) < 0)
		fail_msg("%s", err.sentence);
}

static struct lk_account *
new_account(const struct peer *p, const char *tls, const char *source)
{
	struct lk_account *a;
	char port[16], from[128];

	if (source[strlen(source) - 1] == ':')
		snprintf(from, sizeof(from), "%s%s/%.*s", source, dir,
			 (int)strlen(source) - 1, source);
	else
		snprintf(from, sizeof(from), "%s", source);
	snprintf(port, sizeof(port), "%u", p->port);
	assert_int_equal(lk_account_new(&a, NULL), 0);
	set(a, "host", "127.0.0.1");
	set(a, "port", port);
	set(a, "tls", tls);
	set(a, "user", "alice");
	set(a, "password-from", from);
	if (strcmp(tls, "none") != 0)
		set(a, "ca", p->ca);
	return a;
}

/* Returns whether an allocation failed. */
static bool
send_once(const struct scene *s, const struct peer *p, struct lk_account *a,
	  size_t n)
{
	static const struct lk_message hello = {
		.size = sizeof(hello), .fd = -1,
		.head = { (const unsigned char *)"A: b\n\nhi\n", 9 },
	};
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	size_t before = fail_live();
	int accepted = *p->accepted, r;
	struct lk_error err = { 0 };
	struct lk_host *host;
	bool failed;

	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	fail_at(n);
	r = lk_client_send(host, a, &e, &hello, NULL, &err);
	failed = fail_stop();
	lk_host_free(host);
	peer_settle(p);
	accepted = *p->accepted - accepted;
	if (fail_live() != before && failed)
		complain(s, n, "it leaks", err.cls);
	if (r == 0 ? accepted != 1 : accepted && err.cls != LK_E_UNKNOWN)
		complain(s, n, "it does not know what was sent", err.cls);
	if (r < 0 && err.cls != LK_E_NOMEM && err.cls != LK_E_UNKNOWN)
		complain(s, n, err.sentence, err.cls);
	return failed;
}

static void
test_sender(void **state)
{
	size_t i, n, all = 0;

	(void)state;
	setenv("CHAOS_PASSWORD", PASSWORD, 1);
	assert_int_equal(temp_dir(dir, "latchkey-sender"), 0);
	setenv("LATCHKEY_LIBEXEC_DIR", dir, 1);
	each_file(make);
	for (i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		const struct scene *s = &scenes[i];
		struct lk_account *a;
		struct peer p;

		peer_begin(&p, &s->manners, strcmp(s->tls, "implicit") == 0);
		a = new_account(&p, s->tls, s->from);
		/* plugins stay mapped, which costs memory once */
		assert_false(send_once(s, &p, a, (size_t)-2));
		for (n = 0; send_once(s, &p, a, n); n++)
			;
		lk_account_free(a);
		peer_end(&p);
		all += n;
	}
	each_file(drop);
	rmdir(dir);
	print_message("%zu allocations\n", all);
	assert_int_equal(complaints, 0);
	assert_true(all > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
