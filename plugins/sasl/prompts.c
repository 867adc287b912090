/* What libsasl2 asks for, answered by properties.
 * SPDX-License-Identifier: MIT */
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- properties ---------------------------------------------------------- */

static const char *
keep(struct login *l, const void *octets, size_t len)
{
	struct text *t = malloc(sizeof(*t) + len + 1);

	if (!t)
		return NULL;
	t->next = l->texts;
	t->len = len;
	if (len)
		memcpy(t->octets, octets, len);
	t->octets[len] = '\0';
	l->texts = t;
	return t->octets;
}

int32_t
sasl_get(struct login *l, const char *key, const sasl_interact_t *prompt,
	 const char **text)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };
	struct lk_bytes value;
	int32_t r;

	*text = NULL;
	if (prompt) {
		ask.prompt = prompt->prompt;
		ask.context = prompt->challenge;
	}
	r = l->session->services->get(l->session, &ask, &value);
	if (r == LK_E_NOPROP)
		return LK_DONE;
	if (r != LK_DONE)
		return r;
	if (value.len && memchr(value.data, 0, value.len))
		return sasl_report(l->session, LK_E_CONFIG, 0, "libsasl2 "
				   "cannot take a NUL octet in a name or a "
				   "password", NULL);
	*text = keep(l, value.data, value.len);
	return *text ? LK_DONE : LK_E_NOMEM;
}

/* ---- prompts ------------------------------------------------------------- */

/* Which property answers; the secrets last, so that all else has been found
 * before one is leased. */
static const struct {
	unsigned long id;
	const char *key, *other;    /* the other if it is empty */
	const char *missing;        /* what to say; NULL: then it is empty */
	const char *advice;
} answers[] = {
	{ SASL_CB_USER, LK_P_AUTHZID, NULL, NULL, NULL },
	{ SASL_CB_AUTHNAME, LK_P_AUTHID, NULL, "no user name",
	  "-o user=NAME" },
	{ SASL_CB_GETREALM, LK_P_PARAM "realm", LK_P_REALM,
	  "the server has several realms", "-o realm=NAME" },
	{ SASL_CB_ECHOPROMPT, LK_P_OTP, NULL, "no one-time password", NULL },
	{ SASL_CB_NOECHOPROMPT, LK_P_OTP, NULL, "no one-time password", NULL },
	{ SASL_CB_PASS, LK_P_PASSWORD, NULL, "no password",
	  "-o password-from=prompt" },
};

static int32_t
lacks(struct login *l, size_t i, const sasl_interact_t *prompt)
{
	int is_realm = prompt->id == SASL_CB_GETREALM;
	char text[512];

	snprintf(text, sizeof(text), "%s%s%.400s", answers[i].missing,
		 is_realm ? ". " : "",
		 is_realm && prompt->challenge ? prompt->challenge : "");
	return sasl_report(l->session, is_realm ? LK_E_CONFIG : LK_E_NOPROP, 0,
		      text, answers[i].advice);
}

static int32_t
answer(struct login *l, size_t i, sasl_interact_t *prompt)
{
	const char *text;
	int32_t r = sasl_get(l, answers[i].key, prompt, &text);

	if (r == LK_DONE && answers[i].other && !(text && *text))
		r = sasl_get(l, answers[i].other, prompt, &text);
	if (r != LK_DONE)
		return r;
	if (!text && prompt->id == SASL_CB_AUTHNAME &&
	    (l->mech->note.record.flags & LK_F_ANONYMOUS))
		text = "anonymous";
	if (!text && answers[i].missing)
		return lacks(l, i, prompt);
	prompt->result = text ? text : "";
	prompt->len = (unsigned)strlen(prompt->result);
	return LK_DONE;
}

/* Every time all of them: what was leased may be gone after a wait. */
int32_t
sasl_answer(struct login *l)
{
	sasl_interact_t *p;
	int32_t r;
	size_t i;

	for (p = l->prompts; p->id != SASL_CB_LIST_END; p++)
		p->result = NULL;
	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		for (p = l->prompts; p->id != SASL_CB_LIST_END; p++) {
			if (p->id != answers[i].id)
				continue;
			r = answer(l, i, p);
			if (r != LK_DONE)
				return r;
		}
	for (p = l->prompts; p->id != SASL_CB_LIST_END; p++)
		if (!p->result)
			return sasl_report(l->session, LK_E_UNSUPPORTED, 0,
				      "libsasl2 asks for what we do not know",
				      NULL);
	return LK_DONE;
}
