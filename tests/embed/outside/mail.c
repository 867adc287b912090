/* A stranger's program: lists what is installed, then logs in.
 * SPDX-License-Identifier: MIT */
#include <latchkey/client.h>

#include <stdio.h>

static int
print(void *ctx, const struct lk_mech_info *info)
{
	(void)ctx;
	printf("%s in %s\n", info->record ? info->record->id : info->reason,
	       info->path);
	return 0;
}

int
main(int argc, char **argv)
{
	struct lk_account *account = NULL;
	struct lk_client *client = NULL;
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_host *host = NULL;
	struct lk_error err;
	int r = -1;

	if (argc < 2 || lk_host_new(&host, NULL, &err) < 0)
		return 1;
	lk_host_each(host, print, NULL);
	if (lk_account_new(&account, &err) == 0 &&
	    lk_account_url(account, argv[1], &err) == 0 &&
	    lk_account_set(account, "password-from", "env:SECRET", &err) == 0 &&
	    lk_client_new(&client, host, account, NULL, &err) == 0 &&
	    (r = lk_client_connect(client, &err)) == 0) {
		lk_client_get_info(client, &info);
		printf("logged in with %s\n", info.mech);
	} else {
		printf("%s\n", err.sentence);
	}
	lk_client_close(client);
	lk_client_free(client);
	lk_account_free(account);
	lk_host_free(host);
	return r < 0 ? lk_error_exit(err.cls) : 0;
}
