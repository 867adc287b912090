/* The services: what a mechanism may ask, say and give, and when.
 * SPDX-License-Identifier: MIT */
#include "asks.h"

static void
test_properties(void **state)
{
	static const struct {
		const char *key;
		int32_t want;
		const char *text;
	} rows[] = {
		{ "authid", LK_DONE, "alice" },
		{ "authzid", LK_DONE, "root" },
		{ "realm", LK_E_NOPROP, "(none)" },
		{ "password", LK_DONE, "s3cret" },
		{ "otp", LK_E_NOPROP, "(none)" },
		{ "oauth.token", LK_E_NOPROP, "(none)" },
		{ "pass", LK_E_NOPROP, "(none)" },
		{ "password|otp", LK_E_NOPROP, "(none)" },
		{ "", LK_E_NOPROP, "(none)" },
		{ "service", LK_DONE, "smtp" },
		{ "host", LK_DONE, "mail.example" },
		{ "port", LK_DONE, "587" },
		{ "tls", LK_DONE, "yes" },
		{ "cb:tls-exporter", LK_DONE, "bind" },
		{ "cb:tls-unique", LK_E_NOPROP, "(none)" },
		{ "cb:tls-server-end-point", LK_E_NOPROP, "(none)" },
		{ "param:mode", LK_DONE, "last=1" },
		{ "param:key", LK_DONE, "k" },
		{ "param:size", LK_E_NOPROP, "(none)" },
		{ "param:", LK_E_NOPROP, "(none)" },
		{ "vendor.thing", LK_E_NOPROP, "(none)" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		prepare(&a);
		asked.key = rows[i].key;
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
		if (asked.result != rows[i].want)
			fail_msg("%s: %d", rows[i].key, (int)asked.result);
		assert_string_equal(asked.text, rows[i].text);
		attempt_close(&a);
	}
}

static void
test_undeclared_is_logged(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	asked.key = "oauth.token";
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_string_equal(a.log, "test: asked for oauth.token, which its "
			    "note does not declare\n");
	assert_int_equal(a.asked, 0);
	attempt_close(&a);
}

static void
test_absent(void **state)
{
	static const struct {
		const char *key, *user;
		uint32_t facts, flags;
		int32_t want;
		const char *text;
	} rows[] = {
		{ "authid", NULL, 0, 0, LK_E_NOPROP, "(none)" },
		{ "authid", "", 0, 0, LK_E_NOPROP, "(none)" },
		/* a certificate may stand for the user */
		{ "authzid", NULL, 0, 0, LK_DONE, "root" },
		{ "tls.certificate", "a", TLS, 0, LK_DONE, "" },
		{ "tls.certificate", "a", LK_FACT_CLIENT_CERT, 0, LK_DONE, "" },
		{ "tls.certificate", "a", TLS | LK_FACT_CLIENT_CERT, 0, LK_DONE,
		  "yes" },
		{ "tls", "a", 0, 0, LK_DONE, "" },
		{ "tls", "a", LK_FACT_ENCRYPTED, 0, LK_DONE, "" },
		{ "tls", "a", LK_FACT_VERIFIED, 0, LK_DONE, "" },
		{ "cb:tls-exporter", "a", 0, 0, LK_E_NOPROP, "(none)" },
		{ "authid", "a", 0, 1u << 20, LK_E_NOPROP, "(none)" },
		{ "password", "a", 0, LK_ASK_NOPROMPT, LK_E_NOPROP, "(none)" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		prepare(&a);
		asked.key = rows[i].key;
		asked.flags = rows[i].flags;
		a.login.user = rows[i].user;
		a.facts.flags = rows[i].facts;
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		assert_int_equal(asked.result, rows[i].want);
		assert_string_equal(asked.text, rows[i].text);
		assert_int_equal(a.asked, 0);
		attempt_close(&a);
	}
}

/* The default of a parameter, and a password that is there already. */
static void
test_at_hand(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	a.login.params = NULL;
	asked.key = "param:mode";
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_string_equal(asked.text, "soft");
	assert_false(lk_exchange_has_leased(a.x));
	attempt_close(&a);

	prepare(&a);
	asked.key = "password";
	asked.flags = LK_ASK_NOPROMPT;
	assert_int_equal(lk_store_new(&a.store, &a.login, NULL), 0);
	assert_int_equal(lk_store_resolve(a.store, "password", 0, NULL), 0);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_string_equal(asked.text, "s3cret");
	assert_true(lk_exchange_has_leased(a.x));
	attempt_close(&a);
}

static void
test_moments(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	script[0].result = LK_DONE;
	script[0].emit = "early";
	asked.key = "password";
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_available(a.x), LK_DONE);
	assert_int_equal(asked.result, LK_E_NOPROP);
	assert_null(lk_exchange_response(a.x).data);
	assert_string_equal(a.log, "test: asked for password before its start\n"
			    "test: emitted where no response is due\n");
	attempt_close(&a);

	/* an outcome: what is at hand, no response */
	prepare(&a);
	act(0, LK_CONTINUE, NULL);
	act(1, LK_DONE, "late");
	script[1].more = ask;
	asked.key = "password";
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_success(a.x, bytes(NULL)), LK_DONE);
	assert_int_equal(asked.result, LK_E_NOPROP);
	assert_int_equal(a.asked, 0);
	assert_null(lk_exchange_response(a.x).data);
	attempt_close(&a);

	/* behind a get that said LK_PENDING */
	prepare(&a);
	script[0].result = LK_PENDING;
	script[0].emit = "soon";
	asked.key = "password";
	a.not_yet = 1;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	assert_int_equal(asked.result, LK_PENDING);
	assert_string_equal(a.log, "test: emitted where no response is due\n");
	attempt_close(&a);
}

static void
test_source_waits(void **state)
{
	struct attempt a;
	uint32_t events;
	int32_t fd, ms;

	(void)state;
	prepare(&a);
	script[0].result = LK_PENDING;
	asked.key = "password";
	a.not_yet = 1;
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	lk_exchange_wait(a.x, &fd, &events, &ms);
	assert_int_equal(fd, 7);
	assert_int_equal(events, LK_WAIT_READ);
	assert_int_equal(ms, 250);
	attempt_close(&a);
}

static void
complain(struct lk_session *s)
{
	struct lk_report r = { sizeof(r), LK_REPORT_UNPROVEN, LK_E_CONFIG, 42,
			       "gss", "bad\r\nline s3cret", "do\tthis" };

	lease(s);
	s->services->report(s, &r);
	r.flags = 1u << 31;
	r.message = "ignored";
	s->services->report(s, &r);
	s->services->log(s, 99, "with s3cret");
	s->services->log(s, LK_LOG_INFO, NULL);
}

static void
test_report(void **state)
{
	const struct lk_error *e;
	struct attempt a;

	(void)state;
	prepare(&a);
	act(0, LK_E_CONFIG, NULL);
	script[0].more = complain;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_CONFIG);
	e = lk_exchange_error(a.x);
	assert_string_equal(e->sentence, "bad? line ****** (gss 42)");
	assert_string_equal(e->advice, "do this");
	assert_int_equal(e->stage, LK_STAGE_LOGIN);
	assert_int_equal(e->code, 0);
	assert_true(lk_exchange_is_unproven(a.x));
	assert_string_equal(a.log, "test: a report with unknown critical flags "
			    "is ignored\ntest: with ******\n");
	attempt_close(&a);
}

/* A report of what did not matter in the end is forgotten. */
static void
test_report_without_error(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	script[0].more = complain;
	act(1, LK_E_TRANSIENT, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_error(a.x)->cls, 0);
	assert_int_equal(attempt_ask(&a, "x", false), LK_E_TRANSIENT);
	assert_string_equal(lk_exchange_error(a.x)->sentence,
			    "the mechanism cannot work now, perhaps later");
	attempt_close(&a);
}

static char logged[256];

static void
keep_log(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	assert_int_equal(level, LK_LOG_INFO);
	snprintf(logged, sizeof(logged), "%s", text);
}

static void
test_early_services(void **state)
{
	struct lk_host host = { .options = { .log = keep_log } };
	struct lk_ask q = { sizeof(q), 0, LK_P_HOST, NULL, NULL };
	struct lk_report r = { .size = sizeof(r), .cls = LK_E_CONFIG,
			       .message = "no library" };
	unsigned char a[300] = { 0 }, b[300] = { 0 };
	const struct lk_services *s;
	struct lk_early early;
	struct lk_bytes out;

	(void)state;
	lk_early_init(&early, &host, "/x/y.so");
	s = early.head.services;
	assert_int_equal(s->get(&early.head, &q, &out), LK_E_INTERNAL);
	assert_int_equal(s->emit(&early.head, "x", 1), LK_E_INTERNAL);
	s->wait(&early.head, 1, LK_WAIT_READ, 0);
	s->report(&early.head, &r);
	assert_string_equal(early.error.sentence, "no library");
	s->log(&early.head, LK_LOG_INFO, "hel\nlo");
	assert_string_equal(logged, "/x/y.so: hel?lo");
	assert_int_equal(s->random(a, sizeof(a)), LK_DONE);
	assert_int_equal(s->random(b, sizeof(b)), LK_DONE);
	assert_memory_not_equal(a, b, sizeof(a));
	s->wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
	assert_null(s->extension("vendor.name/1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_undeclared_is_logged),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_at_hand),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_source_waits),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_report_without_error),
		cmocka_unit_test(test_early_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
