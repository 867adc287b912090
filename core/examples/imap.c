/* imap [ACCOUNT]: log in over IMAP.  SPDX-License-Identifier: MIT
 *
 *     cc imap.c -o imap $(pkg-config --cflags --libs latchkey) */
#include <latchkey/provider.h>

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct lk_config *config;    /* these two a program makes once */
static struct lk_host *host;
static struct lk_account *account;
static struct lk_auth *auth;
static FILE *net;
static char line[16384];

/* To this machine only, for there is no TLS here. */
static void
begin(void)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	facts.flags = LK_FACT_PRIVATE;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)lk_account_number(account, "port"));
	if (strcmp(lk_account_get(account, "host"), "localhost") != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		lk_auth_lost(auth, LK_E_CONNECT);
		return;
	}
	if (net)
		fclose(net);
	net = fdopen(fd, "r");
	dprintf(fd, "C CAPABILITY\r\n");
	while (fgets(line, sizeof(line), net) && *line == '*' &&
	       strncmp(line, "* CAPABILITY ", 13) != 0)
		;
	lk_auth_begin(auth, &facts, line);
}

int
main(int argc, char **argv)
{
	struct lk_auth_result result = { .size = sizeof(result) };
	struct lk_auth_want w = { .size = sizeof(w) };
	struct lk_error err;
	int r = 1;

	signal(SIGPIPE, SIG_IGN);
	if (lk_config_read(&config, NULL, &err) < 0 ||
	    lk_config_host(&host, config, NULL, &err) < 0 ||
	    lk_account_open(&account, config, argc > 1 ? argv[1] : NULL, "imap",
			    &err) < 0 ||
	    lk_account_auth(&auth, account, host, &err) < 0)
		r = -1;
	while (r > 0 && (r = lk_auth_await(auth, 60000, &w, &err)) > 0) {
		if (w.kind == LK_AUTH_SEND) {
			dprintf(fileno(net), "%s%.*s\r\n",
				w.flags & LK_AUTH_COMMAND ? "A " : "",
				(int)w.line.len, (const char *)w.line.data);
			lk_auth_sent(auth);
		} else if (w.kind == LK_AUTH_READ) {
			lk_auth_line(auth, "A", fgets(line, sizeof(line), net));
		} else {
			begin();            /* RECONNECT: the first time, too */
		}
	}
	if (r < 0) {
		fprintf(stderr, "%s\n%s\n", err.sentence, err.advice);
		return lk_error_exit(err.cls);
	}
	lk_auth_get_result(auth, &result);
	printf("logged in with %s\n", result.id);
	return 0;
}
