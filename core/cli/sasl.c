/* latchkey sasl: who logs in, and over what.
 * SPDX-License-Identifier: MIT */
#include "cli/sasl.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

/* ---- who, and over what -------------------------------------------------- */

static bool
has_host(const struct lk_cli *c)
{
	size_t i;

	for (i = 0; i < c->n_settings; i++)
		if (c->settings[i].key_len == 4 &&
		    strncmp(c->settings[i].key, "host", 4) == 0)
			return true;
	return false;
}

/* What a script does not vouch for is not so. */
static const char *
tls_of(const struct lk_cli *c)
{
	return c->tls ? c->tls : "none";
}

/* --host instead of an account: a URL, over which all settings go, the host
 * among them. */
static int
account_of_host(struct lk_sasl_talk *t, struct lk_error *err)
{
	struct lk_cli *c = t->cli;
	char url[64];
	int r;

	if (c->name)
		return lk_fail(err, LK_E_USAGE, "the account is named twice: "
			       "by -a and by --host");
	snprintf(url, sizeof(url), "smtp://localhost:%s?tls=%s",
		 t->service->port,
		 strcmp(tls_of(c), "none") == 0 ? "none" : "starttls");
	c->url = url;
	r = lk_cli_account(c, NULL, NULL, err);
	c->url = NULL;
	return r;
}

static int
find_account(struct lk_sasl_talk *t, struct lk_error *err)
{
	const char *name = t->service->name;

	if (has_host(t->cli))
		return account_of_host(t, err);
	if (lk_cli_account(t->cli, NULL, NULL, err) < 0) {
		if (err->cls == LK_E_CONFIG && !t->cli->name)
			lk_advise(err, "-a ACCOUNT, or --host HOST and --user "
				  "USER");
		return -1;
	}
	return strcmp(name, "smtp") == 0 ? 0
		: lk_account_service(t->cli->account, name, err);
}

static int
find_facts(struct lk_sasl_talk *t, struct lk_error *err)
{
	struct lk_account *a = t->cli->account;
	const char *tls = lk_account_get(a, "tls");

	if (lk_cli_facts(tls_of(t->cli), lk_account_get(a, "host"), &t->facts,
			 err) < 0)
		return -1;
	if (tls && lk_ascii_has_word("starttls implicit", tls, strlen(tls)))
		t->facts.flags |= LK_FACT_TLS_REQUIRED;
	return 0;
}

/* Who names mechanisms takes them for offered. */
struct search {
	struct lk_sasl_talk *talk;
	const char *names;
	bool failed;
};

static int
add_wire(void *ctx, const struct lk_mech_info *info)
{
	const struct lk_mech_record *r = info->record;
	struct search *s = ctx;
	struct lk_buf *to = &s->talk->offered;
	const char *at = s->names, *word;
	size_t len;

	while (r && (word = lk_ascii_next(&at, " ,", &len)))
		if (lk_ascii_equal_n(word, len, r->id) ||
		    lk_ascii_equal_n(word, len, r->wire))
			s->failed = s->failed || lk_buf_puts(to, r->wire) < 0 ||
				    lk_buf_puts(to, " ") < 0;
	return 0;
}

static int
find_offered(struct lk_sasl_talk *t, const char *mech, struct lk_error *err)
{
	struct search s = { t, mech, false };

	if (t->cli->offered)
		s.failed = lk_buf_puts(&t->offered, t->cli->offered) < 0;
	else
		lk_host_each(t->cli->host, add_wire, &s);
	if (!t->cli->offered && !t->offered.len && !s.failed)
		s.failed = lk_buf_puts(&t->offered, mech) < 0;
	if (s.failed || lk_sasl_names(&t->offered, t->service->profile()) < 0)
		return lk_fail_memory(err);
	return 0;
}

static int
prepare(struct lk_sasl_talk *t, struct lk_error *err)
{
	const char *mech = t->cli->args[0];
	struct lk_client_options options = lk_cli_client(t->cli);

	if (find_account(t, err) < 0 || lk_sasl_check_sources(t, err) < 0)
		return -1;
	if (strcmp(mech, "auto") != 0 &&
	    lk_account_set(t->cli->account, "auth", mech, err) < 0)
		return -1;
	if (find_facts(t, err) < 0 ||
	    lk_cli_host(t->cli, err) < 0 || find_offered(t, mech, err) < 0)
		return -1;
	t->account_login.size = sizeof(t->account_login);
	lk_account_login(t->cli->account, &t->account_login);
	t->login = t->account_login;
	t->login.note = lk_sasl_note;
	t->login.ctx = t;
	if (t->login.secret)
		t->login.secret = lk_sasl_secret;
	if (options.flags & LK_CLIENT_RETRY)
		t->login.flags |= LK_LOGIN_RETRY;
	return lk_auth_new(&t->auth, t->cli->host, &t->login,
			   t->service->profile(), err);
}

/* ---- the command --------------------------------------------------------- */

/* The sentence of several lines, in one. */
void
lk_cli_sasl_failed(const struct lk_error *err)
{
	char line[sizeof(err->sentence) + 128], *p;
	const char *class = lk_error_class(err->cls);
	bool is_in = strstr(err->sentence, class) != NULL;

	snprintf(line, sizeof(line), "FAIL %d %s%s%s",
		 lk_error_exit(err->cls ? err->cls : LK_E_INTERNAL),
		 is_in ? "" : class, is_in ? "" : ": ", err->sentence);
	for (p = line; (p = strchr(p, '\n')); )
		*p = ';';
	puts(line);
}

static void
wipe(struct lk_sasl_talk *t)
{
	lk_auth_free(t->auth);
	lk_buf_wipe(&t->offered);
	lk_buf_wipe(&t->in);
	lk_buf_wipe(&t->out);
}

static int
check_words(const struct lk_cli *c, const struct lk_sasl_service *service,
	    struct lk_error *err)
{
	if (!service)
		return lk_fail(err, LK_E_USAGE, "--service: \"%.40s\" is not "
			       "smtp, imap, pop3, sieve or ldap", c->service);
	if (c->n_args != 1)
		return lk_fail(err, LK_E_USAGE, "latchkey sasl takes one "
			       "mechanism, or auto");
	if (strcmp(c->args[0], "auto") == 0 && !c->offered) {
		lk_fail(err, LK_E_USAGE, "auto chooses among what the server "
			"offers");
		lk_advise(err, "--offered \"NAME...\"");
		return -1;
	}
	return 0;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_sasl_talk t = {
		.cli = c,
		.service = lk_sasl_service(c->service ? c->service : "smtp"),
		.facts = { .size = sizeof(t.facts) },
	};
	int r;

	lk_buf_init(&t.offered, LK_SASL_MAX);
	lk_buf_init(&t.in, LK_SASL_MAX);
	lk_buf_init(&t.out, 4 * LK_SASL_MAX);
	r = check_words(c, t.service, err);
	if (r == 0)
		r = prepare(&t, err);
	if (r == 0)
		r = lk_sasl_log_in(&t, err);
	if (r < 0 && err->cls == LK_E_ENCRYPTION)
		lk_advise(err, "--tls verified, where the script has TLS with "
			  "a certificate that it checked; or, if the password "
			  "may be read on the way: insecure-plaintext=yes");
	wipe(&t);
	return r;
}

const struct lk_cli_command lk_cli_sasl = {
	"sasl", "the login of a script's connection, line by line",
	"usage: latchkey sasl [OPTION]... MECHANISM|auto\n"
	"\n"
	"  --service SERVICE  smtp (default), imap, pop3, sieve or ldap\n"
	"  -a ACCOUNT         an account of latchkey accounts list, or an\n"
	"                     address; else the one called default\n"
	"  --host HOST, --port N, --user USER\n"
	"                     instead of an account\n"
	"  --offered \"NAME...\"\n"
	"                     the names that the server offers, with blanks or\n"
	"                     commas; MECHANISM if none are told\n"
	"  --tls TLS          verified or none (default): what the script made\n"
	"                     of its connection\n"
	"\n"
	"On standard output: SEND LINE, READ, RECONNECT, SECRET WHICH, DONE ID\n"
	"NAME, FAIL STATUS REASON.  On standard input: for each READ the next\n"
	"line of the server, or LOST; for RECONNECT: READY [NAME...]; for SECRET,\n"
	"of which fd:0 is the source: the secret.\n",
	"HKLOPQRTVYaho", run,
};
