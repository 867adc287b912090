/* Every client mechanism of the libsasl2 that is installed, as sasl-*.
 * SPDX-License-Identifier: MIT */
#include "sasl.h"

#include <stdlib.h>

LK_MECH_NOTE(sasl_note, "sasl-*", "", 0, 0, "", "",
	     "all mechanisms of the installed libsasl2", "0.1.0", "libsasl2");

/* A start is not told which mechanism it is of: so each has one of its own. */
#define SLOT(n) \
	static int32_t \
	start_##n(void *plugin, struct lk_session *s, \
		  const struct lk_server *server, void **state) \
	{ \
		(void)server; \
		return sasl_session_start(&((struct list *)plugin)->all[n], \
					  s, state); \
	}
#define NAME(n) start_##n,
#define EIGHT(X, n) \
	X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define ALL(X) /* octal */ \
	EIGHT(X, 0) EIGHT(X, 01) EIGHT(X, 02) EIGHT(X, 03) EIGHT(X, 04) \
	EIGHT(X, 05) EIGHT(X, 06) EIGHT(X, 07)

ALL(SLOT)

static int32_t (*const starts[])(void *, struct lk_session *,
				 const struct lk_server *, void **) = {
	ALL(NAME)
};

_Static_assert(sizeof(starts) / sizeof(*starts) == SLOTS, "a start each");

static int32_t
init(struct lk_session *s, void **plugin)
{
	struct list *l;
	size_t i;
	int r;

	r = sasl_library_init();
	if (r != SASL_OK)
		return sasl_fail(s, r, sasl_errstring(r, NULL, NULL));
	l = calloc(1, sizeof(*l));
	if (!l)
		return LK_E_NOMEM;
	l->session = s;
	r = sasl_list_fill(l);
	l->session = NULL;
	if (r != SASL_OK) {
		free(l);
		return sasl_fail(s, r, sasl_errstring(r, NULL, NULL));
	}
	for (i = 0; i < l->n; i++) {
		l->all[i].calls.size = sizeof(l->all[i].calls);
		l->all[i].calls.note = &l->all[i].note;
		l->all[i].calls.start = starts[i];
		l->all[i].calls.step = sasl_session_step;
		l->all[i].calls.free = sasl_session_free;
		l->mechs[i] = &l->all[i].calls;
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
