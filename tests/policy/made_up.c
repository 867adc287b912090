/* A mechanism that nobody has heard of: it says one word, and its flags are those
 * that CMakeLists.txt gives it.  SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

LK_MECH_NOTE(note, ID, WIRE, FLAGS, STRENGTH, NEEDS, "",
	     "a mechanism that nobody has heard of", "1", "");

static int32_t
speak(struct lk_session *s)
{
	int32_t r = s->services->emit(s, "word", 4);

	return r == LK_DONE ? LK_CONTINUE : r;
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	(void)plugin;
	(void)mech;
	(void)server;
	(void)state;
	return (FLAGS) & LK_F_CLIENT_FIRST ? speak(s) : LK_CONTINUE;
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *event)
{
	(void)state;
	return event->kind == LK_EV_CHALLENGE ? speak(s) : LK_DONE;
}

static void
end(void *state, struct lk_session *s)
{
	(void)state;
	(void)s;
}

static const struct lk_mech mech = {
	sizeof(mech), 0, &note, NULL, NULL, start, step, NULL, end
};

static const struct lk_mech *const list[] = { &mech, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return list;
}

LK_PLUGIN(made_up) = {
	sizeof(struct lk_plugin), 0, LK_ABI, LK_PLUGIN_PER_SESSION, NAME, "1",
	"MIT", NULL, NULL, NULL, mechs
};
