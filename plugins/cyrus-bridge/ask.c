/* What the program is asked for, by its callbacks or by prompts.
 * SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	unsigned long id;
	const char *challenge, *prompt;
} questions[WHATS] = {
	[AUTHID] = { SASL_CB_AUTHNAME, "Authentication Name", "User name" },
	[AUTHZID] = { SASL_CB_USER, "Authorization Name", "Act as" },
	[SECRET] = { SASL_CB_PASS, "Password", "Password" },
};

void
bridge_answers_wipe(struct answer answers[WHATS])
{
	int i;

	for (i = 0; i < WHATS; i++) {
		if (answers[i].data)
			explicit_bzero(answers[i].data, answers[i].len);
		free(answers[i].data);
	}
	memset(answers, 0, WHATS * sizeof(*answers));
}

/* What is empty is none. */
static int
keep(struct answer *a, const void *data, size_t len)
{
	if (!data || len == 0 || a->data)
		return SASL_OK;
	a->data = malloc(len + 1);
	if (!a->data)
		return SASL_NOMEM;
	memcpy(a->data, data, len);
	a->data[len] = '\0';
	a->len = len;
	return SASL_OK;
}

static int
take_results(const sasl_utils_t *utils, struct answer answers[WHATS],
	     sasl_interact_t **prompts)
{
	sasl_interact_t *p = *prompts;
	int i, r = SASL_OK;

	for (; r == SASL_OK && p->id != SASL_CB_LIST_END; p++)
		for (i = 0; i < WHATS; i++)
			if (questions[i].id == p->id)
				r = keep(&answers[i], p->result, p->len);
	utils->free(*prompts);
	*prompts = NULL;
	return r;
}

static int
call_simple(sasl_callback_ft proc, void *ctx, unsigned long id,
	    struct answer *a)
{
	sasl_getsimple_t *get = (sasl_getsimple_t *)(void (*)(void))proc;
	const char *text = NULL;
	int r = get(ctx, (int)id, &text, NULL);

	return r == SASL_OK && text ? keep(a, text, strlen(text)) : r;
}

static int
call_secret(sasl_conn_t *conn, sasl_callback_ft proc, void *ctx,
	    struct answer *a)
{
	sasl_getsecret_t *get = (sasl_getsecret_t *)(void (*)(void))proc;
	sasl_secret_t *secret = NULL;
	int r = get(conn, ctx, SASL_CB_PASS, &secret);

	return r == SASL_OK && secret ? keep(a, secret->data, secret->len) : r;
}

/* Without a callback for the user name libsasl2 has one of its own, which says
 * $USER: nobody meant to log in by that name. */
static int
ask_one(const sasl_utils_t *utils, enum what what, struct answer *a)
{
	unsigned long id = questions[what].id;
	sasl_callback_ft proc = NULL;
	void *ctx = NULL;
	int r = utils->getcallback(utils->conn, id, &proc, &ctx);

	if (r == SASL_INTERACT)
		return r;
	if (r != SASL_OK || !proc || (what == AUTHID && ctx == utils->conn))
		return SASL_OK;
	return what == SECRET ? call_secret(utils->conn, proc, ctx, a)
			      : call_simple(proc, ctx, id, a);
}

static void
add_prompt(sasl_interact_t *p, enum what what)
{
	p->id = questions[what].id;
	p->challenge = questions[what].challenge;
	p->prompt = questions[what].prompt;
}

int
bridge_ask(const sasl_utils_t *utils, size_t n, struct answer answers[WHATS],
	   sasl_interact_t **prompts)
{
	sasl_interact_t list[WHATS + 1];
	size_t i, used = 0;
	int r = SASL_OK;

	memset(list, 0, sizeof(list));
	if (prompts && *prompts)
		r = take_results(utils, answers, prompts);
	for (i = 0; i < n && r == SASL_OK; i++) {
		if (answers[i].is_asked)
			continue;
		answers[i].is_asked = 1;
		r = ask_one(utils, (enum what)i, &answers[i]);
		if (r == SASL_INTERACT) {
			add_prompt(&list[used++], (enum what)i);
			r = SASL_OK;
		}
	}
	if (r != SASL_OK || used == 0)
		return r;
	if (!prompts)
		return SASL_FAIL;
	*prompts = utils->malloc(sizeof(list));
	if (!*prompts)
		return SASL_NOMEM;
	memcpy(*prompts, list, sizeof(list));
	return SASL_INTERACT;
}
