/* Many threads of a program, a connection each, and a token that was read when
 * it began; under ThreadSanitizer. SPDX-License-Identifier: MIT */
#include "program.h"

#include <latchkey/provider.h>

#include <pthread.h>
#include <sasl/saslplug.h>

#define THREADS 6
#define LOGINS 60

int sasl_client_plug_init(const sasl_utils_t *, int max, int *version,
			  sasl_client_plug_t **list, int *count);

static const struct login {
	const char *host, *wire, *first;
	size_t len;
	const char *challenge, *second;
} logins[] = {
	{ "mail.example", "PLAIN", "\0alice\0" SECRET,
	  sizeof("\0alice\0" SECRET) - 1, NULL, NULL },
	{ "ir.example", "LOGIN", "alice", 5, "Password:", SECRET },
	{ "token.example", "XOAUTH2",
	  "user=alice\1auth=Bearer a-kept-token\1\1",
	  sizeof("user=alice\1auth=Bearer a-kept-token\1\1") - 1, NULL, NULL },
};

static int
log_in(const struct login *l)
{
	sasl_conn_t *conn = client_new(l->host, callbacks);
	const char *out = NULL;
	unsigned len = 0;
	int r, ok;

	r = sasl_client_start(conn, l->wire, NULL, &out, &len, NULL);
	ok = (r == SASL_OK || r == SASL_CONTINUE) && len == l->len &&
	     memcmp(out, l->first, len) == 0;
	if (ok && l->challenge)
		ok = sasl_client_step(conn, l->challenge,
				      (unsigned)strlen(l->challenge), NULL,
				      &out, &len) == SASL_OK &&
		     strcmp(out, l->second) == 0;
	sasl_dispose(&conn);
	return ok;
}

static void *
log_in_often(void *ctx)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < LOGINS; i++)
		if (!log_in(&logins[i % (sizeof(logins) / sizeof(*logins))]))
			return (void *)(uintptr_t)(i + 1);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	void *failed;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						log_in_often, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		if (failed)
			fail_msg("login %d: %s", (int)(uintptr_t)failed, lines);
	}
	assert_string_equal(lines, "");
}

/* ---- what libsasl2 is told ------------------------------------------------------ */

static void *
mutex_new(void)
{
	pthread_mutex_t *m = malloc(sizeof(*m));

	if (m)
		pthread_mutex_init(m, NULL);
	return m;
}

static int
mutex_lock(void *m)
{
	return pthread_mutex_lock(m);
}

static int
mutex_unlock(void *m)
{
	return pthread_mutex_unlock(m);
}

static void
mutex_free(void *m)
{
	if (m)
		pthread_mutex_destroy(m);
	free(m);
}

static int
up(void **state)
{
	char text[512];

	(void)state;
	make_files();
	snprintf(text, sizeof(text), "[account tok]\nhost = token.example\n"
		 "user = alice\ntoken-from = file:%s/token\n", place);
	put("latchkey.conf", text);
	put("token", "a-kept-token\n");
	snprintf(text, sizeof(text), "mechs = *\ntls = trusted\n"
		 "accounts = tok\n[host ir.example]\nauth = login-ir\n");
	put("bridge.conf", text);
	sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock, mutex_free);
	client_init_at(place);
	return sasl_client_add_plugin("latchkey-bridge",
				      sasl_client_plug_init) == SASL_OK
		? 0 : -1;
}

static int
down(void **state)
{
	(void)state;
	sasl_client_done();
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, up, down);
}
