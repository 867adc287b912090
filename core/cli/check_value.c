/* Values that the library takes, and that a person hardly means.
 * SPDX-License-Identifier: MIT */
#include "cli/check.h"

#include "base/ascii.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SENTENCE 640

/* ---- one value ----------------------------------------------------------- */

static void
check_comment(struct lk_check *k, const struct lk_setting *s)
{
	static const char free_text[] = "advice facts";
	char text[SENTENCE];

	if ((!strstr(s->value, " #") && !strstr(s->value, " ;")) ||
	    lk_ascii_has_word(free_text, s->key, strlen(s->key)) ||
	    strncmp(s->value, "cmd:", 4) == 0)
		return;
	snprintf(text, sizeof(text), "%s: what stands behind the blank and the "
		 "%c is a part of the value; a comment has a line of its own",
		 s->key, strstr(s->value, " #") ? '#' : ';');
	lk_check_tell_at(k, false, s->key, text);
}

static void
check_name(struct lk_check *k, const struct lk_setting *s)
{
	static const char names[] = "user from authzid";
	const char *open = strchr(s->value, '<');
	char text[SENTENCE], shown[256];
	size_t len;

	if (!open || !strchr(open, '@') || !strchr(open, '>') ||
	    !lk_ascii_has_word(names, s->key, strlen(s->key)))
		return;
	len = strcspn(open + 1, ">");
	lk_ascii_printable(shown, sizeof(shown), open + 1, len);
	snprintf(text, sizeof(text), "%s: it is a name and an address, and "
		 "goes to the server as it is; the address alone: %s = %s",
		 s->key, s->key, shown);
	lk_check_tell_at(k, false, s->key, text);
}

static void
check_path(struct lk_check *k, const struct lk_setting *s)
{
	static const char paths[] = "ca cert key aliases";
	char text[SENTENCE], shown[256];

	if (!lk_ascii_has_word(paths, s->key, strlen(s->key)))
		return;
	lk_ascii_printable(shown, sizeof(shown), s->value, strlen(s->value));
	if (*s->value != '/')
		snprintf(text, sizeof(text), "%s: \"%s\" is no absolute path: "
			 "which file it is depends on where a program is "
			 "started", s->key, shown);
	else if (access(s->value, R_OK) != 0)
		snprintf(text, sizeof(text), "%s: %s: %s", s->key, shown,
			 strerror(errno));
	else
		return;
	lk_check_tell_at(k, false, s->key, text);
}

static int
check_one(void *ctx, const struct lk_setting *s)
{
	struct lk_check *k = ctx;

	check_comment(k, s);
	check_name(k, s);
	check_path(k, s);
	return 0;
}

/* ---- what exposes secrets ------------------------------------------------ */

static const struct {
	const char *key, *text;
} exposed[] = {
	{ "insecure-no-verify", "insecure-no-verify: whoever is on the way can "
	  "play the server and gets the secret; pin or ca are the way for a "
	  "certificate of its own" },
	{ "insecure-plaintext", "insecure-plaintext: whoever is on the way can "
	  "read the password" },
};

/* Without TLS, but not to this machine itself. */
static bool
is_in_clear(const struct lk_account *a)
{
	static const char here[] = "localhost 127.0.0.1 ::1";
	const char *host = lk_account_get(a, "host");

	return strcmp(lk_account_get(a, "tls"), "none") == 0 && host &&
	       !lk_ascii_has_word(here, host, strlen(host));
}

static void
check_exposed(struct lk_check *k)
{
	size_t i;

	for (i = 0; i < sizeof(exposed) / sizeof(exposed[0]); i++)
		if (lk_account_number(k->account, exposed[i].key))
			lk_check_tell_at(k, false, exposed[i].key,
					 exposed[i].text);
	if (is_in_clear(k->account))
		lk_check_tell_at(k, false, "tls", "tls: none: whoever is on "
				 "the way reads and changes the mail");
}

void
lk_check_values(struct lk_check *k)
{
	const bool is_account = strcmp(k->kind, "account") == 0;

	/* what its provider says is told of that one */
	lk_config_show(k->cli->config, is_account ? LK_CONFIG_ACCOUNTS
		       : LK_CONFIG_PROVIDERS, k->name, check_one, k, NULL);
	check_exposed(k);
}
