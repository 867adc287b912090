/* Every conversation once more: real sockets, real TLS, the client as programs
 * use it. SPDX-License-Identifier: MIT */
#include "rehearse/converse.h"
#include "temp.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What cannot be said over lk_client, and why. */
static const struct {
	const char *name, *why;
} left_out[] = {
	{ "external",
	  "the server of a rehearsal asks for no certificate" },
	{ "message_not_sendable",
	  "the client finds that out before it connects" },
	{ "message_unknown_timeout",
	  "ten minutes are waited for the answer to a final dot" },
	{ "rcptmax_partial", "the client sends the rest by itself" },
};

struct server {
	struct lk_rehearse *rehearse;
	pthread_t thread;
	int stop[2];
	int result;
	struct lk_error error;
};

static void *
serve(void *arg)
{
	struct server *s = arg;

	s->result = lk_rehearse_run(s->rehearse, &s->error);
	/* nobody waits for us if we have left */
	shutdown(s->rehearse->listener, SHUT_RDWR);
	return NULL;
}

static bool
start(struct server *s, const char *path, const char *address, const char *dir)
{
	struct lk_rehearse_options o = {
		.path = path,
		.address = address,
		.dir = dir,
	};

	memset(s, 0, sizeof(*s));
	if (pipe(s->stop) < 0)
		return false;
	o.stop = s->stop[0];
	if (lk_rehearse_new(&s->rehearse, &o, &s->error) == 0)
		return pthread_create(&s->thread, NULL, serve, s) == 0;
	printf("%s\n", s->error.sentence);
	return false;
}

/* The server has seen all of it, or tells what is missing. */
static bool
finish(struct server *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	if (pthread_timedjoin_np(s->thread, NULL, &until) != 0) {
		if (write(s->stop[1], "", 1) == 1)
			pthread_join(s->thread, NULL);
		printf("%s: the server still waits\n",
		       s->rehearse->script.path);
	}
	if (s->result < 0)
		printf("%s\n", s->error.sentence);
	lk_rehearse_free(s->rehearse);
	close(s->stop[0]);
	close(s->stop[1]);
	return s->result == 0;
}

/* Is the server silent in the session that begins at this turn? */
static bool
is_slow(const struct lk_script *s, size_t i)
{
	for (; i < s->n && s->turns[i].kind != LK_TURN_END; i++)
		if (s->turns[i].kind == LK_TURN_TIMEOUT)
			return true;
	return false;
}

/* The turn behind END. */
static size_t
end_of(const struct lk_script *s, size_t i)
{
	while (i < s->n && s->turns[i].kind != LK_TURN_END)
		i++;
	return i < s->n ? i + 1 : i;
}

static bool
is_aside(const struct lk_turn *t)
{
	return t->kind == LK_TURN_CHECK || t->kind == LK_TURN_OPTION;
}

/* The client's part of all sessions. */
static bool
talk(const struct lk_script *s, struct lk_script_options *o,
     struct lk_host *host, const struct lk_rehearse *server)
{
	struct lk_rehearse_info info;
	struct lk_error err = { 0 };
	bool good = true;
	size_t i = 0;

	lk_rehearse_get_info(server, &info);
	while (i < s->n && good) {
		struct outcome *out = calloc(1, sizeof(*out));

		if (!out)
			return false;
		session_run(out, host, o, &info, is_slow(s, i));
		good = session_is_clean(out, o, s->path);
		for (i = end_of(s, i); i < s->n && is_aside(&s->turns[i]); i++)
			if (s->turns[i].kind == LK_TURN_CHECK)
				good = session_check(out, o, s->path,
						     &s->turns[i]) &&
				       good;
		session_end(out);
		free(out);
		while (i > 0 && is_aside(&s->turns[i - 1]))
			i--;
		if (lk_script_options_take(o, s, i, &err) < 0)
			return false;
		while (i < s->n && is_aside(&s->turns[i]))
			i++;
	}
	return good;
}

static bool
converse(const char *path, const char *dir)
{
	struct lk_script_options o;
	struct lk_host *host = NULL;
	struct lk_error err = { 0 };
	struct lk_script script;
	struct server server;
	bool good = false;

	if (lk_script_options_init(&o) < 0)
		return false;
	if (lk_script_read(&script, path, &err) < 0 ||
		lk_script_options_take(&o, &script, 0, &err) < 0 ||
		lk_host_new(&host, NULL, &err) < 0)
		printf("%s\n", err.sentence);
	else if (start(&server, path, o.private ? "127.0.0.1" : "127.0.0.2",
		       dir)) {
		good = talk(&script, &o, host, server.rehearse);
		good = finish(&server) && good;
	}
	lk_host_free(host);
	lk_script_options_free(&o);
	lk_script_free(&script);
	return good;
}

/* ---- all files
 * --------------------------------------------------------------- */

static const char *
why_left_out(const char *name)
{
	size_t i, n;

	for (i = 0; i < sizeof(left_out) / sizeof(*left_out); i++) {
		n = strlen(left_out[i].name);
		if (strncmp(left_out[i].name, name, n) == 0 &&
			strcmp(name + n, ".smtp") == 0)
			return left_out[i].why;
	}
	return NULL;
}

static int
is_script(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".smtp") == 0;
}

static unsigned
converse_all(const char *folder, const char *only, const char *dir)
{
	unsigned left = 0, failed = 0;
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_script, alphasort), i;
	char path[PATH_MAX];

	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name, *why = why_left_out(name);

		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (why) {
			printf("left out: %s: %s\n", name, why);
			left++;
		} else if ((!only || strstr(name, only)) &&
			   !converse(path, dir)) {
			printf("FAILED: %s\n", name);
			failed++;
		}
		fflush(stdout);
		free(names[i]);
	}
	free(names);
	printf("%d conversations, %u left out, %u failed\n", n, left, failed);
	return n > 0 && left == sizeof(left_out) / sizeof(*left_out) ? failed
								     : 1;
}

int
main(int argc, char **argv)
{
	char dir[TEMP];
	unsigned failed;

	if (argc < 2 || temp_dir(dir, "latchkey-converse") < 0) {
		fprintf(stderr, "usage: %s FOLDER [NAME]\n", argv[0]);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	failed = converse_all(argv[1], argc > 2 ? argv[2] : NULL, dir);
	rmdir(dir);
	return failed ? 1 : 0;
}
