/* The client with LMTP, BDAT, delivery reports, and more recipients than a
 * server takes at once. SPDX-License-Identifier: MIT */
#include "net/sender.h"

#include "net/pump.h"

#define TO 5
#define MAIL_ { HEAR, "MAIL FROM:<s@example.org>" }, { SAY, "250 ok\r\n" }
#define RCPT(who, reply) { HEAR, "RCPT TO:<" who "@example.org>" }, \
	{ SAY, reply "\r\n" }
#define SENT { HEAR, "DATA" }, { SAY, "354 go\r\n" }, { BODY, NULL }, \
	{ SAY, "250 got it\r\n" }
#define LIMITED { SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, \
	{ SAY, "250-mx\r\n250 LIMITS RCPTMAX=2\r\n" }
#define FULL "452 4.5.3 too many"

static const struct turn limited[] = {
	LIMITED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"), SENT,
	MAIL_, RCPT("c", "550 no"), RCPT("d", "250 ok"), SENT,
	MAIL_, RCPT("e", "250 ok"), SENT, BYE,
};

static const struct turn limited_all_refused[] = {
	LIMITED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"), SENT,
	MAIL_, RCPT("c", "550 no"), RCPT("d", "450 later"),
	{ HEAR, "RSET" }, { SAY, "250 ok\r\n" }, BYE,
};

static const struct turn full[] = {
	GREETED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "550 no"),
	RCPT("c", "250 ok"), RCPT("d", FULL), RCPT("e", FULL), SENT,
	MAIL_, RCPT("d", "250 ok"), RCPT("e", FULL), SENT,
	MAIL_, RCPT("e", "250 ok"), SENT, BYE,
};

static const struct turn full_for_good[] = {
	GREETED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"),
	RCPT("c", "250 ok"), RCPT("d", "250 ok"), RCPT("e", FULL), SENT,
	MAIL_, RCPT("e", FULL), { HEAR, "RSET" }, { SAY, "250 ok\r\n" }, BYE,
};

/* another reason for 452 is no reason to try again */
static const struct turn mailbox_full[] = {
	GREETED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "452 4.2.2 full"),
	RCPT("c", "250 ok"), RCPT("d", "250 ok"), RCPT("e", "250 ok"), SENT,
	{ HEAR, "QUIT" }, { SAY, "221 bye\r\n" }, { END, NULL },
};

static const struct turn lost_between[] = {
	LIMITED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"), SENT,
	MAIL_, RCPT("c", "250 ok"), RCPT("d", "250 ok"), { HEAR, "DATA" },
	{ SAY, "354 go\r\n" }, { BODY, NULL }, { HANG_UP, NULL },
	{ END, NULL },
};

/* QUIT was on its way already: a new connection */
static const struct turn closed_between[] = {
	LIMITED, MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"), SENT,
	{ HANG_UP, NULL }, { ACCEPT, NULL },
	LIMITED, MAIL_, RCPT("c", "250 ok"), RCPT("d", "250 ok"), SENT,
	MAIL_, RCPT("e", "250 ok"), SENT, BYE,
};

#define R LK_E_RECIPIENT
#define T LK_E_TRANSIENT
#define C LK_E_CANCELLED
#define U LK_E_UNKNOWN

static const struct parts {
	const char *what;
	const struct turn *script;
	size_t count;
	uint32_t flags;
	int cls;
	int32_t to[TO];
} parts[] = {
	{ "RCPTMAX", limited, 5, LK_MAIL_PARTIAL, 0, { 0, 0, R, 0, 0 } },
	{ "RCPTMAX, the last", limited, 5, LK_MAIL_PARTIAL | LK_MAIL_LAST, 0,
	  { 0, 0, R, 0, 0 } },
	{ "RCPTMAX, all refused", limited_all_refused, 4, LK_MAIL_PARTIAL, 0,
	  { 0, 0, R, T, 0 } },
	{ "452", full, 5, LK_MAIL_PARTIAL, 0, { 0, R, 0, 0, 0 } },
	{ "452 for good", full_for_good, 5, LK_MAIL_PARTIAL, 0,
	  { 0, 0, 0, 0, T } },
	{ "452 for another reason", mailbox_full, 5, LK_MAIL_PARTIAL, 0,
	  { 0, T, 0, 0, 0 } },
	{ "lost between", lost_between, 5, LK_MAIL_PARTIAL, U,
	  { 0, 0, U, U, C } },
	{ "closed between", closed_between, 5, LK_MAIL_PARTIAL, 0,
	  { 0, 0, 0, 0, 0 } },
};

static void
send_parts(const struct parts *x)
{
	static const char *const names[] = {
		"a@example.org", "b@example.org", "c@example.org",
		"d@example.org", "e@example.org",
	};
	struct lk_recipient to[TO] = { { .cls = 0 } };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = to, .count = x->count,
				 .flags = x->flags };
	struct lk_error err = { .cls = 0 };
	struct lk_client *c;
	struct lk_account *a;
	struct peer p;
	size_t i;
	int r;

	peer_start(&p, NULL, x->script);
	a = account_for(&p, "localhost", "tls", "none", "timeout", "5", NULL);
	for (i = 0; i < x->count; i++)
		to[i].address = names[i];
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	r = lk_client_mail(c, &e, &hello, &err);
	if (x->flags & LK_MAIL_LAST)
		assert_false(lk_client_is_connected(c));
	lk_client_close(c);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	if (r != (x->cls ? -1 : 0) || err.cls != x->cls || p.wrong[0])
		fail_msg("%s: %d, class %d: %s; server: %s", x->what, r,
			 (int)err.cls, err.sentence, p.wrong);
	for (i = 0; i < x->count; i++)
		if (to[i].cls != x->to[i])
			fail_msg("%s: recipient %zu: %d", x->what, i,
				 (int)to[i].cls);
}

static void
test_parts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		send_parts(&parts[i]);
}

/* Where nothing was said to anybody, nobody counts as sent to. */
static void
test_not_connected(void **state)
{
	static const struct turn none[] = { { HANG_UP, NULL }, { END, NULL } };
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "", .to = &to,
				 .count = 1 };
	struct lk_account *a;
	struct lk_error err;
	struct peer p;

	(void)state;
	peer_start(&p, NULL, none);
	a = account_for(&p, "localhost", "tls", "none", NULL);
	assert_int_equal(lk_client_send(NULL, a, &e, &hello, NULL, &err), -1);
	assert_int_equal(to.cls, LK_E_CANCELLED);
	lk_account_free(a);
	peer_stop(&p);
}

/* ---- LMTP over a Unix socket ------------------------------------------- */

static const struct turn lmtp[] = {
	{ SAY, "220 lmtp\r\n" }, { HEAR, "LHLO " }, { SAY, "250 lmtp\r\n" },
	MAIL_, RCPT("a", "250 ok"), RCPT("b", "250 ok"),
	{ HEAR, "DATA" }, { SAY, "354 go\r\n" }, { BODY, NULL },
	{ SAY, "250 a has it\r\n552 5.2.2 b is full\r\n" }, BYE,
};

static void
test_lmtp(void **state)
{
	char dir[TEMP], path[TEMP + 2], url[TEMP + 16];
	struct lk_recipient to[] = {
		{ .address = "a@example.org" }, { .address = "b@example.org" },
	};
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = to, .count = 2 };
	struct lk_client_info info = {
		/* of a program that was built when it had fewer members */
		.size = offsetof(struct lk_client_info, attempts),
		.attempts = 77,
	};
	struct lk_error err = { .cls = 0 };
	struct lk_facts facts;
	struct lk_client *c;
	struct lk_account *a;
	struct peer p;

	(void)state;
	assert_int_equal(temp_dir(dir, "latchkey"), 0);
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(url, sizeof(url), "lmtp+unix://%s", path);
	assert_int_equal(lk_account_new(&a, NULL), 0);
	assert_int_equal(lk_account_url(a, url, &err), 0);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);

	assert_int_equal(lk_client_connect(c, &err), -1);
	assert_int_equal(err.cls, LK_E_CONNECT);
	assert_int_equal(err.stage, LK_STAGE_CONNECT);
	assert_non_null(strstr(err.sentence, path));
	assert_non_null(strstr(err.advice, "nothing listens"));

	peer_start_at(&p, path, lmtp);
	assert_int_equal(lk_client_connect(c, &err), 0);
	facts = lk_connect_facts(c);
	assert_int_equal(facts.flags, LK_FACT_PRIVATE);
	lk_client_get_info(c, &info);
	assert_string_equal(info.peer + strlen("unix:"), path);
	assert_int_equal(info.attempts, 77);
	assert_int_equal(lk_client_mail(c, &e, &hello, &err), -1);
	assert_int_equal(err.cls, LK_E_RECIPIENT);
	assert_non_null(strstr(err.sentence, "sent to others, but refused "
			       "for: <b@example.org>: 552"));
	assert_int_equal(to[0].cls, 0);
	assert_int_equal(to[1].cls, LK_E_RECIPIENT);
	assert_string_equal(to[1].enhanced, "5.2.2");
	lk_client_close(c);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
	lk_client_free(c);
	lk_account_free(a);
	unlink(path);
	rmdir(dir);
}

/* A path is not looked at by parts, and a full queue costs its deadline. */
static void
test_socket(void **state)
{
	char dir[TEMP], path[TEMP + 2];
	char longer[200];
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct lk_address address;
	struct lk_error err;
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fds[8], n = 0;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(lk_dial_socket(longer, 100, &address, fds, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_int_equal(temp_dir(dir, "latchkey"), 0);
	snprintf(path, sizeof(path), "%s/s", dir);
	memcpy(a.sun_path, path, sizeof(path));
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 0), 0);
	while (n < 8 && lk_dial_socket(path, 100, &address, &fds[n],
				       &err) == 0)
		n++;
	assert_in_range(n, 1, 7);
	assert_int_equal(err.cls, LK_E_CONNECT);
	assert_non_null(strstr(err.sentence, "timed out"));
	while (n > 0)
		close(fds[--n]);
	close(listener);
	unlink(path);
	rmdir(dir);
}

/* ---- keys --------------------------------------------------------------- */

#define EXTENDED { SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, \
	{ SAY, "250-mx\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 DSN\r\n" }

static void
test_keys(void **state)
{
	static const struct turn script[] = {
		EXTENDED, { HEAR, "MAIL FROM:<s@example.org> RET=HDRS" },
		{ HEAR, "RCPT TO:<r@example.org> NOTIFY=NEVER" },
		{ HEAR, "BDAT 12 LAST" }, { OCTETS, "12" },
		{ HEAR, "QUIT" },
		{ SAY, "250 ok\r\n250 ok\r\n250 ok\r\n221 bye\r\n" },
		{ END, NULL },
	};
	struct lk_error err;
	struct peer p;
	int r;

	(void)state;
	peer_start(&p, NULL, script);
	r = send_hello(account_for(&p, "localhost", "tls", "none", "bdat",
				   "yes", "dsn-notify", "never", "dsn-ret",
				   "hdrs", NULL), &err);
	peer_stop(&p);
	if (r != 0 || p.wrong[0])
		fail_msg("%s; server: %s", err.sentence, p.wrong);
}

/* More than fits into the buffers on the way, and a server that answers the
 * envelope before it reads on. */
static void
test_large_bdat(void **state)
{
	static const struct turn script[] = {
		EXTENDED, { HEAR, "MAIL" }, { SAY, "250 ok\r\n" },
		{ HEAR, "RCPT" }, { SAY, "250 ok\r\n" }, { PAUSE, NULL },
		{ HEAR, "BDAT 3000000 LAST" }, { OCTETS, "3000000" },
		{ SAY, "250 ok\r\n" }, BYE,
	};
	static unsigned char text[2800000];
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "", .to = &to,
				 .count = 1 };
	struct lk_message m = { .size = sizeof(m), .fd = -1,
				.head = { text, sizeof(text) } };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	size_t i;

	(void)state;
	/* 200000 lines of 14 octets with LF, 15 with CRLF */
	for (i = 0; i < sizeof(text); i++)
		text[i] = i % 14 == 13 ? '\n' : '.';
	peer_start(&p, NULL, script);
	a = account_for(&p, "localhost", "tls", "none", "bdat", "yes", NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	if (lk_client_mail(c, &e, &m, &err) < 0)
		fail_msg("%s; server: %s", err.sentence, p.wrong);
	lk_client_close(c);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_not_connected),
		cmocka_unit_test(test_lmtp),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_large_bdat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
