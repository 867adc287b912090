/* many COUNT OCTETS FROM TO KEY=VALUE...: so many messages over one connection
 * of an account with these keys. SPDX-License-Identifier: MIT */
#include "message.h"

#include <latchkey/client.h>

#include <stdio.h>

static int
fail(const struct lk_error *err)
{
	fprintf(stderr, "many: %s\n", err->sentence);
	return 1;
}

static int
read_account(struct lk_account *a, char **keys, struct lk_error *err)
{
	for (; *keys; keys++) {
		char *value = strchr(*keys, '=');

		if (value)
			*value++ = '\0';
		if (lk_account_set(a, *keys, value ? value : "", err) < 0)
			return -1;
	}
	return 0;
}

static int
send_all(struct lk_client *c, unsigned long count, const char *text,
	 const char *from, const char *to, struct lk_error *err)
{
	struct lk_message m = {
		.size = sizeof(m), .fd = -1,
		.head = { (const unsigned char *)text, strlen(text) },
	};
	struct lk_recipient r = { .address = to };
	struct lk_envelope e = {
		.size = sizeof(e), .from = from, .to = &r, .count = 1,
	};

	while (count-- > 0) {
		if (count == 0)
			e.flags = LK_MAIL_LAST;
		if (lk_client_mail(c, &e, &m, err) < 0)
			return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct lk_error err = { .cls = 0 };
	struct lk_account *account;
	struct lk_client *client;
	struct lk_host *host;
	char *text;
	int r;

	if (argc < 6)
		return 64;
	text = make_message(strtoul(argv[2], NULL, 10));
	if (!text || lk_account_new(&account, &err) < 0 ||
	    read_account(account, argv + 5, &err) < 0 ||
	    lk_host_new(&host, NULL, &err) < 0 ||
	    lk_client_new(&client, host, account, NULL, &err) < 0)
		return fail(&err);
	r = send_all(client, strtoul(argv[1], NULL, 10), text, argv[3],
		     argv[4], &err);
	lk_client_free(client);
	lk_host_free(host);
	lk_account_free(account);
	free(text);
	return r < 0 ? fail(&err) : 0;
}
