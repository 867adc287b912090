/* libsasl2 as a whole: it has one state for all of the process.
 * SPDX-License-Identifier: MIT */
#include "sasl.h"

#include <sasl/saslplug.h>

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t call_lock = PTHREAD_MUTEX_INITIALIZER;
static int is_up;
static int has_our_mutexes;         /* else somebody was here before us */
static sasl_free_t *free_its;       /* how its memory is freed */

/* ---- mutexes: its own do nothing --------------------------------------- */

static void *
mutex_new(void)
{
	pthread_mutex_t *m = malloc(sizeof(*m));

	if (m && pthread_mutex_init(m, NULL) != 0) {
		free(m);
		return NULL;
	}
	/* first called by sasl_library_init(); later ones only read it */
	if (!has_our_mutexes)
		has_our_mutexes = 1;
	return m;
}

static int
mutex_lock(void *m)
{
	return pthread_mutex_lock(m) == 0 ? SASL_OK : SASL_FAIL;
}

static int
mutex_unlock(void *m)
{
	return pthread_mutex_unlock(m) == 0 ? SASL_OK : SASL_FAIL;
}

static void
mutex_free(void *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(m);
	free(m);
}

/* ---- memory: it leaves passwords behind in what it frees ---------------- */

static void
wipe_and_free(void *p)
{
	if (!p)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
move(void *p, size_t size)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *to = malloc(size);

	if (to && p) {
		memcpy(to, p, old < size ? old : size);
		wipe_and_free(p);
	}
	return to;
}

/* A plugin without mechanisms: what it is given says how. */
static int
learn(const sasl_utils_t *utils, int max, int *version,
      sasl_client_plug_t **list, int *count)
{
	static sasl_client_plug_t none[1];

	free_its = utils->free;
	*version = max;
	*list = none;
	*count = 0;
	return SASL_OK;
}

void
sasl_drop(void *p)
{
	if (p)
		free_its(p);
}

/* ---- its log ------------------------------------------------------------ */

/* What is above may hold what goes over the wire, or passwords. */
static const uint32_t levels[] = {
	[SASL_LOG_ERR] = LK_LOG_ERROR,  [SASL_LOG_FAIL] = LK_LOG_INFO,
	[SASL_LOG_WARN] = LK_LOG_WARN,  [SASL_LOG_NOTE] = LK_LOG_INFO,
	[SASL_LOG_DEBUG] = LK_LOG_DEBUG,
};

void
sasl_log(struct lk_session *s, int level, const char *text)
{
	if (text && level > SASL_LOG_NONE && level <= SASL_LOG_DEBUG)
		s->services->log(s, levels[level], text);
}

/* ---- its options -------------------------------------------------------- */

int
sasl_option(void *context, const char *plugin, const char *option,
	  const char **result, unsigned *len)
{
	(void)context;
	(void)plugin;
	(void)len;
	if (strcmp(option, "client_mech_list") != 0)
		return SASL_FAIL;
	*result = NULL;
	return SASL_OK;
}

/* ---- up, and never down ------------------------------------------------- */

/* libsasl2 is never told that we are done.  It counts how often it was brought
 * up, for all of the process, and sasl_done() of a program that only had the
 * server's side takes one away as well; with the last it would be gone under
 * a login.  Nor does it get callbacks: those of the first are everybody's. */
#define COUNTS 1000

int
sasl_library_init(void)
{
	int r = SASL_OK, i;

	pthread_mutex_lock(&init_lock);
	if (!is_up) {
		/* both do nothing where it has been brought up already */
		sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock,
			       mutex_free);
		sasl_set_alloc(malloc, calloc, move, wipe_and_free);
		for (i = 0; i < COUNTS && r == SASL_OK; i++)
			r = sasl_client_init(NULL);
		if (r == SASL_OK)
			r = sasl_client_add_plugin("latchkey", learn);
		is_up = r == SASL_OK && free_its;
	}
	pthread_mutex_unlock(&init_lock);
	return r;
}

void
sasl_enter(void)
{
	if (!has_our_mutexes)
		pthread_mutex_lock(&call_lock);
}

void
sasl_leave(void)
{
	if (!has_our_mutexes)
		pthread_mutex_unlock(&call_lock);
}
