/* A host that remembers in a temporary directory, with a clock of its own.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_REMEMBERED_H
#define TESTS_UNIT_REMEMBERED_H

#include "dialogue.h"
#include "temp.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define START 1800000000
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static char above[TEMP];            /* temporary */
static char place[TEMP + 16];             /* the state directory, in it */
static int64_t clock_now;           /* of all hosts */
static char logged[4096];

static inline int64_t
fake_date(void)
{
	return clock_now;
}

static inline int
make_place(void **state)
{
	(void)state;
	if (temp_dir(above, "latchkey-state") < 0)
		return -1;
	snprintf(place, sizeof(place), "%s/state", above);
	clock_now = START;
	*logged = '\0';
	return 0;
}

static inline int
remove_place(void **state)
{
	(void)state;
	return temp_remove(above);
}

static inline void
keep_log(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	(void)level;
	add(logged, sizeof(logged), text);
}

static inline struct lk_host *
remembering_host(const char *plugins)
{
	struct lk_host_options o = {
		.size = sizeof(o), .state_dir = place, .log = keep_log,
	};
	struct lk_host *host = NULL;
	struct lk_error err;

	use_plugins(plugins);
	if (lk_host_new(&host, &o, &err) < 0)
		fail_msg("%s", err.sentence);
	host->ledger->date = fake_date;
	return host;
}

#define STATE_NAME HOST ":587"

static inline const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

static inline void
write_state_text(const char *text)
{
	FILE *f;

	mkdir(place, 0700);
	f = fopen(path_of(STATE_NAME), "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path_of(STATE_NAME), 0600);
}

/* "" if there is none. */
static inline const char *
read_state_text(void)
{
	static char text[LK_STATE_MAX + 1];
	FILE *f = fopen(path_of(STATE_NAME), "re");
	size_t n = 0;

	if (f) {
		n = fread(text, 1, LK_STATE_MAX, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static inline struct lk_learnt_info
learnt_of(struct lk_host *host, const char *user)
{
	struct lk_learnt_info info = { .size = sizeof(info) };

	lk_host_learnt(host, HOST, 587, user, &info);
	return info;
}

#endif
