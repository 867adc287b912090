/* epoll FILE FROM TO ACCOUNT...: send a message over each account (one may be named
 * often), all at the same time, from one thread; to servers of this machine, for
 * there is no TLS here.  SPDX-License-Identifier: MIT
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

#define PATIENCE_MS 60000           /* with a server, and with a secret */

enum { NET, WAIT };                 /* descriptors of a job */

struct job {
	struct lk_account *account;
	struct lk_login login;
	struct lk_auth *auth;
	struct lk_smtp *smtp;
	struct lk_envelope envelope;
	struct lk_recipient to;
	struct lk_error error;
	size_t at;                  /* so much of the message went */
	int net, wait;              /* or -1 */
	int64_t deadline;           /* when something has to be done, ms */
	int is_waiting, is_over;
};

static struct lk_message_facts message = { .size = sizeof(message) };
static char text[1 << 16];
static size_t length;
static struct job *jobs;
static int loop, left;

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Edges only: whoever is called does all that can be done. */
static void
watch(struct job *j, int fd, uint32_t events, uint32_t what)
{
	struct epoll_event e = { .events = events | EPOLLET };

	e.data.u32 = (uint32_t)(j - jobs) * 2 + what;
	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) < 0)
		perror("epoll_ctl");
}

static void
lose(struct job *j, int32_t cls, const char *why)
{
	struct lk_error e = { .cls = cls };

	snprintf(e.sentence, sizeof(e.sentence), "localhost:%u: %s",
		 j->login.port, why);
	lk_smtp_lost(j->smtp, &e);
}

/* It goes on at once: whether there is a server is heard of by recv(). */
static void
dial(struct job *j)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (j->net >= 0)
		close(j->net);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)j->login.port);
	j->net = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (j->net < 0 ||
	    (connect(j->net, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	     errno != EINPROGRESS)) {
		lose(j, LK_E_CONNECT, strerror(errno));
		return;
	}
	watch(j, j->net, EPOLLIN | EPOLLOUT, NET);
	if (strcmp(j->login.host, "localhost") == 0)
		facts.flags = LK_FACT_PRIVATE;
	lk_smtp_connected(j->smtp, &facts);
}

/* False: not now. */
static int
transfer(struct job *j, int is_out)
{
	char in[4096];
	size_t len;
	const void *out = is_out ? lk_smtp_output(j->smtp, &len) : NULL;
	ssize_t n = is_out ? send(j->net, out, len, MSG_NOSIGNAL)
			   : recv(j->net, in, sizeof(in), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
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
begin_wait(struct job *j)
{
	int32_t timeout_ms;
	uint32_t events;

	lk_smtp_wait(j->smtp, &j->wait, &events, &timeout_ms);
	if (j->wait >= 0)
		watch(j, j->wait, (events & LK_WAIT_READ ? EPOLLIN : 0) |
		      (events & LK_WAIT_WRITE ? EPOLLOUT : 0), WAIT);
	if (timeout_ms >= 0)
		j->deadline = now() + timeout_ms;
	j->is_waiting = 1;
}

/* Before the engine is called: the descriptor may not live longer than that. */
static void
end_wait(struct job *j)
{
	if (j->wait >= 0)
		epoll_ctl(loop, EPOLL_CTL_DEL, j->wait, NULL);
	j->wait = -1;
	j->is_waiting = 0;
	lk_smtp_ready(j->smtp);
}

static void
give_body(struct job *j)
{
	j->at += lk_smtp_body(j->smtp, text + j->at, length - j->at);
	if (j->at == length)
		lk_smtp_body_end(j->smtp);
}

static void
finish(struct job *j)
{
	int r = lk_smtp_mail_result(j->smtp, &j->error);

	if (r == 1 && !j->error.cls)
		j->error = *lk_smtp_error(j->smtp);
	if (j->net >= 0)
		close(j->net);
	j->is_over = 1;
	left--;
}

static void
drive(struct job *j)
{
	uint32_t want;

	j->deadline = now() + PATIENCE_MS;
	while (!j->is_over) {
		want = lk_smtp_want(j->smtp);
		if (want & LK_WANT_CONNECT) {
			dial(j);
		} else if (want & LK_WANT_SEND) {
			if (!transfer(j, 1))
				return;
		} else if (want & LK_WANT_BODY) {
			give_body(j);
		} else if (want & LK_WANT_MAIL) {
			if (lk_smtp_mail(j->smtp, &j->envelope, &message,
					 &j->error) < 0)
				lk_smtp_quit(j->smtp);
		} else if (want & LK_WANT_WORK) {
			/* may block: this would be the place for a thread */
			lk_smtp_ready(j->smtp);
		} else if (want & LK_WANT_WAIT) {
			begin_wait(j);
			return;
		} else if (want & LK_WANT_CLOSED) {
			finish(j);
		} else if (!transfer(j, 0)) {
			return;
		}
	}
}

static void
on_event(uint32_t data)
{
	struct job *j = &jobs[data / 2];

	if (j->is_over || j->is_waiting != (data % 2 == WAIT))
		return;             /* what comes meanwhile is read later */
	if (j->is_waiting)
		end_wait(j);
	drive(j);
}

/* The nearest deadline, after those that have passed. */
static int
check_times(int count)
{
	int64_t t = now(), next = t + PATIENCE_MS;
	struct job *j;

	for (j = jobs; j < jobs + count; j++) {
		if (!j->is_over && j->deadline <= t) {
			if (j->is_waiting)
				end_wait(j);
			else
				lose(j, LK_E_TRANSIENT, "no answer");
			drive(j);
		}
		if (!j->is_over && j->deadline < next)
			next = j->deadline;
	}
	return (int)(next - t);
}

static int
prepare(struct job *j, const struct lk_config *config, struct lk_host *host,
	const char *name, char **argv, struct lk_error *err)
{
	struct lk_smtp_options o = { .size = sizeof(o), .tls = LK_TLS_NONE,
				     .ehlo = "[127.0.0.1]" };

	j->net = j->wait = -1;
	j->to.address = argv[3];
	j->envelope = (struct lk_envelope){ .size = sizeof(j->envelope),
					    .flags = LK_MAIL_LAST,
					    .from = argv[2], .to = &j->to,
					    .count = 1 };
	if (lk_account_new(&j->account, err) < 0 ||
	    lk_config_account(config, name, NULL, j->account, err) < 0)
		return -1;
	j->login.size = sizeof(j->login);
	lk_account_login(j->account, &j->login);
	if (lk_auth_new(&j->auth, host, &j->login, lk_profile_smtp(), err) < 0)
		return -1;
	o.auth = j->auth;
	return lk_smtp_new(&j->smtp, &o, err);
}

static int
tell(int count)
{
	int i, sent = 0;

	for (i = 0; i < count; i++) {
		sent += !jobs[i].error.cls;
		if (jobs[i].error.cls)
			fprintf(stderr, "%s\n", jobs[i].error.sentence);
		lk_smtp_free(jobs[i].smtp);
		lk_auth_free(jobs[i].auth);
		lk_account_free(jobs[i].account);
	}
	printf("%d of %d sent\n", sent, count);
	return sent == count ? 0 : 75;
}

static void
read_message(const char *path)
{
	FILE *in = fopen(path, "r");

	length = in ? fread(text, 1, sizeof(text), in) : 0;
	lk_message_scan(&message, text, length);
	lk_message_scan_end(&message);
	if (in)
		fclose(in);
}

int
main(int argc, char **argv)
{
	struct lk_config *config = NULL;
	struct lk_host *host = NULL;
	struct epoll_event events[64];
	struct lk_error err;
	int i, n, count = argc - 4;

	if (count < 1)
		return 64;
	read_message(argv[1]);
	jobs = calloc((size_t)count, sizeof(*jobs));
	loop = epoll_create1(EPOLL_CLOEXEC);
	if (!jobs || loop < 0)
		return 75;
	n = lk_config_read(&config, NULL, &err) < 0 ||
	    lk_host_new(&host, NULL, &err) < 0;
	for (i = 0; i < count && !n; i++)
		n = prepare(&jobs[i], config, host, argv[4 + i], argv, &err) < 0;
	if (n) {
		fprintf(stderr, "%s\n%s\n", err.sentence, err.advice);
		return lk_error_exit(err.cls);
	}
	left = count;
	for (i = 0; i < count; i++)
		drive(&jobs[i]);
	while (left) {
		n = epoll_wait(loop, events, 64, check_times(count));
		for (i = 0; i < n; i++)
			on_event(events[i].data.u32);
	}
	n = tell(count);
	lk_host_free(host);
	lk_config_free(config);
	free(jobs);
	close(loop);
	return n;
}
