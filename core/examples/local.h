/* What the examples share: a login as latchkey.conf says, to a server of this
 * machine, for there is no TLS here.  SPDX-License-Identifier: MIT */
#ifndef LOCAL_H
#define LOCAL_H

#include <latchkey/provider.h>

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What a program makes once, and keeps to its end. */
static struct lk_config *config;
static struct lk_host *host;
static struct lk_account *account;
static struct lk_login login = { .size = sizeof(login) };

static _Noreturn void
fail(const struct lk_error *e)
{
	fprintf(stderr, "%s\n%s\n", e->sentence, e->advice);
	exit(lk_error_exit(e->cls));
}

/* The login of an account (NULL: the default one) to this service. */
static inline struct lk_auth *
prepare(const char *name, const char *service, const struct lk_profile *profile)
{
	struct lk_host_options options = { .size = sizeof(options) };
	struct lk_auth *auth;
	struct lk_error err;

	signal(SIGPIPE, SIG_IGN);
	if (lk_config_read(&config, NULL, &err) < 0)
		fail(&err);
	lk_config_host(config, &options);
	if (lk_host_new(&host, &options, &err) < 0 ||
	    lk_account_new(&account, &err) < 0 ||
	    lk_config_account(config, name, NULL, account, &err) < 0 ||
	    lk_account_service(account, service, &err) < 0)
		fail(&err);
	lk_account_login(account, &login);
	if (lk_auth_new(&auth, host, &login, profile, &err) < 0)
		fail(&err);
	return auth;
}

/* Private is only what was asked for by this name. */
static inline uint32_t
privacy(void)
{
	return strcmp(login.host, "localhost") == 0 ? LK_FACT_PRIVATE : 0;
}

/* A connection, to be read from; dprintf() writes to its descriptor. */
static inline FILE *
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)login.port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("localhost");
		exit(75);
	}
	return fdopen(fd, "r");
}

/* A line without its end; "": there is none. */
static inline const char *
hear(FILE *net, char *line, int room)
{
	if (!fgets(line, room, net))
		*line = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* WAIT and WORK.  What else may be wanted, a new connection or TLS, is not to be
 * had here. */
static inline void
obey(struct lk_auth *auth, const struct lk_auth_want *w)
{
	struct pollfd one = { .fd = w->fd };

	one.events = (w->events & LK_WAIT_READ ? POLLIN : 0) |
		     (w->events & LK_WAIT_WRITE ? POLLOUT : 0);
	if (w->kind == LK_AUTH_WAIT)
		poll(&one, 1, w->timeout_ms);
	if (w->kind == LK_AUTH_WAIT || w->kind == LK_AUTH_WORK)
		lk_auth_ready(auth);
	else
		lk_auth_lost(auth, LK_E_PROTOCOL);
}

/* After DONE or STOP. */
static inline int
finish(struct lk_auth *auth, uint32_t kind)
{
	struct lk_auth_result r;

	if (kind == LK_AUTH_STOP)
		fail(lk_auth_error(auth));
	lk_auth_get_result(auth, &r);
	printf("logged in with %s\n", r.id);
	lk_auth_free(auth);
	return 0;
}

#endif
