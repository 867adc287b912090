/* latchkey accounts check: what the library refuses, and what it takes and a
 * person hardly means. SPDX-License-Identifier: MIT */
#include "cli/check.h"
#include "cli/json.h"
#include "cli/verbs.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

/* ---- what is said -------------------------------------------------------- */

void
lk_check_tell(struct lk_check *k, bool is_wrong, const char *sentence)
{
	const char *level = is_wrong ? "error" : "warning";

	if (is_wrong)
		k->wrong++;
	else
		k->doubtful++;
	if (k->cli->json)
		lk_json_doubt(k->kind, k->name, level, sentence);
	else
		printf("%s %s: %s: %s\n", k->kind, k->name, level, sentence);
}

/* Where a key was said, or the one that a sentence is about. */
struct search {
	const char *key;            /* or NULL */
	const char *sentence;
	char place[PATH_MAX + 32];
};

static int
find_place(void *ctx, const struct lk_setting *s)
{
	struct search *f = ctx;
	const size_t len = strlen(s->key);
	const bool is_it = f->key ? strcmp(f->key, s->key) == 0
		: strncmp(f->sentence, s->key, len) == 0 &&
		  f->sentence[len] == ':';

	if (!is_it || !s->file)
		return 0;
	snprintf(f->place, sizeof(f->place), "%s:%u: ", s->file,
		 (unsigned)s->line);
	return 1;
}

static void
look_for_place(struct lk_check *k, struct search *f)
{
	/* the account has what its provider says, too */
	if (strcmp(k->kind, "account") == 0)
		lk_account_each(k->account, find_place, f);
	else
		lk_config_show(k->cli->config, LK_CONFIG_PROVIDERS, k->name,
			       find_place, f, NULL);
}

void
lk_check_tell_at(struct lk_check *k, bool is_wrong, const char *key,
		 const char *sentence)
{
	struct search f = { .key = key, .sentence = sentence };
	char text[PATH_MAX + 4096];

	look_for_place(k, &f);
	snprintf(text, sizeof(text), "%s%s", f.place, sentence);
	lk_check_tell(k, is_wrong, text);
}

/* ---- mechanisms ---------------------------------------------------------- */

/* One word of `auth`. */
struct word {
	const char *text;
	size_t len;
	bool is_known, needs_secret;
	unsigned least;             /* how far the nearest is */
	char nearest[32];
};

/* Its name on the wire or its id; a list, on either side, ends with a *. */
static bool
is_meant_by(const struct word *w, const struct lk_mech_record *r)
{
	const size_t n = strlen(r->id), wire = strlen(r->wire);
	size_t same = 0;

	while (same < n && same < w->len && w->text[same] == r->id[same])
		same++;
	return (same == n && same == w->len) ||
	       (same < n && r->id[same] == '*') ||
	       (same + 1 == w->len && w->text[same] == '*') ||
	       (wire == w->len && memcmp(r->wire, w->text, wire) == 0);
}

static int
look_up(void *ctx, const struct lk_mech_info *info)
{
	const struct lk_mech_record *r = info->record;
	struct word *w = ctx;
	char text[32];
	unsigned d;

	if (!r)
		return 0;
	if (!is_meant_by(w, r)) {
		lk_ascii_printable(text, sizeof(text), w->text, w->len);
		d = lk_ascii_distance(text, r->wire);
		if (*r->wire && d < w->least) {
			lk_ascii_copy(w->nearest, sizeof(w->nearest), r->wire);
			w->least = d;
		}
		return 0;
	}
	w->is_known = true;
	if (!(r->flags & LK_F_NO_SECRET))
		w->needs_secret = true;
	return 0;
}

/* Can all that is wanted do without a secret? */
static bool
check_words(struct lk_check *k)
{
	const char *auth = lk_account_get(k->account, "auth");
	bool needs_secret = !auth;
	char text[256], shown[64];
	struct word w;

	while (auth && (w.text = lk_ascii_next(&auth, " \t,", &w.len))) {
		const bool is_forbidden = *w.text == '!';

		w.text += is_forbidden;
		w.len -= is_forbidden;
		w.is_known = w.needs_secret = false;
		w.least = (unsigned)w.len / 3 + 1;
		*w.nearest = '\0';
		if (w.len == 1 && *w.text == '*') {
			needs_secret = true;
			continue;
		}
		lk_host_each(k->cli->host, look_up, &w);
		needs_secret = needs_secret || !w.is_known ||
			       (w.needs_secret && !is_forbidden);
		if (w.is_known)
			continue;
		lk_ascii_printable(shown, sizeof(shown), w.text, w.len);
		snprintf(text, sizeof(text), "auth: no mechanism \"%s\" is "
			 "installed%s%s; latchkey mechs list has all", shown,
			 *w.nearest ? "; nearest: " : "", w.nearest);
		lk_check_tell_at(k, false, "auth", text);
	}
	return !needs_secret;
}

/* Words and parameters, as a login reads them. */
static bool
check_login(struct lk_check *k)
{
	struct lk_login login = { .size = sizeof(login) };
	struct lk_auth *auth = NULL;
	struct lk_error err = { 0 };

	lk_account_login(k->account, &login);
	if (!login.host)
		login.host = "localhost";
	if (lk_auth_new(&auth, k->cli->host, &login, lk_profile_smtp(),
			&err) < 0 && strcmp(err.sentence, k->broken) != 0)
		lk_check_tell_at(k, true, NULL, err.sentence);
	lk_auth_free(auth);
	return auth != NULL;
}

/* What mechs.d says wrongly is wrong for everybody, and told once. */
static void
check_mechs(struct lk_check *k)
{
	struct lk_login login = { .size = sizeof(login), .host = "localhost" };
	struct lk_auth *auth = NULL;
	struct lk_error err = { 0 };

	*k->broken = '\0';
	if (lk_auth_new(&auth, k->cli->host, &login, lk_profile_smtp(),
			&err) < 0) {
		k->kind = "file";
		k->name = "mechs.d";
		lk_check_tell(k, true, err.sentence);
		lk_ascii_copy(k->broken, sizeof(k->broken), err.sentence);
	}
	lk_auth_free(auth);
}

/* ---- sources and trust --------------------------------------------------- */

static void
check_source(struct lk_check *k, bool needs_none)
{
	const struct lk_account *a = k->account;
	const char *kind = lk_account_get(a, "secret-kind");
	const bool has_source = lk_account_get(a, "password-from") ||
				lk_account_get(a, "token-from");

	if (!lk_account_get(a, "user") && !lk_account_get(a, "cert") &&
	    !lk_account_get(a, "auth"))
		lk_check_tell(k, false, has_source
			      ? "it names no user, and with a secret alone it "
				"hardly can log in"
			      : "it names no user: mail goes without a login");
	else if (kind && strcmp(kind, "token") == 0 &&
		 !lk_account_get(a, "token-from"))
		lk_check_tell(k, false, "its provider takes a token, and "
			      "token-from does not say where that is");
	else if (!has_source && !needs_none && !lk_account_get(a, "cert"))
		lk_check_tell(k, false, "it has no password-from: a person is "
			      "asked, and where there is no terminal it cannot "
			      "log in");
	lk_check_sources(k);
	lk_check_values(k);
}

static int
check_secrecy(void *ctx, const struct lk_setting *s)
{
	struct lk_check *k = ctx;
	char text[256];

	if (!lk_cli_is_secret(k->cli->host, s->key))
		return 0;
	snprintf(text, sizeof(text), "%s: it is a secret, and a secret stands "
		 "in no file of accounts", s->key);
	lk_check_tell_at(k, true, s->key, text);
	return 0;
}

/* ---- sections ------------------------------------------------------------ */

static int
is_from_file(void *ctx, const struct lk_setting *s)
{
	struct lk_check *k = ctx;

	if (!k->file || (s->file && strcmp(s->file, k->file) == 0))
		k->is_meant = true;
	return k->is_meant;
}

/* A section that says nothing is meant, too, where all are. */
static bool
is_meant(struct lk_check *k, int32_t kind, const char *name)
{
	k->is_meant = !k->file;
	lk_config_show(k->cli->config, kind, name, is_from_file, k, NULL);
	k->sections += k->is_meant;
	return k->is_meant;
}

static int
check_account(void *ctx, const char *name)
{
	struct lk_error err = { 0 };
	struct lk_check *k = ctx;
	bool is_sound;

	k->kind = "account";
	k->name = name;
	if (!is_meant(k, LK_CONFIG_ACCOUNTS, name))
		return 0;
	if (lk_account_new(&k->account, &err) < 0 ||
	    lk_config_account(k->cli->config, name, NULL, k->account,
			      &err) < 0) {
		lk_check_tell(k, true, err.sentence);
	} else {
		lk_account_each(k->account, check_secrecy, k);
		is_sound = check_login(k);
		check_source(k, is_sound && check_words(k));
	}
	lk_account_free(k->account);
	k->account = NULL;
	return 0;
}

/* Into an account, all that one may say. */
static int
put(void *ctx, const struct lk_setting *s)
{
	struct lk_check *k = ctx;

	if (!strstr(s->key, "-from"))
		lk_account_set(k->account, s->key, s->value, NULL);
	return 0;
}

static int
check_provider(void *ctx, const char *name)
{
	struct lk_error err = { 0 };
	struct lk_check *k = ctx;

	k->kind = "provider";
	k->name = name;
	if (!is_meant(k, LK_CONFIG_PROVIDERS, name))
		return 0;
	if (lk_account_new(&k->account, &err) < 0) {
		lk_check_tell(k, true, err.sentence);
		return 0;
	}
	lk_config_show(k->cli->config, LK_CONFIG_PROVIDERS, name, put, k,
		       NULL);
	lk_account_each(k->account, check_secrecy, k);
	if (check_login(k))
		check_words(k);
	lk_check_values(k);
	lk_check_domains(k);
	lk_account_free(k->account);
	k->account = NULL;
	return 0;
}

/* ---- all ----------------------------------------------------------------- */

static void
check_all(struct lk_check *k)
{
	const struct lk_config *c = k->cli->config;

	check_mechs(k);
	lk_config_each(c, LK_CONFIG_ACCOUNTS, check_account, k);
	lk_config_each(c, LK_CONFIG_PROVIDERS, check_provider, k);
	lk_check_plugins(k);
	lk_check_unread(k);
}

/* Each file by itself, over the layers. */
static int
check_files(struct lk_check *k, struct lk_error *err)
{
	struct lk_cli *c = k->cli;
	struct lk_config_options options = { .size = sizeof(options) };
	size_t i;

	for (i = 1; i < c->n_args; i++) {
		k->file = options.file = c->args[i];
		lk_host_free(c->host);
		c->host = NULL;
		lk_config_free(c->config);
		c->config = NULL;
		if (lk_config_read(&c->config, &options, err) < 0 ||
		    lk_cli_host(c, err) < 0)
			return -1;
		check_all(k);
	}
	return 0;
}

int
lk_cli_check(struct lk_cli *c, struct lk_error *err)
{
	struct lk_check k = { .cli = c };

	if (c->n_args > 1) {
		if (check_files(&k, err) < 0)
			return -1;
	} else {
		if (lk_cli_config(c, err) < 0 || lk_cli_host(c, err) < 0)
			return -1;
		check_all(&k);
	}
	if (!c->json)
		printf("%zu accounts and providers: %zu wrong, %zu doubtful\n",
		       k.sections, k.wrong, k.doubtful);
	return k.wrong ? lk_error_exit(LK_E_CONFIG) : 0;
}
