/* The event loop, and the servers. SPDX-License-Identifier: MIT */
#include "pending/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT, SERVER, WAIT, WORKERS };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
watch(struct loop *loop, int fd, uint32_t events, int index, int what)
{
	struct epoll_event e = { .events = events };

	e.data.u32 = (uint32_t)index * 4 + (uint32_t)what;
	assert_int_equal(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e), 0);
}

static int
index_of(const struct login *l)
{
	return (int)(l - l->loop->logins);
}

/* ---- a server ------------------------------------------------------------- */

static void
say(const struct login *l, const char *text)
{
	assert_int_equal(send(l->server, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void
hear(struct login *l, const char *line)
{
	char ehlo[64];

	snprintf(ehlo, sizeof(ehlo), "250-mx\r\n250 AUTH %s\r\n",
		 strcmp(l->id, "blocks") == 0 ? "BLOCKS" : "WAITS");
	if (strncmp(line, "EHLO ", 5) == 0)
		say(l, ehlo);
	else if (strcmp(line, "*") == 0)
		say(l, "501 cancelled\r\n");
	else if (strncmp(line, "AUTH ", 5) == 0 && l->asks)
		say(l, "334 aGVsbG8=\r\n");
	else if (strncmp(line, "AUTH ", 5) == 0 || !l->asks ||
		 strcmp(line, "ZWNobzpoZWxsbw==") == 0)
		say(l, l->refuses ? "535 no\r\n" : "235 ok\r\n");
	else
		fail_msg("the server heard: %s", line);
	if (l->hangs_up && strncmp(line, "AUTH ", 5) == 0)
		shutdown(l->server, SHUT_RDWR);
}

static void
serve(struct login *l)
{
	ssize_t n = recv(l->server, l->line + l->len,
			 sizeof(l->line) - l->len, MSG_DONTWAIT);
	char *end;

	if (n <= 0) {
		epoll_ctl(l->loop->epoll, EPOLL_CTL_DEL, l->server, NULL);
		return;
	}
	l->len += (size_t)n;
	while ((end = memmem(l->line, l->len, "\r\n", 2))) {
		*end = '\0';
		if (strcmp(l->line, "QUIT") != 0)
			hear(l, l->line);
		l->len -= (size_t)(end + 2 - l->line);
		memmove(l->line, end + 2, l->len);
	}
}

/* ---- a client ------------------------------------------------------------- */

static void
finish(struct login *l, int32_t cls)
{
	l->cls = cls;
	l->is_done = true;
	l->loop->done++;
	epoll_ctl(l->loop->epoll, EPOLL_CTL_DEL, l->client, NULL);
}

static void
send_all(struct login *l)
{
	size_t len;
	const void *data = lk_smtp_output(l->smtp, &len);

	/* so little fits always */
	assert_int_equal(send(l->client, data, len, MSG_NOSIGNAL), len);
	lk_smtp_sent(l->smtp, len);
}

static void
begin_wait(struct login *l)
{
	int32_t fd, timeout_ms;
	uint32_t events;

	lk_smtp_wait(l->smtp, &fd, &events, &timeout_ms);
	assert_true(fd >= 0);
	assert_int_equal(events, LK_WAIT_READ);
	watch(l->loop, fd, EPOLLIN, index_of(l), WAIT);
	l->waits_for = fd;
	l->until = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	l->is_waiting = true;
	l->loop->waiting++;
}

/* Before anything is called: the descriptor may not outlive that. */
static void
end_wait(struct login *l)
{
	if (!l->is_waiting)
		return;
	epoll_ctl(l->loop->epoll, EPOLL_CTL_DEL, l->waits_for, NULL);
	l->waits_for = -1;
	l->is_waiting = false;
	l->until = -1;
	l->loop->waiting--;
}

static void *
work(void *arg)
{
	struct login *l = arg;
	int index = index_of(l);

	lk_smtp_ready(l->smtp);
	if (write(l->loop->done_pipe[1], &index, sizeof(index)) !=
	    (ssize_t)sizeof(index))
		abort();
	return NULL;
}

static void
begin_work(struct login *l)
{
	l->is_at_work = true;
	l->loop->threads++;
	assert_int_equal(pthread_create(&l->worker, NULL, work, l), 0);
}

static void
drive(struct login *l)
{
	uint32_t want;

	while (!l->is_done && !l->is_waiting && !l->is_at_work) {
		want = lk_smtp_want(l->smtp);
		if (want & LK_WANT_SEND)
			send_all(l);
		else if (want & LK_WANT_WAIT)
			begin_wait(l);
		else if (want & LK_WANT_WORK)
			begin_work(l);
		else if (want & LK_WANT_MAIL)
			finish(l, 0);
		else if (want & (LK_WANT_CLOSED | LK_WANT_CONNECT))
			finish(l, want & LK_WANT_CLOSED
				  ? lk_smtp_error(l->smtp)->cls : LK_E_CONNECT);
		else
			return;
	}
}

static void
lose(struct login *l, int32_t cls, const char *sentence)
{
	struct lk_error why = { .cls = cls };

	snprintf(why.sentence, sizeof(why.sentence), "%s", sentence);
	end_wait(l);
	lk_smtp_lost(l->smtp, &why);
	if (!l->is_done)
		drive(l);
}

static void
receive(struct login *l)
{
	char data[1024];
	ssize_t n = recv(l->client, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0) {
		lk_smtp_input(l->smtp, data, (size_t)n);
		drive(l);
	} else if (n == 0) {
		epoll_ctl(l->loop->epoll, EPOLL_CTL_DEL, l->client, NULL);
		lose(l, LK_E_PROTOCOL, "hung up");
	}
}

/* ---- the loop ------------------------------------------------------------- */

static void
on_event(struct loop *loop, uint32_t data)
{
	struct login *l = &loop->logins[data / 4];
	int index;

	switch (data % 4) {
	case CLIENT:
		if (!l->is_done && !l->is_at_work)
			receive(l);
		return;
	case SERVER:
		serve(l);
		return;
	case WAIT:
		if (!l->is_waiting)
			return;
		end_wait(l);
		lk_smtp_ready(l->smtp);
		drive(l);
		return;
	default:
		assert_int_equal(read(loop->done_pipe[0], &index,
				      sizeof(index)), sizeof(index));
		l = &loop->logins[index];
		pthread_join(l->worker, NULL);
		l->is_at_work = false;
		drive(l);
	}
}

static void
check_times(struct loop *loop)
{
	int64_t now = now_ms();
	struct login *l;

	for (l = loop->logins; l < loop->logins + loop->count; l++) {
		if (l->is_done || l->is_at_work)
			continue;
		if (l->until >= 0 && now >= l->until) {
			end_wait(l);
			lk_smtp_ready(l->smtp);
			drive(l);
		} else if (l->is_waiting && l->deadline >= 0 &&
			   now >= l->deadline) {
			l->deadline = -1;
			lose(l, LK_E_TRANSIENT, "no time is left");
		}
	}
}

void
loop_run(struct loop *loop, bool (*enough)(const struct loop *))
{
	int64_t limit = now_ms() + 60000;
	struct epoll_event events[32];
	int n, i;

	while (!enough(loop)) {
		n = epoll_wait(loop->epoll, events, 32, 10);
		for (i = 0; i < n; i++)
			on_event(loop, events[i].data.u32);
		check_times(loop);
		if (now_ms() > limit)
			fail_msg("%d of %d are done, %d wait", loop->done,
				 loop->count, loop->waiting);
	}
}

bool
all_done(const struct loop *loop)
{
	return loop->done == loop->count;
}

void
loop_open(struct login *l)
{
	assert_int_equal(write(l->gate[1], "", 1), 1);
}

/* ---- a life --------------------------------------------------------------- */

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ask;
	(void)err;
	/* one secret each, so that nobody waits for another */
	return lk_secret_add(to, ctx, strlen(ctx)) == 0 ? LK_DONE : LK_E_NOMEM;
}

void
loop_begin(struct loop *loop)
{
	struct lk_error err;

	memset(loop, 0, sizeof(*loop));
	if (lk_host_new(&loop->host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_true(loop->epoll >= 0);
	assert_int_equal(pipe2(loop->done_pipe, O_CLOEXEC), 0);
	watch(loop, loop->done_pipe[0], EPOLLIN, 0, WORKERS);
}

static void
name_it(struct login *l, const char *id, const char *at, const char *more)
{
	snprintf(l->id, sizeof(l->id), "%s", id);
	snprintf(l->user, sizeof(l->user), "user%d", index_of(l));
	snprintf(l->fd_param, sizeof(l->fd_param), "%s.fd=%d", id, l->gate[0]);
	snprintf(l->at_param, sizeof(l->at_param), "%s.at=%s", id, at);
	l->params[0] = l->fd_param;
	l->params[1] = l->at_param;
	if (more) {
		snprintf(l->more_param, sizeof(l->more_param), "%s.%s", id,
			 more);
		l->params[2] = l->more_param;
	}
	l->asks = strcmp(at, "challenge") == 0;
	l->refuses = strcmp(at, "failure") == 0;
	l->login = (struct lk_login){
		.size = sizeof(l->login), .host = "localhost", .port = 25,
		.user = l->user, .params = l->params, .secrets = "password",
		.secret = give, .ctx = l->user,
	};
}

struct login *
loop_add(struct loop *loop, const char *id, const char *at, const char *more,
	 bool has_gate)
{
	struct login *l = &loop->logins[loop->count++];
	struct lk_facts facts = { .size = sizeof(facts),
				  .flags = LK_FACT_PRIVATE };
	struct lk_smtp_options o = { .size = sizeof(o), .tls = LK_TLS_NONE,
				     .ehlo = "me.example" };
	struct lk_error err;
	int ends[2];

	l->loop = loop;
	l->waits_for = l->gate[0] = l->gate[1] = -1;
	l->until = l->deadline = -1;
	if (has_gate)
		assert_int_equal(pipe2(l->gate, O_CLOEXEC), 0);
	name_it(l, id, at, more);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    ends), 0);
	l->client = ends[0];
	l->server = ends[1];
	if (lk_auth_new(&l->auth, loop->host, &l->login, lk_profile_smtp(),
			&err) < 0)
		fail_msg("%s", err.sentence);
	o.auth = l->auth;
	assert_int_equal(lk_smtp_new(&l->smtp, &o, &err), 0);
	lk_smtp_connected(l->smtp, &facts);
	watch(loop, l->client, EPOLLIN, index_of(l), CLIENT);
	watch(loop, l->server, EPOLLIN, index_of(l), SERVER);
	say(l, "220 mx\r\n");
	return l;
}

void
loop_end(struct loop *loop)
{
	struct login *l;

	for (l = loop->logins; l < loop->logins + loop->count; l++) {
		lk_smtp_free(l->smtp);
		lk_auth_free(l->auth);
		close(l->client);
		close(l->server);
		if (l->gate[0] >= 0) {
			close(l->gate[0]);
			close(l->gate[1]);
		}
	}
	close(loop->epoll);
	close(loop->done_pipe[0]);
	close(loop->done_pipe[1]);
	lk_host_free(loop->host);
}
