/* The command line of sendmail: the traditional one, where options end with the
 * first word that is none. SPDX-License-Identifier: MIT */
#include "cli/sendmail.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define ENVID_MAX 100               /* RFC 3461, 4.4 */
#define NAME_MAX_ 200
#define ADVICE "latchkey-sendmail(8) lists the options"

/* value: what follows, in the same word or as the next one; NULL for an option
 * that takes none. */
struct option {
	char letter;
	bool has_value;
	int (*take)(struct lk_sendmail *, const char *value,
		    struct lk_error *err);
};

/* ---- one option ---------------------------------------------------------- */

static int
fail(struct lk_error *err, const char *option, const char *value,
     const char *why)
{
	char shown[64];

	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	return lk_fail(err, LK_E_USAGE, "%s: \"%s\" %s", option, shown, why);
}

static int
take_nothing(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)s;
	(void)value;
	(void)err;
	return 0;
}

static int
take_t(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)value;
	(void)err;
	s->cli->from_header = true;
	return 0;
}

static int
take_i(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)value;
	(void)err;
	s->keeps_dots = true;
	return 0;
}

static int
take_v(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)value;
	return s->cli->trace ? 0 : lk_cli_trace_open(s->cli, NULL, err);
}

static int
take_account(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)err;
	s->cli->name = value;
	return 0;
}

static int
take_from(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)err;
	s->cli->from = *value ? value : "<>";
	return 0;
}

static int
take_name(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	char shown[NAME_MAX_ + 1];

	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	if (strcmp(shown, value) != 0)
		return fail(err, "-F", value, "is longer than 200 octets, no "
			    "UTF-8, or holds a control character");
	s->full_name = *value ? value : NULL;
	return 0;
}

static int
take_o(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)err;
	if (strcmp(value, "i") == 0)
		s->keeps_dots = true;
	return 0;
}

static int
take_b(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	static const struct {
		char mode;
		const char *why;
	} refused[] = {
		{ 'd', "is a server: there is none here" },
		{ 'i', "makes a database of aliases: the file is read as it "
		       "is" },
		{ 'p', "lists the queue: there is none here" },
		{ 's', "speaks SMTP on standard input: that is not done here" },
	};
	size_t i;

	(void)s;
	if (strcmp(value, "m") == 0)
		return 0;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (value[0] == refused[i].mode && !value[1]) {
			fail(err, "-b", value, refused[i].why);
			lk_advise(err, "a mail system such as Postfix does it");
			return -1;
		}
	return fail(err, "-b", value, "is no mode: only m is");
}

static int
take_q(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)s;
	(void)value;
	lk_fail(err, LK_E_USAGE, "-q works on the queue: there is none here");
	lk_advise(err, "a mail system such as Postfix has one");
	return -1;
}

static int
take_body(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	(void)s;
	if (lk_ascii_equal(value, "7BIT") || lk_ascii_equal(value, "8BITMIME"))
		return 0;
	return fail(err, "-B", value, "is not 7BIT or 8BITMIME");
}

static int
take_envid(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	const char *p = value;

	while (*p > ' ' && *p <= '~')
		p++;
	if (*p || p == value || p - value > ENVID_MAX)
		return fail(err, "-V", value, "is not 1-100 printable "
			    "characters without blanks");
	s->envid = value;
	return 0;
}

/* As settings have it: in lower case, and checked by their rules. */
static int
take_setting(struct lk_sendmail *s, const char *key, const char *option,
	     const char *value, struct lk_error *err)
{
	struct lk_account *scratch = NULL;
	char *p;
	int r;

	for (p = (char *)value; *p; p++)
		*p = lk_ascii_lower(*p);
	r = lk_account_new(&scratch, err);
	if (r == 0 && lk_account_set(scratch, key, value, NULL) < 0)
		r = fail(err, option, value, strcmp(key, "dsn-ret") == 0
			 ? "is not full or hdrs" : "is not never, or some of "
			 "success,failure,delay");
	lk_account_free(scratch);
	s->cli->settings[s->cli->n_settings++] = (struct lk_cli_setting){
		key, strlen(key), value,
	};
	return r;
}

static int
take_notify(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	return take_setting(s, "dsn-notify", "-N", value, err);
}

static int
take_ret(struct lk_sendmail *s, const char *value, struct lk_error *err)
{
	return take_setting(s, "dsn-ret", "-R", value, err);
}

/* ---- all of them --------------------------------------------------------- */

/* G, m, n, U and O are of other times and places, and mean nothing here. */
static const struct option options[] = {
	{ 'B', true, take_body },
	{ 'F', true, take_name },
	{ 'G', false, take_nothing },
	{ 'N', true, take_notify },
	{ 'O', true, take_nothing },
	{ 'R', true, take_ret },
	{ 'U', false, take_nothing },
	{ 'V', true, take_envid },
	{ 'a', true, take_account },
	{ 'b', true, take_b },
	{ 'f', true, take_from },
	{ 'i', false, take_i },
	{ 'm', false, take_nothing },
	{ 'n', false, take_nothing },
	{ 'o', true, take_o },
	{ 'q', false, take_q },
	{ 'r', true, take_from },
	{ 't', false, take_t },
	{ 'v', false, take_v },
};

static const struct option *
find(char letter)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static int
fail_unknown(const char *word, struct lk_error *err)
{
	char shown[16];

	lk_ascii_printable(shown, sizeof(shown), word, strcspn(word, "="));
	lk_fail(err, LK_E_USAGE, "unknown option %s", shown);
	lk_advise(err, ADVICE);
	return -1;
}

/* Those of one word, -tiv or -fFROM; *next, the word behind it, moves on if it
 * is a value. */
static int
parse_letters(struct lk_sendmail *s, const char *word, char ***next,
	      struct lk_error *err)
{
	char name[] = "-?";
	const struct option *o;

	for (word++; *word; word++) {
		name[1] = *word;
		o = find(*word);
		if (!o)
			return fail_unknown(name, err);
		if (!o->has_value) {
			if (o->take(s, NULL, err) < 0)
				return -1;
			continue;
		}
		if (word[1])
			return o->take(s, word + 1, err);
		if (!**next)
			return lk_fail(err, LK_E_USAGE, "%s takes a value",
				       name);
		return o->take(s, *(*next)++, err);
	}
	return 0;
}

static int
parse_long(struct lk_sendmail *s, const char *word, struct lk_error *err)
{
	if (strcmp(word, "--help") == 0) {
		s->is_help = true;
		return 0;
	}
	if (strcmp(word, "--trace") == 0)
		return take_v(s, NULL, err);
	if (strncmp(word, "--trace=", 8) == 0 && !s->cli->trace)
		return lk_cli_trace_open(s->cli, word + 8, err);
	return fail_unknown(word, err);
}

/* Without -- nobody's name begins with a dash: it is an option that came too
 * late. */
static int
check_operands(char **args, struct lk_error *err)
{
	for (; *args; args++)
		if (**args == '-') {
			fail(err, "TO", *args, "is no recipient");
			lk_advise(err, "options stand before the recipients; "
				  "behind -- all are recipients");
			return -1;
		}
	return 0;
}

int
lk_sendmail_parse(struct lk_sendmail *s, struct lk_error *err)
{
	struct lk_cli *c = s->cli;
	char **next = c->args, *word;
	bool is_open = true;        /* no -- was there */
	size_t n;

	c->settings = calloc(c->n_args + 1, sizeof(*c->settings));
	if (!c->settings)
		return lk_fail_memory(err);
	while (is_open && !s->is_help && (word = *next) && word[0] == '-' &&
	       word[1]) {
		next++;
		if (strcmp(word, "--") == 0)
			is_open = false;
		else if ((word[1] == '-' ? parse_long(s, word, err)
			  : parse_letters(s, word, &next, err)) < 0)
			return -1;
	}
	for (n = 0; next[n]; n++)
		;
	c->args = next;
	c->n_args = n;
	return is_open && !s->is_help ? check_operands(next, err) : 0;
}
