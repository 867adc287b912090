/* A login that needs no libsasl2 brings none into the process, even where the
 * plugin of it is installed beside.  The server is GNU SASL's.
 * SPDX-License-Identifier: MIT */
#include "unit/dialogue.h"

#include <gsasl.h>

/* What the server offers besides: all but the plugin of libsasl2 have nothing
 * that says it. */
#define FOREIGN " GSSAPI DIGEST-MD5 NTLM OTP"

static struct lk_host *installed;
static Gsasl *gnu;
static Gsasl_session *session;
static bool is_over;                /* it had its last word */
static char reply[4096];

/* ---- the process -------------------------------------------------------- */

static const char *const parts[] = { "libsasl2.so", "/sasl2/", "/sasl.so" };

/* The line of the first part that is loaded from here on, or "". */
static const char *
loaded(size_t from)
{
	static char line[4096];
	FILE *f = fopen("/proc/self/maps", "r");

	assert_non_null(f);
	for (*line = '\0'; fgets(line, sizeof(line), f); *line = '\0')
		if (strstr(line, parts[from]))
			break;
	fclose(f);
	return line;
}

static void
assert_none(const char *when)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (*loaded(i))
			fail_msg("after %s: %s", when, loaded(i));
}

/* ---- the server --------------------------------------------------------- */

static int
on_property(Gsasl *ctx, Gsasl_session *s, Gsasl_property property)
{
	(void)ctx;
	switch ((int)property) {
	case GSASL_PASSWORD:
		return gsasl_property_set(s, property, PASSWORD);
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(s, property, "4096");
	default:
		return GSASL_NO_CALLBACK;
	}
}

static void
answer_to(const char *response)
{
	char *out = NULL;
	int r = GSASL_OK;

	if (!is_over)
		r = gsasl_step64(session, strcmp(response, "=") == 0
				 ? "" : response, &out);
	is_over = r == GSASL_OK;
	if (out && *out && (r == GSASL_OK || r == GSASL_NEEDS_MORE))
		snprintf(reply, sizeof(reply), "334 %s", out);
	else
		snprintf(reply, sizeof(reply), "%s",
			 r == GSASL_OK ? "235 ok" :
			 r == GSASL_NEEDS_MORE ? "334 " : "535 no");
	gsasl_free(out);
}

static void
hear_line(const struct lk_auth_want *w)
{
	char line[4096], *response = line;

	snprintf(line, sizeof(line), "%.*s", (int)w->line.len,
		 (const char *)w->line.data);
	if (w->flags & LK_AUTH_COMMAND) {
		char *mech = line + strlen("AUTH ");

		response = mech + strcspn(mech, " ");
		if (*response)
			*response++ = '\0';
		if (strcmp(mech, "XOAUTH2") == 0) {
			snprintf(reply, sizeof(reply), "235 ok");
			return;
		}
		gsasl_finish(session);
		is_over = false;
		assert_int_equal(gsasl_server_start(gnu, mech, &session),
				 GSASL_OK);
	}
	answer_to(response);
}

/* ---- logins ------------------------------------------------------------- */

/* Which id logs in, with this `auth` and offer. */
static void
log_in(const char *auth, const char *offered, const char *id)
{
	struct dialogue d;
	struct lk_auth_want w = { .size = sizeof(w) };

	dialogue_init(&d, installed);
	d.login.auth = auth;
	d.offered = offered;
	dialogue_open(&d, "");
	lk_auth_begin(d.auth, &d.facts, d.offered);
	do {
		lk_auth_want(d.auth, &w);
		if (w.kind == LK_AUTH_SEND) {
			hear_line(&w);
			d.server = reply;
		}
	} while (turn(&d));
	if (w.kind != LK_AUTH_DONE)
		fail_msg("%s: %s", id, lk_auth_error(d.auth)->sentence);
	d.result.size = sizeof(d.result);
	lk_auth_get_result(d.auth, &d.result);
	assert_string_equal(d.result.id, id);
	dialogue_close(&d);
}

#define ALL "PLAIN LOGIN SCRAM-SHA-256 XOAUTH2" FOREIGN

static const struct {
	const char *auth, *offered, *id;
} rows[] = {
	{ NULL, "PLAIN" FOREIGN, "plain" },
	{ NULL, "LOGIN" FOREIGN, "login" },
	{ NULL, "PLAIN LOGIN SCRAM-SHA-256" FOREIGN, "scram-sha-256" },
	{ NULL, ALL, "xoauth2" },
	{ "plain", ALL, "plain" },
	{ "login", ALL, "login" },
	{ "login-ir", ALL, "login-ir" },
	{ "scram-sha-256", ALL, "scram-sha-256" },
	{ "xoauth2", ALL, "xoauth2" },
	/* sasl-* may say these, too */
	{ "PLAIN", ALL, "plain" },
	{ "LOGIN", ALL, "login" },
	{ "SCRAM-SHA-256", ALL, "scram-sha-256" },
	{ "XOAUTH2", ALL, "xoauth2" },
	{ "plain *", ALL, "plain" },
};

static void
test_none_is_loaded(void **state)
{
	char when[128];
	size_t i;

	(void)state;
	assert_none("the start");
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		log_in(rows[i].auth, rows[i].offered, rows[i].id);
		snprintf(when, sizeof(when), "%s by %s", rows[i].id,
			 rows[i].auth ? rows[i].auth : "itself");
		assert_none(when);
	}
}

/* And what was looked for can be found. */
static void
test_all_are_loaded(void **state)
{
	size_t i;

	(void)state;
	log_in("sasl-plain", ALL, "sasl-plain");
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!*loaded(i))
			fail_msg("%s is not there", parts[i]);
}

static int
setup(void **state)
{
	(void)state;
	if (gsasl_init(&gnu) != GSASL_OK)
		return -1;
	gsasl_callback_set(gnu, on_property);
	installed = new_host(PLUGINS);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	gsasl_finish(session);
	gsasl_done(gnu);
	lk_host_free(installed);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_is_loaded),
		cmocka_unit_test(test_all_are_loaded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
