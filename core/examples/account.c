/* account [ACCOUNT]: this account, log me in.  SPDX-License-Identifier: MIT
 *
 *     cc account.c -o account $(pkg-config --cflags --libs latchkey-smtp) */
#include <latchkey/client.h>

#include <stdio.h>

int
main(int argc, char **argv)
{
	struct lk_config *config = NULL;
	struct lk_host *host = NULL;
	struct lk_account *account = NULL;
	struct lk_client *client = NULL;
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_error err = { 0 };
	int code = 0;

	if (lk_config_read(&config, NULL, &err) < 0 ||
	    lk_config_host(&host, config, NULL, &err) < 0 ||
	    lk_account_open(&account, config, argc > 1 ? argv[1] : NULL, "smtp",
			    &err) < 0 ||
	    lk_client_new(&client, host, account, NULL, &err) < 0 ||
	    lk_client_connect(client, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.sentence, err.advice);
		code = lk_error_exit(err.cls);
	} else {
		lk_client_get_info(client, &info);
		printf("logged in with %s, over %s\n", info.mech,
		       *info.tls ? info.tls : "no TLS");
	}
	lk_client_free(client);
	lk_account_free(account);
	lk_host_free(host);
	lk_config_free(config);
	return code;
}
