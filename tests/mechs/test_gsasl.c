/* Our mechanisms against the server of GNU SASL.
 * SPDX-License-Identifier: MIT */
#include "peer.h"

#include <gsasl.h>

static Gsasl *ctx;
static Gsasl_session *session;
static const struct peer_case *now;
static char *answer;                /* the server's last */
static char user[64];

static int
set_binding(Gsasl_property property, const char *type)
{
	char *coded = NULL;
	struct lk_bytes octets = { NULL, 0 };
	size_t n;
	int r;

	if (!now->bound || strcmp(now->bound, type) != 0)
		return GSASL_NO_CALLBACK;
	linked_binding(&l, now->other ? now->other : type, &octets);
	r = gsasl_base64_to((const char *)octets.data, octets.len, &coded, &n);
	if (r == GSASL_OK)
		r = gsasl_property_set(session, property, coded);
	gsasl_free(coded);
	return r;
}

static int
set_password(void)
{
	const char *name = gsasl_property_get(session, GSASL_AUTHID);

	if (!name || strcmp(name, now->user) != 0)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(session, GSASL_PASSWORD, now->password);
}

static int
callback(Gsasl *c, Gsasl_session *s, Gsasl_property property)
{
	(void)c;
	session = s;
	switch ((int)property) {
	case GSASL_PASSWORD:
		return set_password();
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(s, property, "4096");
	case GSASL_CB_TLS_EXPORTER:
		return set_binding(property, "tls-exporter");
	case GSASL_CB_TLS_UNIQUE:
		return set_binding(property, "tls-unique");
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* ---- the peer ----------------------------------------------------------- */

static int
peer_step(struct lk_bytes in, struct lk_bytes *out)
{
	size_t n = 0;
	int r;

	gsasl_free(answer);
	answer = NULL;
	r = gsasl_step(session, (const char *)in.data, in.len, &answer, &n);
	out->data = (const unsigned char *)(answer ? answer : "");
	out->len = r == GSASL_OK || r == GSASL_NEEDS_MORE ? n : 0;
	if (r == GSASL_NEEDS_MORE)
		return PEER_MORE;
	return r == GSASL_OK ? PEER_YES : PEER_NO;
}

static int
peer_start(const struct peer_case *c, const char *wire, struct lk_bytes in,
	   struct lk_bytes *out)
{
	now = c;
	assert_int_equal(gsasl_server_start(ctx, wire, &session), GSASL_OK);
	return peer_step(in, out);
}

static const char *
peer_user(void)
{
	const char *name = gsasl_property_get(session, now->authzid
					      ? GSASL_AUTHZID : GSASL_AUTHID);

	snprintf(user, sizeof(user), "%s", name ? name : "");
	return user;
}

static void
peer_end(void)
{
	gsasl_free(answer);
	answer = NULL;
	gsasl_finish(session);
}

/* ---- tests -------------------------------------------------------------- */

static void
test_cram_md5(void **state)
{
	static const struct peer_case rows[] = {
		{ "cram-md5", ALICE, .types = NULL },
		{ "cram-md5", J_RG, .types = NULL },
		{ "cram-md5", COMMA, .types = NULL },
	};
	size_t i;

	(void)state;
	linked_plugin(&l, &cram_md5_LTX_latchkey_plugin_v0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		peer_check(&rows[i]);
	linked_end(&l);
}

static const char *const ids[] = { "scram-sha-1", "scram-sha-256" };
static const char *const plus_ids[] = { "scram-sha-1-plus",
					"scram-sha-256-plus" };

static void
test_scram(void **state)
{
	static const struct peer_case rows[] = {
		{ NULL, ALICE, .types = NULL },
		{ NULL, J_RG, .types = NULL },
		{ NULL, COMMA, .types = NULL },
		{ NULL, ALICE, .authzid = "bo,b=" },
		{ NULL, ALICE, .types = "tls-exporter" },
		/* what its SASLprep and ours make the same */
		{ NULL, "user", "\xe2\x85\xa8\xc2\xaa", .types = NULL },
	};
	struct peer_case c;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		c = rows[i / 2];
		c.id = ids[i % 2];
		peer_check(&c);
	}
}

static void
test_scram_plus(void **state)
{
	static const char *const types[] = { "tls-exporter", "tls-unique" };
	struct peer_case c = { NULL, ALICE, .offered = plus_offer };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		c.id = plus_ids[i / 2];
		c.types = c.bound = types[i % 2];
		peer_check(&c);
	}
}

static int
setup(void **state)
{
	(void)state;
	if (gsasl_init(&ctx) != GSASL_OK)
		return -1;
	gsasl_callback_set(ctx, callback);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	gsasl_done(ctx);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cram_md5),
		SCRAM(test_scram),
		SCRAM(test_scram_plus),
		SCRAM(test_scram_beside_plus),
		SCRAM(test_another_channel),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
