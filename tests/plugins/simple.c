/* A mechanism that sends one word.  Each definition of CMakeLists.txt puts one
 * defect into it.  SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>

#ifndef NOTE_ABI
#define NOTE_ABI LK_ABI
#endif
#ifndef NOTE_FLAGS
#define NOTE_FLAGS 0
#endif
#ifndef MEMORY_FLAGS
#define MEMORY_FLAGS 0
#endif
#ifndef MECH_FLAGS
#define MECH_FLAGS 0
#endif
#ifndef MECH_SIZE
#define MECH_SIZE sizeof(struct lk_mech)
#endif
#ifndef START
#define START start
#endif
#ifndef STEP
#define STEP step
#endif
#ifndef FREE
#define FREE end
#endif
#ifndef PLUGIN_ABI
#define PLUGIN_ABI LK_ABI
#endif
#ifndef PLUGIN_FLAGS
#define PLUGIN_FLAGS 0
#endif
#ifndef PLUGIN_SIZE
#define PLUGIN_SIZE sizeof(struct lk_plugin)
#endif
#ifndef MECHS
#define MECHS mechs
#endif
#ifndef THREADS
#define THREADS LK_PLUGIN_SERIAL
#endif

#define RECORD(flags) \
	{ NOTE_ABI, LK_F_CLIENT_FIRST | (flags), 1, "simple", "SIMPLE", \
	  "authid", "authzid", "sends one word", "1", "", 0 }
#define NOTE(flags) \
	{ sizeof(LK_NOTE_OWNER), sizeof(struct lk_mech_record), LK_NOTE_MECH, \
	  LK_NOTE_OWNER, RECORD(flags) }

#ifdef NO_NOTE
static const struct lk_mech_note note = NOTE(NOTE_FLAGS);
#else
static const struct lk_mech_note note LK_NOTE__ = NOTE(NOTE_FLAGS);
LK_PARAM_NOTE(word_note, "simple", "word", "string", 0, "hello", 0, 0,
	      "the word that is sent");
#endif
#ifdef DIFFERS
static const struct lk_mech_note memory = NOTE(MEMORY_FLAGS);
#else
#define memory note
#endif

#ifdef CONSTRUCTOR
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void
leave_mark(void)
{
	const char *path = getenv("LK_TEST_MARK");

	if (path)
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
#endif

#ifdef UNDEFINED
int latchkey_test_nowhere(void);
#define EXTRA latchkey_test_nowhere()
#elif defined(GONE)
int latchkey_test_gone(void);
#define EXTRA latchkey_test_gone()
#else
#define EXTRA 0
#endif

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *session,
      const struct lk_server *server, void **state)
{
	(void)plugin;
	(void)mech;
	(void)server;
	(void)state;
	return session->services->emit(session, "hello", 5) + EXTRA;
}

static int32_t
step(void *state, struct lk_session *session, const struct lk_event *event)
{
	(void)state;
	(void)session;
	return event->kind == LK_EV_SUCCESS ? LK_DONE : LK_E_PROTOCOL;
}

static void
end(void *state, struct lk_session *session)
{
	(void)state;
	(void)session;
}

static const struct lk_mech simple = {
	MECH_SIZE, MECH_FLAGS, &memory, NULL, NULL, START, STEP, NULL, FREE
};

static const struct lk_mech *const list[] = { &simple, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return list;
}

#ifdef INIT
static int32_t
init(struct lk_session *session, void **plugin)
{
	static const struct lk_report why = {
		sizeof(why), 0, INIT, 0, NULL, "it has a bad day",
		"ask it tomorrow"
	};

	(void)plugin;
	session->services->log(session, LK_LOG_INFO, NULL);
	session->services->report(session, NULL);
	session->services->report(session, &why);
	return INIT;
}
#else
#define init NULL
#endif

/* What a defect leaves without a user. */
const void *const latchkey_test_used[] = {
	(const void *)start, (const void *)step, (const void *)end,
	(const void *)mechs, &note, &memory
};

#ifdef NO_SYMBOL
#undef LK_SYMBOL__
#define LK_SYMBOL__(name) latchkey_test_other
#endif

LK_PLUGIN(simple) = {
	PLUGIN_SIZE, PLUGIN_FLAGS, PLUGIN_ABI, THREADS, "simple", "1", "MIT",
	NULL, init, NULL, MECHS
};
