/* A server of libsasl2 in this process. SPDX-License-Identifier: MIT */
#include "server.h"

#include <sasl/saslplug.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the secrets are: in what follows. */
static int
look_up(void *context, sasl_server_params_t *params, unsigned flags,
	const char *user, unsigned len)
{
	const struct propval *v = params->utils->prop_get(params->propctx);

	(void)context;
	(void)flags;
	for (; v && v->name && len >= 5 && memcmp(user, "alice", 5) == 0; v++)
		if (strcmp(v->name, SASL_AUX_PASSWORD) == 0 ||
		    strcmp(v->name, "*userPassword") == 0)
			params->utils->prop_set(params->propctx, v->name,
						SERVER_SECRET, -1);
	return SASL_OK;
}

static sasl_auxprop_plug_t memory = {
	.auxprop_lookup = look_up, .name = (char *)"memory",
};

static int
new_memory(const sasl_utils_t *utils, int max, int *version,
	   sasl_auxprop_plug_t **plug, const char *name)
{
	(void)utils;
	(void)max;
	(void)name;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &memory;
	return SASL_OK;
}

static int
option(void *context, const char *plugin, const char *name,
       const char **result, unsigned *len)
{
	static const struct {
		const char *name, *value;
	} options[] = {
		{ "auxprop_plugin", "memory" }, { "pwcheck_method", "auxprop" },
		{ "log_level", "0" }, { "scram_iteration_counter", "4096" },
		{ "reauth_timeout", "1440" },
	};
	size_t i;

	(void)context;
	(void)plugin;
	for (i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (strcmp(options[i].name, name) == 0) {
			*result = options[i].value;
			if (len)
				*len = (unsigned)strlen(*result);
			return SASL_OK;
		}
	return SASL_FAIL;
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
proxy(sasl_conn_t *conn, void *context, const char *user, unsigned len,
      const char *auth, unsigned auth_len, const char *realm,
      unsigned realm_len, struct propctx *props)
{
	(void)conn;
	(void)context;
	(void)auth;
	(void)auth_len;
	(void)realm;
	(void)realm_len;
	(void)props;
	return len >= 5 && memcmp(user, "carol", 5) == 0 ? SASL_NOAUTHZ
							 : SASL_OK;
}

#define PROC(f) ((int (*)(void))(void (*)(void))(f))

static const sasl_callback_t callbacks[] = {
	{ SASL_CB_GETOPT, PROC(option), NULL },
	{ SASL_CB_LOG, PROC(quiet), NULL },
	{ SASL_CB_PROXY_POLICY, PROC(proxy), NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

void
server_init(void)
{
	if (sasl_server_init(callbacks, "latchkey-test") != SASL_OK ||
	    sasl_auxprop_add_plugin("memory", new_memory) != SASL_OK) {
		fputs("no server of libsasl2\n", stderr);
		exit(1);
	}
}

sasl_conn_t *
server_new(const char *name, const char *realm)
{
	static const sasl_security_properties_t any = { 0 };
	sasl_conn_t *conn = NULL;

	if (sasl_server_new("smtp", name, realm, NULL, NULL, callbacks, 0,
			    &conn) != SASL_OK)
		return NULL;
	sasl_setprop(conn, SASL_SEC_PROPS, &any);
	return conn;
}

const char *
server_offer(sasl_conn_t *conn)
{
	const char *list = NULL;

	if (sasl_listmech(conn, NULL, " ", " ", " ", &list, NULL, NULL) !=
	    SASL_OK)
		return "";
	return list;
}
