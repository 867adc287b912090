/* A server of libsasl2 to log in to, brought up after the plugin or, as
 * SERVER_IS_FIRST, before it: then with what a program sets for logins of its
 * own. SPDX-License-Identifier: MIT */
#ifndef TESTS_SASL_TALK_H
#define TESTS_SASL_TALK_H

#include "real.h"
#include "server.h"

#include "mech/policy.h"

#include <pthread.h>

#define HOST "mail.example"

/* libsasl2 locks nothing if it was first used by a program that set no mutexes:
 * then that must see to its own calls, as the plugin does to its own. */
#if defined(SERVER_IS_FIRST) && !defined(HAS_MUTEXES)
static pthread_mutex_t server_lock = PTHREAD_MUTEX_INITIALIZER;
#define SERVE(call) (pthread_mutex_lock(&server_lock), (call), \
		     pthread_mutex_unlock(&server_lock))
#else
#define SERVE(call) (call)
#endif

/* ---- one login ---------------------------------------------------------- */

struct result {
	int32_t cls;                /* LK_DONE: logged in */
	int server;                 /* of libsasl2 */
	int has_ir;
	int rounds;
	char user[64];              /* whom the server knows now */
};

static inline int
serve(sasl_conn_t *server, const char *wire, struct lk_bytes in, int is_first,
      struct lk_bytes *out)
{
	const char *data = NULL;
	unsigned len = 0;
	int r;

	const char *text = (const char *)in.data;

	if (is_first)
		SERVE(r = sasl_server_start(server, wire, text,
					    (unsigned)in.len, &data, &len));
	else
		SERVE(r = sasl_server_step(server, text ? text : "",
					   (unsigned)in.len, &data, &len));
	out->data = (const unsigned char *)(data ? data : "");
	out->len = len;
	return r;
}

static inline void
talk(struct attempt *a, sasl_conn_t *server, struct result *to)
{
	const char *wire = a->entry.record.wire;
	struct lk_bytes out, none = { NULL, 0 };
	int32_t r = lk_exchange_start(a->x);

	to->has_ir = lk_exchange_response(a->x).data != NULL;
	for (to->rounds = 1; r >= 0 && to->rounds < 9; to->rounds++) {
		to->server = serve(server, wire, lk_exchange_response(a->x),
				   to->rounds == 1, &out);
		if (to->server != SASL_CONTINUE)
			break;
		r = lk_exchange_challenge(a->x, out, out, false);
	}
	if (r >= 0 && to->server == SASL_OK)
		r = lk_exchange_success(a->x, none);
	else if (r >= 0)
		r = lk_exchange_failure(a->x, LK_E_CREDENTIALS, NULL, "no");
	to->cls = r;
}

static inline struct result
log_in(struct attempt *a, const char *name, const char *realm)
{
	sasl_conn_t *server;
	struct result result = { .server = SASL_FAIL };
	const void *user = NULL;

	SERVE(server = server_new(name, realm));
	assert_non_null(server);
	a->login.host = name;
	attempt_open(a, true);
	assert_int_equal(lk_exchange_available(a->x), LK_DONE);
	talk(a, server, &result);
	if (result.server == SASL_OK &&
	    sasl_getprop(server, SASL_USERNAME, &user) == SASL_OK)
		snprintf(result.user, sizeof(result.user), "%s",
			 (const char *)user);
	SERVE(sasl_dispose(&server));
	return result;
}

static inline struct result
log_in_by(const char *id, const char *secret, const char *authzid)
{
	struct result result;
	struct attempt a;

	real_init(&a, id);
	a.password = bytes(secret);
	a.login.authzid = authzid;
	result = log_in(&a, HOST, NULL);
	if (result.cls == LK_DONE && secret && a.asked != 1 &&
	    lk_policy_reads_secret(&a.entry.record))
		fail_msg("%s: asked %d times", id, a.asked);
	attempt_close(&a);
	return result;
}

/* ---- who is first -------------------------------------------------------- */

#ifdef SERVER_IS_FIRST
/* The program's own, for its own logins. */
static inline int
option(void *context, const char *plugin, const char *name,
       const char **result, unsigned *len)
{
	(void)context;
	(void)plugin;
	if (strcmp(name, "client_mech_list") != 0)
		return SASL_FAIL;
	*result = "ANONYMOUS";
	if (len)
		*len = 9;
	return SASL_OK;
}

static inline int
name(void *context, int id, const char **result, unsigned *len)
{
	(void)context;
	(void)id;
	*result = "mallory";
	if (len)
		*len = 7;
	return SASL_OK;
}

static const sasl_callback_t others[] = {
	{ SASL_CB_GETOPT, (int (*)(void))(void (*)(void))option, NULL },
	{ SASL_CB_AUTHNAME, (int (*)(void))(void (*)(void))name, NULL },
	{ SASL_CB_USER, (int (*)(void))(void (*)(void))name, NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};
#endif

#ifdef HAS_MUTEXES
static inline void *
mutex_new(void)
{
	pthread_mutex_t *m = malloc(sizeof(*m));

	pthread_mutex_init(m, NULL);
	return m;
}

static inline int
mutex_lock(void *m)
{
	return pthread_mutex_lock(m);
}

static inline int
mutex_unlock(void *m)
{
	return pthread_mutex_unlock(m);
}

static inline void
mutex_free(void *m)
{
	pthread_mutex_destroy(m);
	free(m);
}
#endif

static inline int
begin(void **state)
{
#ifdef HAS_MUTEXES
	sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock, mutex_free);
#endif
#ifdef SERVER_IS_FIRST
	server_init();
	assert_int_equal(sasl_client_init(others), SASL_OK);
	return load(state);
#else
	load(state);
	server_init();
	return 0;
#endif
}

#endif
