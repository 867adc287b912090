/* A program of libsasl2 with the bridge among its plugins, or nothing else.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_BRIDGE_PROGRAM_H
#define TESTS_BRIDGE_PROGRAM_H

#include "../temp.h"

#include <sasl/sasl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "s3cret"
#define PROC(f) ((int (*)(void))(void (*)(void))(f))

/* ---- files ---------------------------------------------------------------- */

static char place[TEMP];

static inline void
remove_files(void)
{
	temp_remove(place);
}

static inline void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", place, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		fail_msg("%s: cannot be written", path);
	chmod(path, 0600);
}

/* An empty configuration, for all that follows. */
static inline void
make_files(void)
{
	char path[128];

	umask(022);
	if (temp_dir(place, "latchkey-bridge") < 0)
		fail_msg("no directory");
	snprintf(path, sizeof(path), "%s/mechs.d", place);
	mkdir(path, 0755);
	setenv("LATCHKEY_CONFIG_DIR", place, 1);
}

/* ---- what the program tells libsasl2 --------------------------------------- */

static char lines[16384];           /* of the log */
static const char *name = "alice", *as, *secret = SECRET;

static inline int
on_log(void *ctx, int level, const char *text)
{
	size_t n = strlen(lines);

	(void)ctx;
	if (level <= SASL_LOG_WARN)
		snprintf(lines + n, sizeof(lines) - n, "%s\n", text);
	return SASL_OK;
}

static inline int
on_name(void *ctx, int id, const char **result, unsigned *len)
{
	(void)ctx;
	*result = id == SASL_CB_AUTHNAME ? name : as ? as : name;
	if (len)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static inline int
on_secret(sasl_conn_t *conn, void *ctx, int id, sasl_secret_t **result)
{
	static _Thread_local union {
		sasl_secret_t secret;
		char room[80000];
	} kept;

	(void)conn;
	(void)ctx;
	(void)id;
	if (!secret)
		return SASL_FAIL;
	kept.secret.len = strlen(secret);
	memcpy(kept.secret.data, secret, kept.secret.len + 1);
	*result = &kept.secret;
	return SASL_OK;
}

/* What libsasl2 has to say without a connection goes there. */
void __syslog_chk(int priority, int flag, const char *format, ...)
	__attribute__((visibility("default")));

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	size_t n = strlen(lines);
	va_list ap;

	(void)priority;
	(void)flag;
	va_start(ap, format);
	vsnprintf(lines + n, sizeof(lines) - n, format, ap);
	va_end(ap);
}

static const sasl_callback_t global[] = {
	{ SASL_CB_LOG, PROC(on_log), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

static const sasl_callback_t callbacks[] = {
	{ SASL_CB_AUTHNAME, PROC(on_name), NULL },
	{ SASL_CB_USER, PROC(on_name), NULL },
	{ SASL_CB_PASS, PROC(on_secret), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

static inline void
client_init_at(const char *path)
{
	setenv("SASL_PATH", path, 1);
	*lines = '\0';
	assert_int_equal(sasl_client_init(global), SASL_OK);
	unsetenv("SASL_PATH");
}

static inline void
client_init(void)
{
	client_init_at(LK_TEST_BRIDGE_DIR);
}

static inline sasl_conn_t *
client_new(const char *host, const sasl_callback_t *asks)
{
	static const sasl_security_properties_t any = { 0 };
	sasl_conn_t *conn = NULL;

	assert_int_equal(sasl_client_new("smtp", host, NULL, NULL, asks, 0,
					 &conn), SASL_OK);
	assert_int_equal(sasl_setprop(conn, SASL_SEC_PROPS, &any), SASL_OK);
	return conn;
}

#define assert_part(text, part) do { \
	if (!strstr(text, part)) \
		fail_msg("\"%s\" is not in \"%s\"", part, text); \
} while (0)

#endif
