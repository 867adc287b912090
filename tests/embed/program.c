/* A program that holds its mechanisms itself: lists all there are, and logs in.
 * SPDX-License-Identifier: MIT */
#include "embed.h"

#include <latchkey/provider.h>

#include <stdio.h>

LK_PRELOAD(login);
LK_PRELOAD(plain);

static const struct lk_preloaded plugins[] = {
	LK_PRELOADED_BEGIN, LK_PRELOADED(login), LK_PRELOADED(plain),
	LK_PRELOADED_END
};

/* LeakSanitizer cannot look into a setuid program, which cannot be told so by
 * its environment. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static int
print(void *ctx, const struct lk_mech_info *info)
{
	(void)ctx;
	printf("%s %d %s\n", info->record ? info->record->id : "-",
	       (int)info->state, info->path);
	return 0;
}

static int
print_name(void *ctx, const char *name)
{
	printf("%s %s\n", (const char *)ctx, name);
	return 0;
}

static int
print_accounts(struct lk_error *err)
{
	struct lk_config *config;

	if (lk_config_read(&config, NULL, err) < 0)
		return -1;
	lk_config_each(config, LK_CONFIG_ACCOUNTS, print_name, "account");
	lk_config_free(config);
	return 0;
}

int
main(void)
{
	struct lk_host_options options = { .size = sizeof(options),
					   .preloaded = plugins };
	struct lk_host *host;
	struct lk_error err;

	if (print_accounts(&err) < 0 ||
	    lk_host_new(&host, &options, &err) < 0 ||
	    embed_login(host, "plain", "PLAIN LOGIN", 0, 235, &err) < 0 ||
	    embed_login(host, "login", "PLAIN LOGIN", 2, 235, &err) < 0) {
		puts(err.sentence);
		return 1;
	}
	lk_host_each(host, print, NULL);
	lk_host_free(host);
	return 0;
}
