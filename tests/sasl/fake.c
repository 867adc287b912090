/* A plugin of libsasl2 whose mechanisms do what none should, and ask for all
 * that can be asked.  Compiled as BRIDGE it passes for our own.
 * SPDX-License-Identifier: MIT */
#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include <poll.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT sasl_client_plug_init_t sasl_client_plug_init;

static int
begin(void *global, sasl_client_params_t *params, void **state)
{
	(void)params;
	*state = global;
	return SASL_OK;
}

static void
end(void *state, const sasl_utils_t *utils)
{
	(void)state;
	(void)utils;
}

static int
done(sasl_client_params_t *p, sasl_out_params_t *o, unsigned ssf)
{
	p->canon_user(p->utils->conn, "alice", 5,
		      SASL_CU_AUTHID | SASL_CU_AUTHZID, o);
	o->doneflag = 1;
	o->mech_ssf = ssf;
	o->maxoutbuf = ssf ? 4096 : 0;
	return SASL_OK;
}

/* It begins a security layer whatever was asked for. */
static int
layer(void *state, sasl_client_params_t *p, const char *in, unsigned len,
      sasl_interact_t **prompts, const char **out, unsigned *n,
      sasl_out_params_t *o)
{
	(void)state;
	(void)in;
	(void)len;
	(void)prompts;
	*out = "layer";
	*n = 5;
	return done(p, o, 56);
}

/* It is loud, says why, and gives up. */
static int
loud(void *state, sasl_client_params_t *p, const char *in, unsigned len,
     sasl_interact_t **prompts, const char **out, unsigned *n,
     sasl_out_params_t *o)
{
	int level;

	(void)state;
	(void)in;
	(void)len;
	(void)prompts;
	(void)out;
	(void)n;
	(void)o;
	for (level = SASL_LOG_ERR; level <= SASL_LOG_PASS; level++)
		p->utils->log(p->utils->conn, level, "level %d", level);
	p->utils->seterror(p->utils->conn, 0, "the ticket is being printed");
	return SASL_TRYAGAIN;
}

/* It takes its time, and minds if it is not alone. */
static int
alone(void *state, sasl_client_params_t *p, const char *in, unsigned len,
      sasl_interact_t **prompts, const char **out, unsigned *n,
      sasl_out_params_t *o)
{
	static _Atomic int inside;
	int others = inside++;

	(void)state;
	(void)in;
	(void)len;
	(void)prompts;
	poll(NULL, 0, 2);
	inside--;
	*out = others ? "company" : "alone";
	*n = (unsigned)strlen(*out);
	return done(p, o, 0);
}

/* It asks a question, and answers with the answer. */
static int
ask(void *state, sasl_client_params_t *p, const char *in, unsigned len,
    sasl_interact_t **prompts, const char **out, unsigned *n,
    sasl_out_params_t *o)
{
	sasl_interact_t *q = *prompts;

	(void)in;
	(void)len;
	if (!q) {
		q = p->utils->malloc(2 * sizeof(*q));
		if (!q)
			return SASL_NOMEM;
		memset(q, 0, 2 * sizeof(*q));
		q[0].id = *(unsigned long *)state;
		q[0].challenge = "of the server";
		q[0].prompt = "The word";
		q[1].id = SASL_CB_LIST_END;
		*prompts = q;
		return SASL_INTERACT;
	}
	*out = q->result;
	*n = q->len;
	p->utils->free(q);
	*prompts = NULL;
	return done(p, o, 0);
}

/* It never has enough. */
static int
nag(void *state, sasl_client_params_t *p, const char *in, unsigned len,
    sasl_interact_t **prompts, const char **out, unsigned *n,
    sasl_out_params_t *o)
{
	if (*prompts)
		p->utils->free(*prompts);
	*prompts = NULL;
	return ask(state, p, in, len, prompts, out, n, o);
}

static const unsigned long one_word[] = { SASL_CB_ECHOPROMPT,
					  SASL_CB_LIST_END };
static unsigned long echo = SASL_CB_ECHOPROMPT, strange = 0x7777;
static unsigned long nobody = SASL_CB_AUTHNAME;

#define MECH(NAME, STEP, PROMPTS, GLOBAL) \
	{ .mech_name = NAME, .security_flags = SASL_SEC_NOPLAINTEXT | \
	  SASL_SEC_NOANONYMOUS | SASL_SEC_NOACTIVE | SASL_SEC_NODICTIONARY, \
	  .features = SASL_FEAT_WANT_CLIENT_FIRST, \
	  .required_prompts = PROMPTS, .glob_context = GLOBAL, \
	  .mech_new = begin, .mech_step = STEP, .mech_dispose = end }

static const unsigned long nothing[] = { SASL_CB_LIST_END };

static sasl_client_plug_t plugs[] = {
#ifdef BRIDGE
	MECH("X-BRIDGED", layer, nothing, NULL),
	MECH("X-BOTH", layer, nothing, NULL),
#else
	MECH("X-LAYER", layer, nothing, NULL),
	MECH("X-LOUD", loud, nothing, NULL),
	MECH("X-BOTH", loud, nothing, NULL),
	MECH("X-ALONE", alone, nothing, NULL),
	MECH("x_odd", ask, one_word, &echo),
	MECH("X-STRANGE", ask, nothing, &strange),
	MECH("X-NAG", nag, nothing, &nobody),
	MECH("X ILL", layer, nothing, NULL),
	MECH("X-MUCH-TOO-LONG-A-NAME", layer, nothing, NULL),
#endif
};

int
sasl_client_plug_init(const sasl_utils_t *utils, int max, int *version,
		      sasl_client_plug_t **list, int *count)
{
	(void)utils;
	(void)max;
#ifdef BRIDGE
	(void)one_word;
	(void)echo;
	(void)strange;
	(void)nobody;
	(void)loud;
	(void)alone;
	(void)nag;
#endif
	*version = SASL_CLIENT_PLUG_VERSION;
	*list = plugs;
	*count = sizeof(plugs) / sizeof(*plugs);
	return SASL_OK;
}
