/* Temporary layers of configuration files. SPDX-License-Identifier: MIT */
#ifndef LK_TEST_LAYERS_H
#define LK_TEST_LAYERS_H

#include "unit/folder.h"

#include <latchkey/provider.h>

#include <fcntl.h>
#include <unistd.h>

/* The lowest first. */
static inline int
layers_new(void **state)
{
	static const char *const dirs[] = {
		"low", "low/providers.d", "low/mechs.d",
		"high", "high/providers.d", "high/mechs.d", NULL
	};

	(void)state;
	return folder_new(dirs);
}

static inline void
put_octets(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(at(name), "wbe");

	if (!f)
		fail_msg("%s: %m", at(name));
	if (len)
		assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void
put(const char *name, const char *text)
{
	put_octets(name, text, strlen(text));
}

static inline int
read_flags(struct lk_config **config, uint32_t flags, struct lk_error *err)
{
	char dirs[256];
	const struct lk_config_options options = {
		.size = sizeof(options), .flags = flags, .dirs = dirs,
	};

	snprintf(dirs, sizeof(dirs), "%s:%s", at("low"), at("high"));
	memset(err, 0, sizeof(*err));
	*config = NULL;
	return lk_config_read(config, &options, err);
}

/* What is written so far; must be right. */
static inline struct lk_config *
config_new(void)
{
	struct lk_config *config;
	struct lk_error err;

	if (read_flags(&config, 0, &err) < 0)
		fail_msg("%s", err.sentence);
	return config;
}

/* What is written so far must be refused: the sentence begins with the path of
 * `name` ("high/latchkey.conf:3: "), and has the fragment in it. */
static inline struct lk_error
refused(const char *name, const char *fragment)
{
	struct lk_config *config;
	struct lk_error err;

	if (read_flags(&config, 0, &err) == 0)
		fail_msg("taken, and should be refused: \"%s\"", fragment);
	if (err.cls != LK_E_CONFIG || err.stage != LK_STAGE_CONFIG)
		fail_msg("class %d, stage %d: %s", err.cls, err.stage,
			 err.sentence);
	if (!strstr(err.sentence, fragment) ||
	    strncmp(err.sentence, at(name), strlen(at(name))) != 0)
		fail_msg("\"%s\" should begin with \"%s\" and have \"%s\"",
			 err.sentence, at(name), fragment);
	return err;
}

#endif
