/* A program that has nothing of ours but what libsasl2 loads: threads, library
 * ended and begun, steps that are missing or too many.
 * SPDX-License-Identifier: MIT */
#include "program.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/wait.h>

#define THREADS 4
#define LOGINS 50

static const char plain[] = "\0alice\0" SECRET;

/* 1: logged in by PLAIN, and by LOGIN in both steps. */
static int
log_in(void)
{
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	const char *out = NULL;
	unsigned len = 0;
	int ok;

	ok = sasl_client_start(conn, "PLAIN", NULL, &out, &len, NULL) ==
	     SASL_OK && len == sizeof(plain) - 1 &&
	     memcmp(out, plain, len) == 0;
	sasl_dispose(&conn);
	conn = client_new("mail.example", callbacks);
	ok &= sasl_client_start(conn, "LOGIN", NULL, &out, &len, NULL) ==
	      SASL_CONTINUE && !out;
	ok &= sasl_client_step(conn, "User", 4, NULL, &out, &len) ==
	      SASL_CONTINUE && len == 5;
	ok &= sasl_client_step(conn, "Password", 8, NULL, &out, &len) ==
	      SASL_OK && strcmp(out, SECRET) == 0;
	sasl_dispose(&conn);
	return ok;
}

/* ---- threads ------------------------------------------------------------------ */

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

static void *
log_in_often(void *ctx)
{
	int i;

	(void)ctx;
	for (i = 0; i < LOGINS && log_in(); i++)
		;
	return i == LOGINS ? NULL : "";
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	void *failed = NULL;
	int i, n = 0;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						log_in_often, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		n += failed != NULL;
	}
	assert_int_equal(n, 0);
	assert_string_equal(lines, "");
}

/* ---- begun and ended ----------------------------------------------------------- */

static void
test_twice(void **state)
{
	(void)state;
	client_init();
	assert_true(log_in());
	sasl_client_done();
	assert_true(log_in());
	sasl_client_done();
	client_init();
	assert_true(log_in());
}

/* By two names, as a link and a directory of its own. */
static void
test_two_names(void **state)
{
	char path[256];

	(void)state;
	sasl_client_done();
	snprintf(path, sizeof(path), "%s/link", place);
	assert_int_equal(symlink(LK_TEST_BRIDGE_DIR, path), 0);
	snprintf(path, sizeof(path), "%s:%s/link", LK_TEST_BRIDGE_DIR, place);
	client_init_at(path);
	assert_string_equal(lines, "");
	assert_true(log_in());
	sasl_client_done();
	client_init();
	assert_true(log_in());
}

/* ---- it stays ------------------------------------------------------------------- */

static int
is_nodelete(void *module)
{
	struct link_map *map = NULL;
	const ElfW(Dyn) *d;

	assert_int_equal(dlinfo(module, RTLD_DI_LINKMAP, &map), 0);
	for (d = map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_FLAGS_1)
			return (d->d_un.d_val & DF_1_NODELETE) != 0;
	return 0;
}

static pthread_barrier_t barrier;

/* It has been in our code, and ends when libsasl2 has long closed it. */
static void *
outlive(void *ctx)
{
	int ok = log_in();

	(void)ctx;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return ok ? NULL : "";
}

/* What is called at a fork, and where a thread ends, is there. */
static void
test_stays(void **state)
{
	static const char *const modules[] = {
		LK_TEST_BRIDGE_DIR "/liblatchkey-bridge.so", "liblatchkey.so.0",
	};
	void *failed = NULL, *module;
	pthread_t thread;
	int status = -1;
	size_t i;
	pid_t pid;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, outlive, NULL), 0);
	pthread_barrier_wait(&barrier);
	sasl_client_done();
	sasl_done();
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		module = dlopen(modules[i], RTLD_NOW | RTLD_NOLOAD);
		if (!module)
			fail_msg("%s is gone", modules[i]);
		if (i == 0)
			assert_true(is_nodelete(module));
		dlclose(module);
	}
	pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, &failed);
	assert_null(failed);
	pthread_barrier_destroy(&barrier);
	client_init();
	assert_true(log_in());
}

/* ---- steps ------------------------------------------------------------------------ */

/* Each program goes away where it likes. */
static void
test_too_few(void **state)
{
	static const char *const wires[] = {
		"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2",
	};
	sasl_conn_t *conn;
	const char *out;
	unsigned len;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		conn = client_new("tls.example", callbacks);
		/* without a place for a first message nothing is begun */
		assert_int_equal(sasl_client_start(conn, wires[i], NULL, NULL,
						   NULL, NULL), SASL_CONTINUE);
		sasl_dispose(&conn);
		conn = client_new("tls.example", callbacks);
		sasl_client_start(conn, wires[i], NULL, &out, &len, NULL);
		sasl_dispose(&conn);
		conn = client_new("tls.example", callbacks);
		sasl_dispose(&conn);
	}
}

/* Whoever does not listen gets nothing more, and no secret. */
static void
test_too_many(void **state)
{
	static const char *const rows[][2] = {
		{ "LOGIN", "Password:" }, { "CRAM-MD5", "" },
		{ "SCRAM-SHA-256", "r=x" }, { "LOGIN", "Username:" },
		{ "PLAIN", "more?" }, { "XOAUTH2", "{}" },
	};
	sasl_conn_t *conn;
	const char *out;
	unsigned len;
	int r, is_over;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		conn = client_new("tls.example", callbacks);
		r = sasl_client_start(conn, rows[i][0], NULL, &out, &len,
				      NULL);
		is_over = r != SASL_CONTINUE;
		for (n = 0; n < 5; n++) {
			out = NULL;
			len = 0;
			r = sasl_client_step(conn, rows[i][1],
					     (unsigned)strlen(rows[i][1]),
					     NULL, &out, &len);
			if (is_over && (r == SASL_CONTINUE || len ||
					(r == SASL_OK && out)))
				fail_msg("%s: step %d: %d, %u octets",
					 rows[i][0], (int)n, r, len);
			is_over |= r != SASL_CONTINUE;
		}
		assert_true(is_over);
		sasl_dispose(&conn);
	}
}

static int
is_refused(const char *wire, const char *why)
{
	sasl_conn_t *conn = client_new("tls.example", callbacks);
	const char *out = NULL, *detail;
	unsigned len = 0;
	int r;

	*lines = '\0';
	r = sasl_client_start(conn, wire, NULL, &out, &len, NULL);
	if (r == SASL_CONTINUE && !out)
		r = sasl_client_step(conn, "name", 4, NULL, &out, &len);
	if (r == SASL_CONTINUE)
		r = sasl_client_step(conn, "password", 8, NULL, &out, &len);
	detail = sasl_errdetail(conn);
	r = r != SASL_OK && r != SASL_CONTINUE && !out && len == 0 &&
	    strstr(lines, why) && detail && strstr(detail, why) &&
	    !strchr(detail, '\n') &&
	    strchr(lines, '\n') == lines + strlen(lines) - 1;
	sasl_dispose(&conn);
	return r;
}

/* Of any length, and with any octet that C lets through. */
static void
test_secrets(void **state)
{
	static char huge[70000];

	(void)state;
	memset(huge, 's', sizeof(huge) - 1);
	secret = huge;
	assert_true(is_refused("LOGIN", "65536 octets"));
	assert_true(is_refused("PLAIN", "65536 octets"));
	secret = "";
	assert_true(is_refused("LOGIN", "the program gave no password"));
	secret = SECRET;
	name = "";
	assert_true(is_refused("PLAIN", "does not say who logs in"));
	name = "alice";
}

static int
up(void **state)
{
	(void)state;
	make_files();
	put("bridge.conf", "mechs = login plain cram-md5 scram-* xoauth2\n"
	    "[host tls.example]\ntls = trusted\n");
	sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock, mutex_free);
	client_init();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	sasl_client_done();
	sasl_done();
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_two_names),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, up, down);
}
