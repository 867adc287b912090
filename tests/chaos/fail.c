/* Memory that runs out. SPDX-License-Identifier: MIT */
#include "fail.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM 65536u                 /* a power of two */
#define FRAMES 12

static const void *live[ROOM];      /* by hash, gaps closed */
static size_t n_live;
static size_t left = SIZE_MAX;
static bool has_failed;
static void *where[FRAMES];         /* the stack of what failed */
static int frames;

void
fail_at(size_t n)
{
	left = n;
	has_failed = false;
	frames = 0;
}

bool
fail_stop(void)
{
	left = SIZE_MAX;
	return has_failed;
}

size_t
fail_live(void)
{
	return n_live;
}

const char *
fail_where(void)
{
	extern const char __ehdr_start[]
		__attribute__((visibility("hidden")));
	static char text[FRAMES * 20];
	size_t n = 0;
	int i;

	*text = '\0';
	for (i = 0; i < frames; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s0x%tx",
				      i ? " " : "",
				      (const char *)where[i] - __ehdr_start);
	return text;
}

static bool
fails(void)
{
	if (left == SIZE_MAX || left-- > 0)
		return false;
	left = SIZE_MAX;
	has_failed = true;
	frames = backtrace(where, FRAMES);
	errno = ENOMEM;
	return true;
}

/* ---- what is there ----------------------------------------------------- */

static size_t
slot_of(const void *p)
{
	return ((uintptr_t)p >> 4) * 11400714819323198485u >> 48 & (ROOM - 1);
}

static void *
born(void *p)
{
	size_t i = slot_of(p);

	if (!p)
		return p;
	if (n_live == ROOM / 2)
		abort();
	while (live[i])
		i = (i + 1) & (ROOM - 1);
	live[i] = p;
	n_live++;
	return p;
}

/* Others' blocks are not in the table. */
static void
dies(const void *p)
{
	size_t i = slot_of(p), j, home;

	while (live[i] && live[i] != p)
		i = (i + 1) & (ROOM - 1);
	if (!p || !live[i])
		return;
	n_live--;
	for (j = i;;) {
		live[i] = NULL;
		do {
			j = (j + 1) & (ROOM - 1);
			if (!live[j])
				return;
			home = slot_of(live[j]);
		} while (i <= j ? i < home && home <= j
				: i < home || home <= j);
		live[i] = live[j];
		i = j;
	}
}

/* ---- instead of the C library's ---------------------------------------- */

#define WRAP(result, name, ...) \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__); \
	result \
	__wrap_##name(__VA_ARGS__)

WRAP(void *, malloc, size_t n)
{
	return fails() ? NULL : born(__real_malloc(n));
}

WRAP(void *, calloc, size_t n, size_t size)
{
	return fails() ? NULL : born(__real_calloc(n, size));
}

WRAP(void *, realloc, void *p, size_t n)
{
	if (fails())
		return NULL;
	dies(p);
	return born(__real_realloc(p, n));
}

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	if (fails())
		return NULL;
	dies(p);
	return born(__real_reallocarray(p, n, size));
}

WRAP(void, free, void *p)
{
	dies(p);
	__real_free(p);
}

WRAP(char *, strdup, const char *s)
{
	return fails() ? NULL : born(__real_strdup(s));
}

WRAP(char *, strndup, const char *s, size_t n)
{
	return fails() ? NULL : born(__real_strndup(s, n));
}

WRAP(char *, realpath, const char *path, char *room)
{
	char *p;

	if (room)
		return __real_realpath(path, room);
	if (fails())
		return NULL;
	p = __real_realpath(path, NULL);
	return p ? born(p) : NULL;
}

WRAP(int, scandir, const char *path, struct dirent ***list,
     int (*filter)(const struct dirent *),
     int (*compare)(const struct dirent **, const struct dirent **))
{
	return fails() ? -1 : __real_scandir(path, list, filter, compare);
}

WRAP(DIR *, opendir, const char *path)
{
	return fails() ? NULL : __real_opendir(path);
}

WRAP(void *, mmap, void *at, size_t len, int prot, int flags, int fd,
     off_t offset)
{
	void *p;

	if (fails())
		return MAP_FAILED;
	p = __real_mmap(at, len, prot, flags, fd, offset);
	return p == MAP_FAILED ? p : born(p);
}

WRAP(int, munmap, void *p, size_t len)
{
	dies(p);
	return __real_munmap(p, len);
}

static int
print(char **to, const char *format, va_list ap)
{
	int n;

	if (fails())
		return -1;
	n = vasprintf(to, format, ap);
	if (n >= 0)
		born(*to);
	return n;
}

int __wrap_asprintf(char **to, const char *format, ...);
int __wrap___asprintf_chk(char **to, int flag, const char *format, ...);

int
__wrap_asprintf(char **to, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = print(to, format, ap);
	va_end(ap);
	return n;
}

int
__wrap___asprintf_chk(char **to, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, format);
	n = print(to, format, ap);
	va_end(ap);
	return n;
}
