/* Our mechanisms against the server of Cyrus SASL.
 * SPDX-License-Identifier: MIT */
#include "peer.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

static sasl_conn_t *conn;
static const struct peer_case *now;
static const char *iterations = "4096";

/* ---- its configuration and its users ------------------------------------ */

static int
option(void *context, const char *plugin, const char *name,
       const char **value, unsigned *len)
{
	static const char *const rows[][2] = {
		{ "auxprop_plugin", "memory" }, { "log_level", "0" },
	};
	size_t i;

	(void)context;
	(void)plugin;
	*value = strcmp(name, "scram_iteration_counter") == 0 ? iterations
							      : NULL;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(name, rows[i][0]) == 0)
			*value = rows[i][1];
	if (len && *value)
		*len = (unsigned)strlen(*value);
	return *value ? SASL_OK : SASL_FAIL;
}

static int
quiet(void *context, int level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
	return SASL_OK;
}

static int
allow(sasl_conn_t *c, void *context, const char *requested, unsigned n,
      const char *user, unsigned n_user, const char *realm, unsigned n_realm,
      struct propctx *props)
{
	(void)c;
	(void)context;
	(void)requested;
	(void)n;
	(void)user;
	(void)n_user;
	(void)realm;
	(void)n_realm;
	(void)props;
	return SASL_OK;
}

static int
look_up(void *context, sasl_server_params_t *params, unsigned flags,
	const char *user, unsigned len)
{
	const struct propval *p = params->utils->prop_get(params->propctx);
	const char *at = memchr(user, '@', len);
	size_t n = at ? (size_t)(at - user) : len;

	(void)context;
	if (n != strlen(now->user) || memcmp(user, now->user, n) != 0)
		return now->authzid ? SASL_OK : SASL_NOUSER;
	for (; p->name; p++)
		if (!(flags & SASL_AUXPROP_AUTHZID) && p->name[0] == '*' &&
		    strcmp(p->name + 1, SASL_AUX_PASSWORD_PROP) == 0)
			params->utils->prop_set(params->propctx, p->name,
						now->password, -1);
	return SASL_OK;
}

static int
users(const sasl_utils_t *utils, int max, int *version,
      sasl_auxprop_plug_t **plug, const char *name)
{
	static char memory[] = "memory";
	static sasl_auxprop_plug_t it = { .auxprop_lookup = look_up,
					  .name = memory };

	(void)utils;
	(void)max;
	(void)name;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &it;
	return SASL_OK;
}

#define CALLBACK(f) ((int (*)(void))(void (*)(void))(f))

static const sasl_callback_t callbacks[] = {
	{ SASL_CB_GETOPT, CALLBACK(option), NULL },
	{ SASL_CB_LOG, CALLBACK(quiet), NULL },
	{ SASL_CB_PROXY_POLICY, CALLBACK(allow), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

/* ---- the peer ----------------------------------------------------------- */

static int
said(int r, const char *data, unsigned len, struct lk_bytes *out)
{
	out->data = (const unsigned char *)(data ? data : "");
	out->len = data ? len : 0;
	if (r == SASL_CONTINUE)
		return PEER_MORE;
	return r == SASL_OK ? PEER_YES : PEER_NO;
}

static int
peer_start(const struct peer_case *c, const char *wire, struct lk_bytes in,
	   struct lk_bytes *out)
{
	static sasl_channel_binding_t binding;
	const char *data = NULL;
	struct lk_bytes octets = { NULL, 0 };
	unsigned len = 0;
	int r;

	now = c;
	assert_int_equal(sasl_server_new("smtp", "mail.example", NULL, NULL,
					 NULL, NULL, c->success_data
					 ? SASL_SUCCESS_DATA : 0, &conn),
			 SASL_OK);
	if (c->bound) {
		linked_binding(&l, c->other ? c->other : c->bound,
			       &octets);
		binding.name = c->bound;
		binding.data = octets.data;
		binding.len = octets.len;
		binding.critical = strstr(c->id, "-plus") != NULL;
		assert_int_equal(sasl_setprop(conn, SASL_CHANNEL_BINDING,
					      &binding), SASL_OK);
	}
	r = sasl_server_start(conn, wire, (const char *)in.data,
			      (unsigned)in.len, &data, &len);
	return said(r, data, len, out);
}

static int
peer_step(struct lk_bytes in, struct lk_bytes *out)
{
	const char *data = NULL;
	unsigned len = 0;
	int r;

	r = sasl_server_step(conn, in.data ? (const char *)in.data : "",
			     (unsigned)in.len, &data, &len);
	return said(r, data, len, out);
}

static const char *
peer_user(void)
{
	const void *user = NULL;

	assert_int_equal(sasl_getprop(conn, SASL_USERNAME, &user), SASL_OK);
	return user;
}

static void
peer_end(void)
{
	sasl_dispose(&conn);
}

/* ---- tests -------------------------------------------------------------- */

static void
test_cram_md5(void **state)
{
	static const struct peer_case rows[] = {
		{ "cram-md5", ALICE, .types = NULL },
		{ "cram-md5", J_RG, .types = NULL },
		{ "cram-md5", COMMA, .types = NULL },
		{ "cram-md5", "a b", "c d", .types = NULL },
	};
	size_t i;

	(void)state;
	linked_plugin(&l, &cram_md5_LTX_latchkey_plugin_v0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		peer_check(&rows[i]);
	linked_end(&l);
}

static const char *const ids[] = { "scram-sha-1", "scram-sha-256",
				   "scram-sha-512" };
static const char *const plus_ids[] = { "scram-sha-1-plus",
					"scram-sha-256-plus",
					"scram-sha-512-plus" };

static void
test_scram(void **state)
{
	static const struct peer_case rows[] = {
		{ NULL, ALICE, .success_data = false },
		{ NULL, ALICE, .success_data = true },
		{ NULL, J_RG, .success_data = false },
		{ NULL, COMMA, .success_data = true },
		{ NULL, ALICE, .authzid = "bob" },
		/* y, and the server cannot either */
		{ NULL, ALICE, .types = "tls-exporter" },
	};
	struct peer_case c;
	size_t i;

	(void)state;
	for (i = 0; i < 3 * sizeof(rows) / sizeof(*rows); i++) {
		c = rows[i / 3];
		c.id = ids[i % 3];
		peer_check(&c);
	}
}

static void
test_scram_plus(void **state)
{
	static const char *const types[] = { "tls-exporter", "tls-unique",
					     "tls-server-end-point" };
	struct peer_case c = { NULL, ALICE, .offered = plus_offer };
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++) {
		c.id = plus_ids[i / 3];
		c.types = c.bound = types[i % 3];
		c.success_data = i % 2;
		peer_check(&c);
	}
}

/* Twice the same password: Cyrus makes its salt anew each time. */
static void
test_iterations(void **state)
{
	struct peer_case c = { "scram-sha-256", ALICE, .types = NULL };

	(void)state;
	iterations = "65536";
	assert_int_equal(peer_try(&c, c.user, c.password), LK_DONE);
	iterations = "4096";
}

static int
setup(void **state)
{
	(void)state;
	if (sasl_auxprop_add_plugin("memory", users) != SASL_OK ||
	    sasl_server_init(callbacks, "latchkey-test") != SASL_OK)
		return -1;
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
		SCRAM(test_iterations),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
