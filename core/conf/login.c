/* From the files to a login. SPDX-License-Identifier: MIT */
#include "conf/account.h"
#include "conf/config.h"

#include <string.h>

int
lk_config_host(struct lk_host **ret, const struct lk_config *c,
	       const struct lk_host_options *options, struct lk_error *err)
{
	struct lk_host_options o = { .size = sizeof(o) };

	if (options)
		memcpy(&o, options, options->size < sizeof(o) ? options->size
							      : sizeof(o));
	o.size = sizeof(o);
	o.plugins = c->plugins;
	o.params = c->params;
	o.places = (const char *const *)c->places;
	return lk_host_new(ret, &o, err);
}

int
lk_account_open(struct lk_account **ret, const struct lk_config *config,
		const char *name, const char *service, struct lk_error *err)
{
	struct lk_account *a;

	if (lk_account_new(&a, err) < 0)
		return -1;
	if (lk_config_account(config, name, NULL, a, err) < 0 ||
	    (strcmp(service, "smtp") != 0 &&
	     lk_account_service(a, service, err) < 0)) {
		lk_account_free(a);
		return -1;
	}
	*ret = a;
	return 0;
}

int
lk_account_auth(struct lk_auth **ret, struct lk_account *a,
		struct lk_host *host, struct lk_error *err)
{
	struct lk_login login = { .size = sizeof(login) };

	lk_account_login(a, &login);
	return lk_auth_new(ret, host, &login, lk_account_profile(a), err);
}
