/* A plugin that uses the library itself, as the Cyrus bridge inside of a Cyrus
 * plugin does.  SPDX-License-Identifier: MIT */
#include "embed.h"

#include <latchkey/mech.h>

#include <stdio.h>

LK_MECH_NOTE(reenter_note, "reenter", "REENTER", LK_F_CLIENT_FIRST, 1, "", "",
	     "uses a host itself", "1", "");

static int
count(void *ctx, const struct lk_mech_info *info)
{
	(void)info;
	++*(unsigned *)ctx;
	return 0;
}

/* What a login from in here ends with; NULL: as it should. */
static const char *
look_around(void)
{
	struct lk_host *host = NULL;
	const char *wrong = NULL;
	struct lk_error err;
	unsigned seen = 0;

	if (lk_host_new(&host, NULL, &err) < 0)
		return "no host";
	if (lk_host_scan(host, &err) < 0 ||
	    lk_host_preload(host, NULL, &err) < 0)
		wrong = "it could not look again";
	lk_host_each(host, count, &seen);
	if (seen)
		wrong = "it saw mechanisms";
	if (lk_host_preload(host, "plain", &err) == 0)
		wrong = "it loaded one ahead";
	if (embed_login(host, NULL, "PLAIN LOGIN", 0, 235, &err) == 0)
		wrong = "it logged in";
	else if (err.cls != LK_E_NO_MECH)
		wrong = "another error than no mechanisms";
	lk_host_freeze(host);
	lk_host_free(host);
	return wrong;
}

static int32_t
check(struct lk_session *s)
{
	const char *wrong = look_around();
	struct lk_report report = { sizeof(report), 0, LK_E_INTERNAL, 0, NULL,
				    wrong, NULL };

	if (!wrong)
		return LK_DONE;
	s->services->report(s, &report);
	return LK_E_INTERNAL;
}

static int32_t
init(struct lk_session *s, void **plugin)
{
	(void)plugin;
	return check(s);
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	(void)plugin;
	(void)mech;
	(void)server;
	(void)state;
	return check(s);
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	(void)state;
	(void)ev;
	return check(s);
}

static void
end(void *state, struct lk_session *s)
{
	(void)state;
	(void)s;
}

static const struct lk_mech mech = {
	.size = sizeof(struct lk_mech), .note = &reenter_note,
	.start = start, .step = step, .free = end,
};

static const struct lk_mech *const all[] = { &mech, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return look_around() ? NULL : all;
}

LK_PLUGIN(reenter) = {
	.size = sizeof(struct lk_plugin), .abi = LK_ABI,
	.threads = LK_PLUGIN_SERIAL, .name = "reenter", .version = "1",
	.license = "MIT", .init = init, .mechs = mechs,
};
