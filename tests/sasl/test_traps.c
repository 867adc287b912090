/* What one has to know of libsasl2, each once; with it brought up by us or, as
 * SASL_IS_UP, by a program that set no mutexes.
 * SPDX-License-Identifier: MIT */
#include "real.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sasl/sasl.h>

static int
begin(void **state)
{
	setenv("SASL_PATH", SASL_TEST_PATH, 1);
#ifdef SASL_IS_UP
	assert_int_equal(sasl_client_init(NULL), SASL_OK);
#endif
	return load(state);
}

static int32_t
start(struct attempt *a, const char *id)
{
	real_init(a, id);
	attempt_open(a, true);
	return lk_exchange_start(a->x);
}

/* ---- the process --------------------------------------------------------- */

static void *
look_around(void *company)
{
	struct attempt *a = malloc(sizeof(*a));
	int i;

	for (i = 0; i < 20 && a; i++) {
		start(a, "sasl-x-alone");
		if (strcmp(attempt_response(a), "alone") != 0)
			++*(int *)company;
		attempt_close(a);
	}
	free(a);
	return NULL;
}

/* Its own mutexes do nothing, and it takes none of ours once it is up: then one
 * call is made at a time. */
static void
test_mutexes(void **state)
{
	pthread_t threads[3];
	int company[3] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_around,
						&company[i]), 0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
#ifdef SASL_IS_UP
	assert_int_equal(company[0] + company[1] + company[2], 0);
#else
	assert_true(company[0] + company[1] + company[2] > 0);
#endif
}

/* It keeps pointers into the plugin, which nobody may unload. */
static void
test_stays(void **state)
{
	void *object = dlopen(find("sasl-plain")->file->path,
			      RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *map;
	const ElfW(Dyn) *d;
	ElfW(Xword) flags = 0;

	(void)state;
	assert_non_null(object);
	assert_int_equal(dlinfo(object, RTLD_DI_LINKMAP, &map), 0);
	for (d = map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_FLAGS_1)
			flags = d->d_un.d_val;
	assert_true(flags & DF_1_NODELETE);
	dlclose(object);
}

static int syslogs;

/* These stand before those of libc for all of the process. */
void syslog(int level, const char *format, ...);
void __syslog_chk(int level, int flag, const char *format, ...);

__attribute__((visibility("default"))) void
syslog(int level, const char *format, ...)
{
	(void)level;
	(void)format;
	syslogs++;
}

__attribute__((visibility("default"))) void
__syslog_chk(int level, int flag, const char *format, ...)
{
	(void)level;
	(void)flag;
	(void)format;
	syslogs++;
}

/* What a login has to say is for our log; without a place it would go there. */
static void
test_syslog(void **state)
{
	sasl_conn_t *conn = NULL;
	sasl_interact_t *prompts = NULL;
	const char *out = NULL;
	struct attempt a;
	unsigned len = 0;

	(void)state;
	syslogs = 0;
	assert_int_equal(start(&a, "sasl-x-loud"), LK_E_TRANSIENT);
	attempt_close(&a);
	assert_int_equal(syslogs, 0);
	sasl_client_new("smtp", "mail.example", NULL, NULL, NULL, 0, &conn);
	sasl_client_start(conn, "X-LOUD", &prompts, &out, &len, NULL);
	sasl_dispose(&conn);
	assert_true(syslogs > 0);
}

/* Ours and another of one name: the one that libsasl2 runs is what we say. */
static void
test_both(void **state)
{
	struct attempt a;

	(void)state;
	if (!find("sasl-x-both"))
		return;
	assert_int_equal(start(&a, "sasl-x-both"), LK_E_TRANSIENT);
	attempt_close(&a);
}

/* ---- mechanisms ---------------------------------------------------------- */

static int32_t
give_binding(void *ctx, const char *type, struct lk_bytes *out)
{
	(void)ctx;
	(void)type;
	*out = bytes("0123456789abcdef");
	return LK_DONE;
}

/* It would say p under a name without -PLUS, or choose by itself and say y.  It
 * is told of no binding, and there is no name with -PLUS. */
static void
test_binding(void **state)
{
	static const char *const offered[] = {
		"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", NULL
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; entries[i]; i++)
		if (strncmp(entries[i]->record.id, "sasl-", 5) == 0)
			assert_null(strstr(entries[i]->record.wire, "-PLUS"));
	real_init(&a, "sasl-scram-sha-256");
	a.offered = offered;
	a.facts.channel_binding = give_binding;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	assert_memory_equal(attempt_response(&a), "n,,n=alice,r=", 13);
	attempt_close(&a);
}

/* More than 65536 iterations are too many for it; not for our own. */
static void
test_iterations(void **state)
{
	static const struct {
		const char *iterations;
		int is_fine;
	} rows[] = { { "4096", 1 }, { "65536", 1 }, { "100000", 0 } };
	char challenge[256];
	struct attempt a;
	size_t i;
	int32_t r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(start(&a, "sasl-scram-sha-256"), LK_CONTINUE);
		snprintf(challenge, sizeof(challenge),
			 "%sserver,s=c2FsdHNhbHQ=,i=%s",
			 strstr(attempt_response(&a), "r="),
			 rows[i].iterations);
		r = lk_exchange_challenge(a.x, bytes(challenge),
					  bytes(challenge), false);
		if ((r == LK_CONTINUE) != rows[i].is_fine)
			fail_msg("%s: %d", rows[i].iterations, r);
		if (!rows[i].is_fine)
			assert_part(sentence(&a), "iteration");
		attempt_close(&a);
	}
}

/* Layers are offered: none is taken. */
static void
test_layers(void **state)
{
	struct lk_bytes in = bytes("nonce=\"YWJj\",qop=\"auth-conf,auth-int,"
				   "auth\",cipher=\"rc4,des,3des\",algorithm="
				   "md5-sess,charset=utf-8,maxbuf=65536");
	struct attempt a;

	(void)state;
	assert_int_equal(start(&a, "sasl-digest-md5"), LK_CONTINUE);
	assert_int_equal(lk_exchange_challenge(a.x, in, in, false),
			 LK_CONTINUE);
	assert_part(attempt_response(&a), "qop=auth,");
	assert_null(strstr(attempt_response(&a), "cipher"));
	attempt_close(&a);
}

/* It would only say that there are no worthy mechanisms. */
static void
test_missing(void **state)
{
	struct attempt a;

	(void)state;
	real_init(&a, "sasl-digest-md5");
	a.login.host = "";
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_NOPROP);
	assert_part(sentence(&a), "no name of the server");
	attempt_close(&a);

	real_init(&a, "sasl-plain");
	a.login.user = NULL;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_NOPROP);
	assert_part(sentence(&a), "no user name");
	assert_false(lk_exchange_has_leased(a.x));
	attempt_close(&a);
}

/* An empty response is one; and a certificate is what it needs. */
static void
test_external(void **state)
{
	struct attempt a;

	(void)state;
	real_init(&a, "sasl-external");
	a.facts.flags |= LK_FACT_CLIENT_CERT;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_DONE);
	assert_non_null(lk_exchange_response(a.x).data);
	assert_int_equal(lk_exchange_response(a.x).len, 0);
	attempt_close(&a);

	real_init(&a, "sasl-external");
	a.facts.flags |= LK_FACT_CLIENT_CERT;
	a.login.authzid = "bob";
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_DONE);
	assert_string_equal(attempt_response(&a), "bob");
	attempt_close(&a);

	assert_int_equal(start(&a, "sasl-external"), LK_E_UNSUPPORTED);
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutexes),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_iterations),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_external),
	};

	return cmocka_run_group_tests(tests, begin, unload);
}
