/* A plugin whose mechanisms are known at run time only.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>
#include <string.h>

LK_MECH_NOTE(list_note, "list-*", "", 0, 0, "", "", "a list", "1", "nothing");
LK_PARAM_NOTE(depth_note, "list-*", "depth", "int", 0, "3", 1, 9, "how deep");

#ifndef LIST_IDS
#define LIST_IDS "list-one", "list-two"
#endif

/* One host's list: built by init, as by a library's enumeration. */
struct list {
	struct lk_mech_note notes[2];
	struct lk_mech mechs[2];
	const struct lk_mech *all[3];
};

static const struct lk_param_note *const params[] = { &depth_note, NULL };

static int32_t
start(void *plugin, struct lk_session *session, const struct lk_server *server,
      void **state)
{
	(void)plugin;
	(void)session;
	(void)server;
	(void)state;
	return LK_DONE;
}

static int32_t
step(void *state, struct lk_session *session, const struct lk_event *event)
{
	(void)state;
	(void)session;
	(void)event;
	return LK_DONE;
}

static void
end(void *state, struct lk_session *session)
{
	(void)state;
	(void)session;
}

static int32_t
init(struct lk_session *session, void **plugin)
{
	static const char *const ids[] = { LIST_IDS, NULL };
	static const char *const wires[] = { "ONE", "TWO" };
	struct list *l = calloc(1, sizeof(*l));
	size_t i;

	(void)session;
	if (!l)
		return LK_E_NOMEM;
	for (i = 0; i < 2 && ids[i]; i++) {
		struct lk_mech_note *n = &l->notes[i];

		n->namesz = sizeof(LK_NOTE_OWNER);
		n->descsz = sizeof(struct lk_mech_record);
		n->type = LK_NOTE_MECH;
		memcpy(n->owner, LK_NOTE_OWNER, sizeof(LK_NOTE_OWNER));
		n->record.abi = LK_ABI;
		n->record.flags = LK_F_CLIENT_FIRST;
		memcpy(n->record.id, ids[i], strlen(ids[i]));
		memcpy(n->record.wire, wires[i], strlen(wires[i]));
		l->mechs[i].size = sizeof(struct lk_mech);
		l->mechs[i].note = n;
		l->mechs[i].params = params;
		l->mechs[i].start = start;
		l->mechs[i].step = step;
		l->mechs[i].free = end;
		l->all[i] = &l->mechs[i];
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
	return ((struct list *)plugin)->all;
}

LK_PLUGIN(list) = {
	sizeof(struct lk_plugin), 0, LK_ABI, LK_PLUGIN_SERIAL, "list", "1",
	"MIT", NULL, init, deinit, mechs
};
