/* Every client mechanism of the libsasl2 that is installed, as sasl-*.
 * SPDX-License-Identifier: MIT */
#include "sasl.h"

#include <stdlib.h>

LK_MECH_NOTE(sasl_note, "sasl-*", "", 0, 0, "", "",
	     "all mechanisms of the installed libsasl2", "0.1.0", "libsasl2");
LK_PARAM_NOTE(sasl_realm, "sasl-*", "realm", "string", 0, "", 0, 0,
	      "which one, if the server has several; else that of the account");

static const struct lk_param_note *const params[] = { &sasl_realm, NULL };

static int32_t
init(struct lk_session *s, void **plugin)
{
	struct mechanism *m;
	struct list *l;
	size_t i;
	int r;

	r = sasl_library_init();
	if (r != SASL_OK)
		return sasl_fail(s, r, sasl_errstring(r, NULL, NULL), NULL);
	l = calloc(1, sizeof(*l));
	if (!l)
		return LK_E_NOMEM;
	l->session = s;
	r = sasl_list_fill(l);
	l->session = NULL;
	if (r != SASL_OK) {
		free(l);
		return sasl_fail(s, r, sasl_errstring(r, NULL, NULL), NULL);
	}
	for (i = 0; i < l->n; i++) {
		m = &l->all[i];
		m->calls.size = sizeof(m->calls);
		m->calls.note = &m->note;
		m->calls.params = params;
		if (m->gss_acquire)
			m->calls.available = sasl_ticket_available;
		m->calls.start = sasl_session_start;
		m->calls.step = sasl_session_step;
		m->calls.free = sasl_session_free;
		l->mechs[i] = &m->calls;
	}
	*plugin = l;
	return LK_DONE;
}

static void
deinit(void *plugin)
{
	free(plugin);
}

static const struct lk_mech *const *
mechs(void *plugin)
{
	return ((struct list *)plugin)->mechs;
}

LK_PLUGIN(sasl) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "sasl",
	.version = "0.1.0",
	.license = "MIT",
	.init = init,
	.deinit = deinit,
	.mechs = mechs,
};
