/* threads shared|own PORT DIRECTORY: ten threads log in at once with the
 * password in GIVEN, with one host or each with its own, and print what the
 * command would end with. SPDX-License-Identifier: MIT */
#include <latchkey/client.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEN 10

static const char *port, *directory;
static struct lk_host *shared;
static pthread_barrier_t together;

static int
make_host(struct lk_host **ret, struct lk_error *err)
{
	struct lk_host_options o = {
		.size = sizeof(o), .state_dir = directory,
	};

	return lk_host_new(ret, &o, err);
}

static int
log_in(struct lk_host *host, struct lk_error *err)
{
	struct lk_account *account = NULL;
	struct lk_client *client = NULL;
	char url[128];
	int r = -1;

	snprintf(url, sizeof(url), "smtp://ann@example.org@127.0.0.1:%s?tls="
		 "none", port);
	if (lk_account_new(&account, err) == 0 &&
	    lk_account_url(account, url, err) == 0 &&
	    lk_account_set(account, "password-from", "env:GIVEN", err) == 0 &&
	    lk_client_new(&client, host, account, NULL, err) == 0)
		r = lk_client_connect(client, err);
	lk_client_free(client);
	lk_account_free(account);
	return r;
}

static void *
run(void *ctx)
{
	struct lk_host *host = shared;
	struct lk_error err = { 0 };
	int *status = ctx;

	if (!host && make_host(&host, &err) < 0)
		exit(1);
	pthread_barrier_wait(&together);
	*status = log_in(host, &err) == 0 ? 0 : lk_error_exit(err.cls);
	if (host != shared)
		lk_host_free(host);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t threads[TEN];
	int statuses[TEN], i;
	struct lk_error err;

	if (argc != 4)
		return 64;
	port = argv[2];
	directory = argv[3];
	if (strcmp(argv[1], "shared") == 0 && make_host(&shared, &err) < 0)
		return 1;
	pthread_barrier_init(&together, NULL, TEN);
	for (i = 0; i < TEN; i++)
		if (pthread_create(&threads[i], NULL, run, &statuses[i]) != 0)
			return 1;
	for (i = 0; i < TEN; i++) {
		pthread_join(threads[i], NULL);
		printf("%d\n", statuses[i]);
	}
	lk_host_free(shared);
	return 0;
}
