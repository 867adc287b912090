/* A temporary place with plugin directories, for tests of the registry.
 * SPDX-License-Identifier: MIT */
#ifndef LK_TEST_PLACE_H
#define LK_TEST_PLACE_H

#include "unit/folder.h"

#include <latchkey/host.h>

#include <fcntl.h>
#include <unistd.h>

/* Directories in order: a and b of LATCHKEY_PLUGIN_PATH, then the user's. */
static inline int
place_new(void **state)
{
	static const char *const dirs[] = {
		"a", "b", "data", "data/latchkey", "data/latchkey/v0", NULL
	};
	char path[256];

	(void)state;
	if (folder_new(dirs) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s:%s", at("a"), at("b"));
	setenv("LATCHKEY_PLUGIN_PATH", path, 1);
	setenv("XDG_DATA_HOME", at("data"), 1);
	return 0;
}

/* The octets of a file, to free(). */
static inline unsigned char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	unsigned char *data = malloc(1 << 22);

	assert_non_null(f);
	assert_non_null(data);
	*len = fread(data, 1, 1 << 22, f);
	fclose(f);
	return data;
}

/* Install by rename, as should be done. */
static inline void
spill(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(at("new"), "wbe");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(at("new"), 0755), 0);
	assert_int_equal(rename(at("new"), at(name)), 0);
}

/* Where the plugin of this name was built. */
static inline const char *
built(const char *plugin)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/test-plugins/%s/%s.so",
		 LK_TEST_BUILD_DIR, plugin, plugin);
	return path;
}

static inline void
put(const char *plugin, const char *name)
{
	unsigned char *data;
	size_t len;

	data = slurp(built(plugin), &len);
	spill(name, data, len);
	free(data);
}

static inline struct lk_host *
host_new(void)
{
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	return host;
}

/* What the host says of a file of the place; id NULL: of its first entry. */
struct seen {
	const char *path, *id;
	int32_t state;              /* 0: nothing */
	uint32_t flags;
	char found[32];
	char reason[1024];
	size_t params;
};

static inline int
see(void *ctx, const struct lk_mech_info *info)
{
	struct seen *s = ctx;
	const char *id = info->record ? info->record->id : "";

	if (strcmp(info->path, s->path) != 0 ||
	    (s->id && strcmp(id, s->id) != 0))
		return 0;
	s->state = info->state;
	s->flags = info->flags;
	snprintf(s->found, sizeof(s->found), "%s", id);
	snprintf(s->reason, sizeof(s->reason), "%s", info->reason);
	while (info->params[s->params])
		s->params++;
	return 1;
}

static inline struct seen
look(struct lk_host *host, const char *name, const char *id)
{
	struct seen s = { .path = at(name), .id = id };

	lk_host_each(host, see, &s);
	return s;
}

static inline struct seen
look_again(struct lk_host *host, const char *name, const char *id)
{
	struct lk_error err;

	if (lk_host_scan(host, &err) < 0)
		fail_msg("%s", err.sentence);
	return look(host, name, id);
}

/* ("" : no reason at all). */
static inline void
assert_seen(struct seen s, int32_t state, const char *fragment)
{
	if (s.state != state || !strstr(s.reason, fragment) ||
	    (!*fragment && *s.reason))
		fail_msg("%s: state %d, \"%s\"; not %d, \"%s\"", s.path,
			 s.state, s.reason, state, fragment);
}

/* A call that sets `err` must succeed. */
#define assert_ok(call) do { \
	if ((call) < 0) \
		fail_msg("%s", err.sentence); \
} while (0)

#endif
