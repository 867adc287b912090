/* The options of a conversation. SPDX-License-Identifier: MIT */
#include "scripts/script.h"

#include "base/ascii.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct script_options, member)

static const struct {
	const char *word;
	size_t at;
} strings[] = {
	{ "tls", AT(tls) },
	{ "ehlo", AT(ehlo) },
	{ "host", AT(host) },
	{ "peer", AT(peer) },
	{ "user", AT(user) },
	{ "authzid", AT(authzid) },
	{ "realm", AT(realm) },
	{ "auth", AT(auth) },
	{ "password", AT(password) },
	{ "token", AT(token) },
	{ "renewed", AT(renewed) },
};

static const struct {
	const char *word;
	size_t at;
} numbers[] = {
	{ "port", AT(port) },
	{ "failure-budget", AT(failure_budget) },
}, flags[] = {
	{ "insecure-plaintext", AT(insecure_plaintext) },
	{ "fallback-to-plaintext", AT(fallback_to_plaintext) },
	{ "private", AT(private) },
	{ "unverified", AT(unverified) },
	{ "pending", AT(pending) },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static int
mail_option(struct script_options *o, const char *word, const struct text *t)
{
	struct script_mail *m;

	if (strcmp(word, "mail") == 0) {
		if (o->n_mails == SCRIPT_MAILS)
			return -1;
		m = &o->mails[o->n_mails++];
		m->from = strdup(strcmp(t->data, "<>") == 0 ? "" : t->data);
		m->message.data = strdup("Subject: t\n\nhello\n");
		m->message.len = strlen(m->message.data);
		return 0;
	}
	if (o->n_mails == 0)
		return -1;
	m = &o->mails[o->n_mails - 1];
	if (strcmp(word, "to") == 0 && m->count < SCRIPT_TO) {
		m->to[m->count++] = strdup(t->data);
		return 0;
	}
	if (strcmp(word, "message") == 0) {
		free(m->message.data);
		m->message.data = malloc(t->len + 1);
		memcpy(m->message.data, t->data, t->len + 1);
		m->message.len = t->len;
		return 0;
	}
	if (strcmp(word, "partial") == 0)
		m->partial = true;
	else if (strcmp(word, "last") == 0)
		m->last = true;
	else
		return -1;
	return 0;
}

int
script_option(struct script_options *o, const char *word,
	      const struct text *t)
{
	char *base = (char *)o;
	size_t i;

	for (i = 0; i < COUNT(strings); i++)
		if (strcmp(word, strings[i].word) == 0) {
			char **s = (char **)(void *)(base + strings[i].at);

			free(*s);
			*s = strdup(t->data);
			return *s ? 0 : -1;
		}
	for (i = 0; i < COUNT(numbers); i++)
		if (strcmp(word, numbers[i].word) == 0) {
			long n = lk_ascii_number(t->data, t->len, 65535);

			*(unsigned *)(void *)(base + numbers[i].at) =
				(unsigned)n;
			return n < 0 ? -1 : 0;
		}
	for (i = 0; i < COUNT(flags); i++)
		if (strcmp(word, flags[i].word) == 0) {
			*(bool *)(void *)(base + flags[i].at) = true;
			return t->len ? -1 : 0;
		}
	if (strcmp(word, "param") == 0 && o->n_params < SCRIPT_PARAMS) {
		o->params[o->n_params++] = strdup(t->data);
		return 0;
	}
	return mail_option(o, word, t);
}

void
script_options_free(struct script_options *o)
{
	size_t i, j;

	for (i = 0; i < COUNT(strings); i++)
		free(*(char **)(void *)((char *)o + strings[i].at));
	for (i = 0; i < o->n_params; i++)
		free((char *)o->params[i]);
	for (i = 0; i < o->n_mails; i++) {
		free(o->mails[i].from);
		free(o->mails[i].message.data);
		for (j = 0; j < o->mails[i].count; j++)
			free(o->mails[i].to[j]);
	}
	memset(o, 0, sizeof(*o));
}
