/* Other services of an account's provider. SPDX-License-Identifier: MIT */
#include "conf/account.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

static const struct service {
	const char *name;
	enum lk_key_id keys;        /* host, port, tls, auth */
	const char *port, *tls_port; /* after STARTTLS, of implicit TLS */
	const struct lk_profile *(*profile)(void);
} services[] = {
	{ "imap", LK_KEY_IMAP, "143", "993", lk_profile_imap },
	{ "pop3", LK_KEY_POP3, "110", "995", lk_profile_pop3 },
	{ "ldap", LK_KEY_LDAP, "389", "636", lk_profile_ldap },
	{ "sieve", LK_KEY_SIEVE, "4190", "4190", lk_profile_sieve },
};

static int
copy(struct lk_values *to, const char *name, const struct lk_values *from,
     size_t key, const char *dflt, struct lk_error *err)
{
	const char *value = from->key[key] ? from->key[key] : dflt;

	return value ? lk_values_set(to, name, strlen(name), value,
				     &from->key_place[key], err) : 0;
}

static int
move(struct lk_account *a, const struct service *s, struct lk_error *err)
{
	const struct lk_values *from = lk_account_values(a);
	const char *tls = from->key[s->keys + 2], *port;
	struct lk_values to = { 0 };

	if (!tls)
		tls = lk_keys[s->keys + 2].dflt;
	port = strcmp(tls, "implicit") == 0 ? s->tls_port : s->port;
	if (copy(&to, "host", from, s->keys, NULL, err) == 0 &&
	    copy(&to, "port", from, s->keys + 1, port, err) == 0 &&
	    copy(&to, "tls", from, s->keys + 2, tls, err) == 0 &&
	    copy(&to, "auth", from, s->keys + 3, NULL, err) == 0 &&
	    lk_account_take(a, &to, err) == 0) {
		lk_values_unset(lk_account_values(a), LK_KEY_SOCKET);
		a->service = s->name;
		return 0;
	}
	lk_values_wipe(&to);
	return -1;
}

int
lk_account_service(struct lk_account *a, const char *service,
		   struct lk_error *err)
{
	const struct lk_values *v = lk_account_values(a);
	char shown[48];
	size_t i;
	int r = -1;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (strcmp(services[i].name, service) != 0)
			continue;
		if (v->key[services[i].keys]) {
			r = move(a, &services[i], err);
		} else {
			lk_fail(err, LK_E_CONFIG, "the account has no %s-host",
				service);
			lk_advise(err, "%s-host = HOST, in the account or its "
				  "provider", service);
		}
		break;
	}
	if (i == sizeof(services) / sizeof(services[0])) {
		lk_ascii_printable(shown, sizeof(shown), service,
				   strlen(service));
		lk_fail(err, LK_E_USAGE, "\"%s\" is no service: imap, pop3, "
			"ldap or sieve", shown);
	}
	if (r < 0 && err)
		err->stage = LK_STAGE_CONFIG;
	return r;
}

const struct lk_profile *
lk_account_profile(const struct lk_account *a)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].name, a->service) == 0)
			return services[i].profile();
	return lk_profile_smtp();
}
