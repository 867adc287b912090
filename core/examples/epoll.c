/* epoll FILE FROM TO ACCOUNT...: send a message over each account (one may be
 * named often), all at once from one thread.  SPDX-License-Identifier: MIT
 *
 *     cc epoll.c -o epoll $(pkg-config --cflags --libs latchkey-smtp) */
#include <latchkey/provider.h>
#include <latchkey/smtp.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS       60000              /* patience, */
#define FINAL_MS 600000             /* and with what may be sent already */

struct job {
	struct lk_account *account;
	struct lk_auth *auth;
	struct lk_smtp *smtp;
	struct lk_envelope envelope;
	struct lk_recipient to;
	struct lk_error error;
	size_t at;                  /* so much of the message went */
	int net, watched;           /* descriptors, or -1: calls that get this
				       do nothing */
	int64_t wake;               /* it sleeps until then, */
	int64_t end;                /* and not any longer after that */
};

static struct lk_config *config;
static struct lk_host *host;
static struct job *jobs;
static struct lk_message_facts message = { .size = sizeof(message) };
static char text[1 << 16];
static size_t length;
static int loop, left, sent;

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
lose(struct job *j, int32_t cls, const char *why)
{
	struct lk_error e = { .cls = cls };

	snprintf(e.sentence, sizeof(e.sentence), "localhost:%u: %s",
		 (unsigned)lk_account_number(j->account, "port"), why);
	lk_smtp_lost(j->smtp, &e);
}

/* To this machine only, for there is no TLS here.  It goes on at once: whether
 * there is a server is heard of by send(). */
static void
dial(struct job *j)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (j->net >= 0)
		close(j->net);
	facts.flags = LK_FACT_PRIVATE;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)lk_account_number(j->account, "port"));
	j->net = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (strcmp(lk_account_get(j->account, "host"), "localhost") != 0 ||
	    (connect(j->net, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	     errno != EINPROGRESS))
		lose(j, LK_E_CONNECT, "no connection");
	else
		lk_smtp_connected(j->smtp, &facts);
}

/* Octets, out or in.  False: not now. */
static int
transfer(struct job *j, int is_out)
{
	char in[4096];
	size_t len;
	const void *out = is_out ? lk_smtp_output(j->smtp, &len) : NULL;
	ssize_t n = is_out ? send(j->net, out, len, MSG_NOSIGNAL)
			   : recv(j->net, in, sizeof(in), 0);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		lose(j, LK_E_CONNECT, strerror(errno));
	else if (is_out)
		lk_smtp_sent(j->smtp, (size_t)n);
	else if (n > 0)
		lk_smtp_input(j->smtp, in, (size_t)n);
	else
		lose(j, LK_E_PROTOCOL, "the server hung up");
	return 1;
}

static void
finish(struct job *j)
{
	if (lk_smtp_mail_result(j->smtp, &j->error) == 1 && !j->error.cls)
		j->error = *lk_smtp_error(j->smtp);
	if (j->error.cls)
		fprintf(stderr, "%s\n", j->error.sentence);
	sent += !j->error.cls;
	close(j->net);
	j->watched = -1;
	lk_smtp_free(j->smtp);
	lk_auth_free(j->auth);
	lk_account_free(j->account);
	j->wake = INT64_MAX;
	left--;
}

/* All that can be done now; false: there is no more. */
static int
go_on(struct job *j, uint32_t want)
{
	if (want & LK_WANT_CONNECT) {
		dial(j);
	} else if (want & LK_WANT_WORK) {
		/* may block: this would be the place for a thread */
		lk_smtp_ready(j->smtp);
	} else if (want & LK_WANT_MAIL) {
		if (lk_smtp_mail(j->smtp, &j->envelope, &message,
				 &j->error) < 0)
			lk_smtp_quit(j->smtp);
	} else if (want & LK_WANT_BODY) {
		j->at += lk_smtp_body(j->smtp, text + j->at, length - j->at);
		if (j->at == length)
			lk_smtp_body_end(j->smtp);
	} else {
		return ((want & LK_WANT_SEND) && transfer(j, 1)) ||
		       ((want & LK_WANT_RECV) && transfer(j, 0));
	}
	return 1;
}

/* Until it is over, or sleeps: for the connection, or for what its login waits
 * for, a secret or a mechanism. */
static void
drive(struct job *j)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = j };
	uint32_t want, waits;
	int32_t ms;

	while (go_on(j, want = lk_smtp_want(j->smtp)))
		;
	if (want & LK_WANT_CLOSED) {
		finish(j);
	} else if (want & LK_WANT_WAIT) {
		lk_smtp_wait(j->smtp, &j->watched, &waits, &ms);
		j->wake = ms < 0 || now() + ms > j->end ? j->end : now() + ms;
		e.events = (waits & LK_WAIT_READ ? EPOLLIN : 0) |
			   (waits & LK_WAIT_WRITE ? EPOLLOUT : 0);
	} else {
		e.events |= want & LK_WANT_SEND ? EPOLLOUT : 0;
		j->watched = j->net;
		j->end = now() + (lk_smtp_is_final(j->smtp) ? FINAL_MS : MS);
		j->wake = j->end;
	}
	epoll_ctl(loop, EPOLL_CTL_ADD, j->watched, &e);
}

/* What it slept for is there, or its time is over. */
static void
wake(struct job *j)
{
	/* before the engine is called: the descriptor may not live longer */
	epoll_ctl(loop, EPOLL_CTL_DEL, j->watched, NULL);
	if (now() >= j->end)
		lose(j, LK_E_TRANSIENT, "no answer in time");
	else
		lk_smtp_ready(j->smtp);
	drive(j);
}

static int
prepare(struct job *j, const char *name, char **argv, struct lk_error *err)
{
	struct lk_envelope e = { .size = sizeof(e), .flags = LK_MAIL_LAST,
				 .from = argv[2], .to = &j->to, .count = 1 };
	struct lk_smtp_options o = { .size = sizeof(o), .tls = LK_TLS_NONE,
				     .ehlo = "[127.0.0.1]" };

	j->envelope = e;
	j->to.address = argv[3];
	j->net = j->watched = -1;
	j->end = now() + MS;
	if (lk_account_open(&j->account, config, name, "smtp", err) < 0 ||
	    lk_account_auth(&j->auth, j->account, host, err) < 0)
		return -1;
	o.auth = j->auth;
	return lk_smtp_new(&j->smtp, &o, err);
}

/* Wake whose time is over; how long all others sleep. */
static int
check_times(int count)
{
	int64_t t = now(), next = t + MS;
	struct job *j;

	for (j = jobs; j < jobs + count; j++) {
		if (j->wake <= t)
			wake(j);
		next = j->wake < next ? j->wake : next;
	}
	return left && next > t ? (int)(next - t) : 0;
}

int
main(int argc, char **argv)
{
	int i, n, count = argc - 4;
	struct epoll_event events[64];
	struct lk_error err = { .cls = LK_E_NOMEM };
	FILE *in;

	if (count < 1 || !(in = fopen(argv[1], "r"))) {
		fprintf(stderr, "epoll FILE FROM TO ACCOUNT...\n");
		return 64;
	}
	length = fread(text, 1, sizeof(text), in);
	lk_message_scan(&message, text, length);
	lk_message_scan_end(&message);
	loop = epoll_create1(EPOLL_CLOEXEC);
	jobs = calloc((size_t)count, sizeof(*jobs));
	n = !jobs || lk_config_read(&config, NULL, &err) < 0 ||
	    lk_config_host(&host, config, NULL, &err) < 0;
	for (i = 0; i < count && !n; i++)
		n = prepare(&jobs[i], argv[4 + i], argv, &err) < 0;
	if (n) {
		fprintf(stderr, "%s\n%s\n", err.sentence, err.advice);
		return lk_error_exit(err.cls);
	}
	for (i = 0, left = count; i < count; i++)
		drive(&jobs[i]);
	while (left) {
		n = epoll_wait(loop, events, 64, check_times(count));
		for (i = 0; i < n; i++)
			wake(events[i].data.ptr);
	}
	printf("%d of %d sent\n", sent, count);
	return sent == count ? 0 : 75;
}
