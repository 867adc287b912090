/* The account that is meant, and what lies under it.
 * SPDX-License-Identifier: MIT */
#include "conf/account.h"
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

#define DEFAULT "default"

/* What was chosen. */
struct choice {
	const struct lk_section *account; /* or NULL: the sender alone */
	const struct lk_section *provider; /* or NULL */
};

static int
fail_several(const struct lk_section *a, const struct lk_section *b,
	     struct lk_error *err)
{
	const char *from = a->values.key[LK_KEY_FROM];

	lk_fail(err, LK_E_CONFIG, "the accounts \"%s\" and \"%s\" both have "
		"%s = %s", a->name, b->name, from ? "from" : "user",
		from ? from : a->values.key[LK_KEY_USER]);
	lk_advise(err, "name the one that is meant: -a %s, or -a %s", a->name,
		  b->name);
	return -1;
}

/* by_user: an account without a from is its user's.  Of several it is the
 * default one. */
static int
find_sender(const struct lk_config *c, const char *sender, bool by_user,
	    const struct lk_section **ret, struct lk_error *err)
{
	const struct lk_sections *s = &c->sections;
	const struct lk_section *several = NULL;
	size_t i;

	*ret = NULL;
	for (i = lk_sections_first(s, LK_CONFIG_ACCOUNTS);
	     i < s->n && s->list[i]->kind == LK_CONFIG_ACCOUNTS; i++) {
		char *const *key = s->list[i]->values.key;
		const char *from = key[LK_KEY_FROM];

		if (!from && by_user)
			from = key[LK_KEY_USER];
		if (!from || !lk_ascii_equal(from, sender))
			continue;
		if (strcmp(s->list[i]->name, DEFAULT) == 0) {
			*ret = s->list[i];
			return 0;
		}
		if (*ret)
			several = s->list[i];
		else
			*ret = s->list[i];
	}
	return several ? fail_several(*ret, several, err) : 0;
}

static int
fail_none(const struct lk_config *c, const char *sender, bool is_named,
	  struct lk_error *err)
{
	const char *domain = sender ? strrchr(sender, '@') + 1 : "example.org";
	const char *user = sender ? sender : "you@example.org";
	char shown_user[120], shown_domain[120];
	bool has_default;

	lk_ascii_printable(shown_user, sizeof(shown_user), user, strlen(user));
	lk_ascii_printable(shown_domain, sizeof(shown_domain), domain,
			   strlen(domain));
	if (sender)
		lk_fail(err, LK_E_CONFIG, "no account has from = %s, %sno "
			"provider matches %s", shown_user, is_named ? "and "
			: "none is called default, and ", shown_domain);
	else
		lk_fail(err, LK_E_CONFIG, "no account is called default, and "
			"none is named");
	/* where there is a default one, pasting a second would end it all */
	has_default = lk_sections_find(&c->sections, LK_CONFIG_ACCOUNTS,
				       DEFAULT) != NULL;
	lk_advise(err, "in %.200s/latchkey.conf:\n[account %s]\n"
		  "host = smtp.%s\n%s%s%suser = %s", c->highest ? c->highest
		  : "/etc/latchkey", has_default ? shown_domain : DEFAULT,
		  shown_domain, has_default ? "from = " : "",
		  has_default ? shown_user : "", has_default ? "\n" : "",
		  shown_user);
	return -1;
}

static int
find_account(const struct lk_config *c, const char *name, const char *sender,
	     struct choice *choice, struct lk_error *err)
{
	const struct lk_sections *s = &c->sections;
	const bool is_address = name && strchr(name, '@');

	if (name && !is_address) {
		choice->account = lk_sections_find(s, LK_CONFIG_ACCOUNTS, name);
		return choice->account ? 0
			: lk_sections_unknown(s, LK_CONFIG_ACCOUNTS, name, err);
	}
	if (sender && find_sender(c, sender, is_address, &choice->account,
				  err) < 0)
		return -1;
	if (!choice->account && !is_address)
		choice->account = lk_sections_find(s, LK_CONFIG_ACCOUNTS,
						   DEFAULT);
	if (!choice->account && sender)
		choice->provider = lk_config_match(c, sender);
	return choice->account || choice->provider ? 0
						   : fail_none(c, sender,
							       is_address,
							       err);
}

static int
find_provider(const struct lk_config *c, struct choice *choice,
	      struct lk_error *err)
{
	char *const *key = choice->account->values.key;
	const char *name = key[LK_KEY_PROVIDER_NAME];

	if (!name) {
		if (key[LK_KEY_FROM])
			choice->provider = lk_config_match(c, key[LK_KEY_FROM]);
		if (!choice->provider && key[LK_KEY_USER])
			choice->provider = lk_config_match(c, key[LK_KEY_USER]);
		return 0;
	}
	choice->provider = lk_sections_find(&c->sections, LK_CONFIG_PROVIDERS,
					    name);
	if (choice->provider)
		return 0;
	lk_sections_unknown(&c->sections, LK_CONFIG_PROVIDERS, name, err);
	return lk_fail_place(err, &choice->account->values.key_place[
				     LK_KEY_PROVIDER_NAME]);
}

static int
put(struct lk_values *v, enum lk_key_id id, const char *value,
    const struct lk_place *place, struct lk_error *err)
{
	return lk_values_set(v, lk_keys[id].name, strlen(lk_keys[id].name),
			     value, place, err);
}

static int
fill(struct lk_values *v, const struct choice *choice, const char *sender,
     struct lk_error *err)
{
	const struct lk_section *p = choice->provider;
	const struct lk_place *match;

	if (p) {
		match = &p->values.key_place[LK_KEY_MATCH];
		if (lk_values_copy(v, &p->values, err) < 0 ||
		    put(v, LK_KEY_PROVIDER_NAME, p->name, match, err) < 0)
			return -1;
		lk_values_unset(v, LK_KEY_MATCH);
	}
	if (choice->account) {
		if (lk_values_copy(v, &choice->account->values, err) < 0)
			return -1;
		return p && v->key[LK_KEY_FROM] && !v->key[LK_KEY_USER]
			? put(v, LK_KEY_USER, v->key[LK_KEY_FROM],
			      &v->key_place[LK_KEY_FROM], err) : 0;
	}
	if (!v->key[LK_KEY_USER] && put(v, LK_KEY_USER, sender, NULL, err) < 0)
		return -1;
	return put(v, LK_KEY_FROM, sender, NULL, err);
}

static int
check(const struct lk_values *v, const struct choice *choice,
      struct lk_error *err)
{
	const struct lk_section *s = choice->account ? choice->account
						     : choice->provider;

	if (v->key[LK_KEY_HOST] || v->key[LK_KEY_SOCKET] ||
	    v->key[LK_KEY_IMAP] || v->key[LK_KEY_POP3] ||
	    v->key[LK_KEY_LDAP] || v->key[LK_KEY_SIEVE])
		return 0;
	lk_fail(err, LK_E_CONFIG, "the %s \"%s\" has no host%s",
		lk_section_word(s->kind), s->name, choice->provider ? ""
		: ", and the domain of its from and user is no provider's");
	lk_advise(err, "host = HOST%s", choice->provider ? ""
		  : ", or provider = NAME: latchkey providers list");
	return lk_fail_place(err, &s->place);
}

int
lk_config_account(const struct lk_config *c, const char *name,
		  const char *sender, struct lk_account *a,
		  struct lk_error *err)
{
	struct choice choice = { NULL, NULL };
	struct lk_values v = { 0 };

	if (name && strchr(name, '@'))
		sender = name;
	/* a bounce has no sender */
	if (sender && !strchr(sender, '@'))
		sender = NULL;
	if (find_account(c, name, sender, &choice, err) == 0 &&
	    (!choice.account || find_provider(c, &choice, err) == 0) &&
	    fill(&v, &choice, sender, err) == 0 &&
	    check(&v, &choice, err) == 0 &&
	    lk_account_name(a, choice.account ? choice.account->name : sender,
			    err) == 0 &&
	    lk_account_take(a, &v, err) == 0)
		return 0;
	lk_values_wipe(&v);
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}
