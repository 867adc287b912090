/* memory nothing|host|ours|all|libsasl2: what this process holds with so much
 * in it, on standard output in KiB: resident, of that its own, and its heap.
 * SPDX-License-Identifier: MIT */
#include <latchkey/host.h>

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
die(const char *what)
{
	fprintf(stderr, "memory: %s\n", what);
	exit(1);
}

/* All ids but those of lists that are made when they run. */
static int
add_id(void *ctx, const struct lk_mech_info *info)
{
	char *to = ctx;
	size_t n = strlen(to);

	if (info->record && !strchr(info->record->id, '*'))
		snprintf(to + n, 4096 - n, "%s ", info->record->id);
	return 0;
}

static void
bring_up_libsasl2(void)
{
	void *library = dlopen("libsasl2.so.2", RTLD_NOW);
	int (*init)(const void *);

	if (!library)
		die(dlerror());
	*(void **)&init = dlsym(library, "sasl_client_init");
	if (!init || init(NULL) != 0)
		die("no libsasl2");
}

/* NULL: it needs none. */
static struct lk_host *
fill(const char *what)
{
	struct lk_host *host;
	struct lk_error err;
	char ids[4096] = "";

	if (strcmp(what, "nothing") == 0)
		return NULL;
	if (strcmp(what, "libsasl2") == 0) {
		bring_up_libsasl2();
		return NULL;
	}
	if (lk_host_new(&host, NULL, &err) < 0)
		die(err.sentence);
	lk_host_each(host, add_id, ids);
	if ((strcmp(what, "ours") == 0 &&
	     lk_host_preload(host, ids, &err) < 0) ||
	    (strcmp(what, "all") == 0 &&
	     lk_host_preload(host, NULL, &err) < 0))
		die(err.sentence);
	return host;
}

/* The number behind this word in /proc/self/smaps_rollup. */
static unsigned long
kib(const char *word)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	unsigned long sum = 0;
	char line[256];

	if (!f)
		die("no smaps_rollup");
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, word, strlen(word)) == 0)
			sum += strtoul(line + strlen(word), NULL, 10);
	fclose(f);
	return sum;
}

int
main(int argc, char **argv)
{
	struct lk_host *host;
	size_t heap;

	if (argc != 2)
		return 64;
	host = fill(argv[1]);
	heap = mallinfo2().uordblks;
	printf("%lu %lu %zu\n", kib("Rss:"), kib("Private_Dirty:"),
	       heap / 1024);
	lk_host_free(host);
	return 0;
}
