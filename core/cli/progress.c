/* How far it is. SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 24
#define STEP 0.1

static double
since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) +
	       (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

void
lk_progress_begin(struct lk_progress *p, size_t all, bool wanted)
{
	p->is_on = wanted && isatty(STDERR_FILENO);
	p->all = all;
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	p->shown = (struct timespec){ 0, 0 };
}

void
lk_progress_show(struct lk_progress *p, size_t done, size_t failed)
{
	static const char bar[] = "########################";
	size_t full = p->all ? done * WIDTH / p->all : 0;
	double seconds = since(&p->start);

	if (!p->is_on || (done < p->all && since(&p->shown) < STEP))
		return;
	clock_gettime(CLOCK_MONOTONIC, &p->shown);
	fprintf(stderr, "\r[%-*.*s] %zu/%zu", WIDTH, (int)full, bar, done,
		p->all);
	if (seconds > STEP)
		fprintf(stderr, ", %.1f/s", (double)done / seconds);
	if (failed)
		fprintf(stderr, ", %zu not sent", failed);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
lk_progress_clear(struct lk_progress *p)
{
	if (!p->is_on)
		return;
	fputs("\r\033[K", stderr);
	p->shown = (struct timespec){ 0, 0 };
}
