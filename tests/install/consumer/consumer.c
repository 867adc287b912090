/* A stranger's program against both installed libraries.
 * SPDX-License-Identifier: MIT */
#include <latchkey/client.h>
#include <latchkey/host.h>

#include <stdio.h>

int
main(void)
{
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_host_new(&host, NULL, &err) < 0) {
		puts(err.sentence);
		return 1;
	}
	lk_client_free(NULL);
	lk_host_free(host);
	puts(lk_version());
	return 0;
}
