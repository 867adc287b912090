/* Two mechanisms that hold one event until a gate opens: `waits` says PENDING,
 * `blocks` just waits.  Parameters:
 *
 *   at     which event: start, challenge, success, failure
 *   fd     the gate: it is open when this descriptor is readable.  Without it a
 *          thread of the mechanism opens the gate after `ms` milliseconds
 *   limit  how long it waits at most, in milliseconds; -1: as long as it may
 *
 * The password is the first message, and "echo:" with the challenge the answer
 * to one.  A repeated event must be as it was.  SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOTES(v, id, wire, flags) \
	LK_MECH_NOTE(v##_note, id, wire, LK_F_CLIENT_FIRST | \
		     LK_F_PLAINTEXT | (flags), 10, "authid password", "", \
		     "is not ready at once", "0", ""); \
	LK_PARAM_NOTE(v##_at, id, "at", \
		      "enum:start|challenge|success|failure", 0, "start", 0, \
		      0, "the event"); \
	LK_PARAM_NOTE(v##_fd, id, "fd", "int", 0, "-1", -1, 1000000, \
		      "the gate"); \
	LK_PARAM_NOTE(v##_ms, id, "ms", "int", 0, "10", 0, 60000, \
		      "until it opens"); \
	LK_PARAM_NOTE(v##_limit, id, "limit", "int", 0, "-1", -1, 60000, \
		      "at most")

NOTES(waits, "waits", "WAITS", 0);
NOTES(blocks, "blocks", "BLOCKS", LK_F_MAY_BLOCK);

#define START 0u                    /* as LK_EV_* */

struct held {
	int may_block;
	uint32_t at;                /* the event that is held */
	int is_passed;
	int gate, opener;           /* the ends of a pipe; or a copy of fd */
	int ms, limit;
	int has_thread;
	pthread_t thread;
	size_t len;                 /* of the event that is held */
	unsigned char in[256];
	int has_in;
	char text[128];
};

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, NULL };

	s->services->report(s, &r);
	return cls;
}

static int32_t
get(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, value);
}

static int
get_number(struct lk_session *s, const char *key)
{
	struct lk_bytes value = { NULL, 0 };
	char text[16] = "";

	if (get(s, key, &value) == LK_DONE && value.len < sizeof(text))
		memcpy(text, value.data, value.len);
	return (int)strtol(text, NULL, 10);
}

static uint32_t
get_event(struct lk_session *s)
{
	struct lk_bytes value = { NULL, 0 };

	if (get(s, LK_P_PARAM "at", &value) != LK_DONE || !value.len)
		return START;
	switch (value.data[1]) {
	case 'h':
		return LK_EV_CHALLENGE;
	case 'u':
		return LK_EV_SUCCESS;
	case 'a':
		return LK_EV_FAILURE;
	default:
		return START;
	}
}

/* ---- the gate ------------------------------------------------------------- */

static void *
open_it_later(void *arg)
{
	struct held *h = arg;
	struct timespec t = { h->ms / 1000, h->ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
	/* no service may be called from here: a pipe wakes the host */
	if (write(h->opener, "", 1) < 0)
		return NULL;
	return NULL;
}

static int32_t
make_gate(struct held *h, struct lk_session *s)
{
	int fd = get_number(s, LK_P_PARAM "fd"), ends[2];

	h->ms = get_number(s, LK_P_PARAM "ms");
	h->limit = get_number(s, LK_P_PARAM "limit");
	if (fd >= 0) {
		h->gate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		return h->gate < 0 ? LK_E_INTERNAL : LK_DONE;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return LK_E_INTERNAL;
	h->gate = ends[0];
	h->opener = ends[1];
	if (pthread_create(&h->thread, NULL, open_it_later, h) != 0)
		return LK_E_INTERNAL;
	h->has_thread = 1;
	return LK_DONE;
}

static int
is_open(const struct held *h, int ms)
{
	struct pollfd p = { h->gate, POLLIN, 0 };

	return poll(&p, 1, ms) > 0;
}

/* ---- the event ------------------------------------------------------------ */

static void
keep(struct held *h, const struct lk_event *ev)
{
	if (!ev)
		return;
	h->has_in = ev->in.data != NULL;
	h->len = ev->in.len < sizeof(h->in) ? ev->in.len : sizeof(h->in);
	if (h->len)
		memcpy(h->in, ev->in.data, h->len);
	if (ev->text)
		strncat(h->text, ev->text, sizeof(h->text) - 1);
}

static int
is_same(const struct held *h, const struct lk_event *ev)
{
	return ev->interrupted == h->at &&
	       (ev->in.data != NULL) == h->has_in && ev->in.len == h->len &&
	       (!h->len || memcmp(ev->in.data, h->in, h->len) == 0) &&
	       strncmp(h->text, ev->text ? ev->text : "",
		       sizeof(h->text) - 1) == 0;
}

/* DONE: go on. */
static int32_t
hold(struct held *h, struct lk_session *s, const struct lk_event *ev)
{
	int is_again = ev && ev->kind == LK_EV_RESUME;
	int32_t r;

	if (h->is_passed)
		return LK_DONE;
	if (is_again && !is_same(h, ev))
		return fail(s, LK_E_INTERNAL, "the event was not repeated");
	if (h->gate < 0) {
		keep(h, ev);
		r = make_gate(h, s);
		if (r != LK_DONE)
			return r;
	}
	if (h->may_block && !is_open(h, h->limit < 0 ? 20000 : h->limit))
		return fail(s, LK_E_TRANSIENT, "the gate stayed closed");
	if (!h->may_block && !is_open(h, 0)) {
		if (is_again && h->limit >= 0)
			return fail(s, LK_E_TRANSIENT,
				    "the gate stayed closed");
		s->services->wait(s, h->gate, LK_WAIT_READ, h->limit);
		return LK_PENDING;
	}
	h->is_passed = 1;
	return LK_DONE;
}

static int32_t
act(struct lk_session *s, uint32_t kind, const struct lk_event *ev)
{
	struct lk_bytes password = { NULL, 0 };
	int32_t r;

	if (kind == LK_EV_SUCCESS || kind == LK_EV_FAILURE)
		return LK_DONE;
	if (kind == START) {
		r = get(s, LK_P_PASSWORD, &password);
		if (r == LK_DONE)
			r = s->services->emit(s, password.data, password.len);
	} else {
		r = s->services->emit(s, "echo:", 5);
		if (r == LK_DONE)
			r = s->services->emit(s, ev->in.data, ev->in.len);
	}
	return r == LK_DONE ? LK_CONTINUE : r;
}

static int32_t
handle(struct held *h, struct lk_session *s, uint32_t kind,
       const struct lk_event *ev)
{
	int32_t r = kind == h->at ? hold(h, s, ev) : LK_DONE;

	return r == LK_DONE ? act(s, kind, ev) : r;
}

/* ---- the mechanisms ------------------------------------------------------- */

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct held *h = calloc(1, sizeof(*h));

	(void)plugin;
	(void)server;
	if (!h)
		return LK_E_NOMEM;
	*state = h;
	h->may_block = mech->note == &blocks_note;
	h->gate = h->opener = -1;
	h->at = get_event(s);
	return handle(h, s, START, NULL);
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	return handle(state, s, ev->kind == LK_EV_RESUME ? ev->interrupted
							 : ev->kind, ev);
}

static void
free_held(void *state, struct lk_session *s)
{
	struct held *h = state;

	(void)s;
	if (h->has_thread)
		pthread_join(h->thread, NULL);
	if (h->gate >= 0)
		close(h->gate);
	if (h->opener >= 0)
		close(h->opener);
	free(h);
}

#define MECH(v) \
	static const struct lk_param_note *const v##_params[] = { \
		&v##_at, &v##_fd, &v##_ms, &v##_limit, NULL }; \
	static const struct lk_mech v = { \
		sizeof(struct lk_mech), 0, &v##_note, v##_params, NULL, \
		start, step, NULL, free_held }

MECH(waits);
MECH(blocks);

static const struct lk_mech *const mechanisms[] = { &waits, &blocks, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(pending) = {
	sizeof(struct lk_plugin), 0, LK_ABI, LK_PLUGIN_PER_SESSION, "pending",
	"0", "MIT", NULL, NULL, NULL, mechs
};
