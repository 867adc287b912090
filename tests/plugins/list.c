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

struct one {
	struct lk_mech_note note;
	struct lk_mech mech;
	char word[8];               /* behind what a host may copy */
};

/* One host's list: built by init, as by a library's enumeration. */
struct list {
	struct one one[2];
	const struct lk_mech *all[3];
};

static const struct lk_param_note *const params[] = { &depth_note, NULL };

static const struct one *
find(const struct list *l, const struct lk_mech *mech)
{
	return mech == l->all[0] ? &l->one[0]
	       : mech == l->all[1] ? &l->one[1] : NULL;
}

static int32_t
available(void *plugin, const struct lk_mech *mech, struct lk_session *session,
	  const struct lk_server *server)
{
	(void)session;
	(void)server;
	return find(plugin, mech) ? LK_DONE : LK_E_INTERNAL;
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *session,
      const struct lk_server *server, void **state)
{
	struct lk_ask ask = { sizeof(ask), 0, LK_P_PARAM "depth", NULL, NULL };
	const struct one *one = find(plugin, mech);
	struct lk_bytes depth = { NULL, 0 };

	(void)server;
	(void)state;
	if (!one ||
	    session->services->emit(session, one->word, strlen(one->word)) !=
		    LK_DONE ||
	    (mech->params &&
	     session->services->get(session, &ask, &depth) != LK_DONE))
		return LK_E_INTERNAL;
	return session->services->emit(session, depth.data, depth.len);
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
		struct lk_mech_note *n = &l->one[i].note;
		struct lk_mech *m = &l->one[i].mech;

		n->namesz = sizeof(LK_NOTE_OWNER);
		n->descsz = sizeof(struct lk_mech_record);
		n->type = LK_NOTE_MECH;
		memcpy(n->owner, LK_NOTE_OWNER, sizeof(LK_NOTE_OWNER));
		n->record.abi = LK_ABI;
		n->record.flags = LK_F_CLIENT_FIRST;
		memcpy(n->record.id, ids[i], strlen(ids[i]));
		memcpy(n->record.wire, wires[i], strlen(wires[i]));
		memcpy(l->one[i].word, wires[i], strlen(wires[i]));
		m->size = sizeof(struct lk_mech);
		m->note = n;
		m->params = i == 0 ? params : NULL;
		m->available = available;
		m->start = start;
		m->step = step;
		m->free = end;
		l->all[i] = m;
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
