/* The options of a conversation or a server. SPDX-License-Identifier: MIT */
#include "rehearse/script.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct lk_script_options, member)
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *word;
	size_t at;
	const char *standard;       /* or NULL */
} strings[] = {
	{ "tls", AT(tls), "none" },
	{ "ehlo", AT(ehlo), "me.example" },
	{ "host", AT(host), "mx.example" },
	{ "peer", AT(peer), NULL },
	{ "user", AT(user), NULL },
	{ "authzid", AT(authzid), NULL },
	{ "realm", AT(realm), NULL },
	{ "auth", AT(auth), NULL },
	{ "password", AT(password), NULL },
	{ "token", AT(token), NULL },
	{ "renewed", AT(renewed), NULL },
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
	{ "lmtp", AT(lmtp) },
	{ "bdat", AT(bdat) },
	{ "client-cert", AT(client_cert) },
	{ "binding", AT(binding) },
};

static const char *const tls_words[] = {
	"starttls", "implicit", "opportunistic", "none",
};

static int
replace(char **to, const char *value)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : -1;
}

static int
set_message(struct lk_text *to, const char *data, size_t len)
{
	free(to->data);
	to->len = 0;
	to->data = malloc(len + 1);
	if (!to->data)
		return -1;
	memcpy(to->data, data, len);
	to->data[len] = '\0';
	to->len = len;
	return 0;
}

static int
begin_mail(struct lk_script_options *o, const char *from)
{
	static const char standard[] = "Subject: t\n\nhello\n";
	struct lk_script_mail *m;

	if (o->n_mails == LK_SCRIPT_MAILS)
		return -1;
	m = &o->mails[o->n_mails++];
	if (replace(&m->from, strcmp(from, "<>") == 0 ? "" : from) < 0)
		return -1;
	return set_message(&m->message, standard, sizeof(standard) - 1);
}

static int
mail_option(struct lk_script_options *o, const char *word,
	    const struct lk_text *t)
{
	struct lk_script_mail *m;

	if (strcmp(word, "mail") == 0)
		return begin_mail(o, t->data);
	if (o->n_mails == 0)
		return -1;
	m = &o->mails[o->n_mails - 1];
	if (strcmp(word, "to") == 0 && m->count < LK_SCRIPT_TO)
		return replace(&m->to[m->count++], t->data);
	if (strcmp(word, "message") == 0)
		return set_message(&m->message, t->data, t->len);
	if (strcmp(word, "dsn-notify") == 0)
		return replace(&m->dsn_notify, t->data);
	if (strcmp(word, "dsn-ret") == 0)
		return replace(&m->dsn_ret, t->data);
	if (strcmp(word, "envid") == 0)
		return replace(&m->envid, t->data);
	if (strcmp(word, "partial") == 0)
		m->partial = true;
	else if (strcmp(word, "last") == 0)
		m->last = true;
	else
		return -1;
	return t->len ? -1 : 0;
}

static bool
is_tls_word(const char *value)
{
	size_t i;

	for (i = 0; i < COUNT(tls_words); i++)
		if (strcmp(value, tls_words[i]) == 0)
			return true;
	return false;
}

/* What options a server has; the others tell a client what to do. */
static const char of_servers[] =
	"tls host peer user password authzid realm token";
static const char of_mails[] =
	"mail to message dsn-notify dsn-ret envid partial last";

static bool
is_option(const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i < COUNT(strings); i++)
		if (strcmp(word, strings[i].word) == 0)
			return true;
	for (i = 0; i < COUNT(numbers); i++)
		if (strcmp(word, numbers[i].word) == 0)
			return true;
	for (i = 0; i < COUNT(flags); i++)
		if (strcmp(word, flags[i].word) == 0)
			return true;
	return strcmp(word, "param") == 0 ||
	       lk_ascii_has_word(of_mails, word, len);
}

/* wrong NULL: its value is.  Secrets have no value that is wrong. */
static int
bad_option(const struct lk_script *s, const struct lk_turn *t,
	   const char *wrong, struct lk_error *err)
{
	char word[80], value[80];

	lk_ascii_printable(word, sizeof(word), t->word, strlen(t->word));
	lk_ascii_printable(value, sizeof(value), t->text.data, t->text.len);
	if (wrong)
		return lk_fail(err, LK_E_CONFIG, "%s:%d: \"%s\" %s", s->path,
			       t->line, word, wrong);
	return lk_fail(err, LK_E_CONFIG, "%s:%d: %s: \"%s\" cannot be its "
		       "value here", s->path, t->line, word, value);
}

static int
take(struct lk_script_options *o, const char *word, const struct lk_text *t)
{
	char *base = (char *)o;
	size_t i;
	long n;

	for (i = 0; i < COUNT(strings); i++) {
		if (strcmp(word, strings[i].word) != 0)
			continue;
		if (strings[i].at == AT(tls) && !is_tls_word(t->data))
			return -1;
		return replace((char **)(void *)(base + strings[i].at),
			       t->data);
	}
	for (i = 0; i < COUNT(numbers); i++) {
		if (strcmp(word, numbers[i].word) != 0)
			continue;
		n = lk_ascii_number(t->data, t->len, 65535);
		*(unsigned *)(void *)(base + numbers[i].at) = (unsigned)n;
		return n < 0 ? -1 : 0;
	}
	for (i = 0; i < COUNT(flags); i++)
		if (strcmp(word, flags[i].word) == 0) {
			*(bool *)(void *)(base + flags[i].at) = true;
			return t->len ? -1 : 0;
		}
	if (strcmp(word, "param") == 0 && o->n_params < LK_SCRIPT_PARAMS)
		return replace((char **)(void *)&o->params[o->n_params++],
			       t->data);
	return mail_option(o, word, t);
}

int
lk_script_options_init(struct lk_script_options *o)
{
	char *base = (char *)o;
	size_t i;

	memset(o, 0, sizeof(*o));
	o->port = 587;
	for (i = 0; i < COUNT(strings); i++)
		if (strings[i].standard &&
		    replace((char **)(void *)(base + strings[i].at),
			    strings[i].standard) < 0)
			return -1;
	return 0;
}

int
lk_script_options_take(struct lk_script_options *o, const struct lk_script *s,
		       size_t from, struct lk_error *err)
{
	size_t i;

	for (i = from; i < s->n; i++) {
		const struct lk_turn *t = &s->turns[i];

		if (t->kind == LK_TURN_CHECK)
			continue;
		if (t->kind != LK_TURN_OPTION)
			break;
		if (!is_option(t->word))
			return bad_option(s, t, "is no option", err);
		if (s->is_server && !lk_ascii_has_word(of_servers, t->word,
						       strlen(t->word)))
			return bad_option(s, t, "is for clients: no option of "
					  "a server", err);
		if (take(o, t->word, &t->text) < 0)
			return bad_option(s, t, NULL, err);
	}
	return 0;
}

void
lk_script_options_free(struct lk_script_options *o)
{
	size_t i, j;

	for (i = 0; i < COUNT(strings); i++)
		free(*(char **)(void *)((char *)o + strings[i].at));
	for (i = 0; i < o->n_params; i++)
		free((char *)o->params[i]);
	for (i = 0; i < o->n_mails; i++) {
		free(o->mails[i].from);
		free(o->mails[i].message.data);
		free(o->mails[i].dsn_notify);
		free(o->mails[i].dsn_ret);
		free(o->mails[i].envid);
		for (j = 0; j < o->mails[i].count; j++)
			free(o->mails[i].to[j]);
	}
	memset(o, 0, sizeof(*o));
}
