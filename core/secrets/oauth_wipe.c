/* Memory of libraries that do not wipe what they free.
 * SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/error.h"

#include <curl/curl.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* In front of each piece: how long it is. */
union head {
	size_t size;
	max_align_t align;
};

static void *
take(size_t n)
{
	union head *h;

	if (n > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + n);
	if (!h)
		return NULL;
	h->size = n;
	return h + 1;
}

static void
give(void *p)
{
	union head *h = p;

	if (!p)
		return;
	h--;
	explicit_bzero(h + 1, h->size);
	free(h);
}

static void *
resize(void *p, size_t n)
{
	void *new = take(n);
	size_t old;

	if (!p || !new)
		return new;
	old = ((union head *)p)[-1].size;
	memcpy(new, p, old < n ? old : n);
	give(p);
	return new;
}

static char *
copy(const char *text)
{
	size_t n = strlen(text) + 1;
	char *new = take(n);

	if (new)
		memcpy(new, text, n);
	return new;
}

static void *
clear(size_t n, size_t size)
{
	void *p;

	if (size && n > SIZE_MAX / size)
		return NULL;
	p = take(n * size);
	if (p)
		memset(p, 0, n * size);
	return p;
}

int
lk_oauth_wipe(struct lk_error *err)
{
	json_set_alloc_funcs(take, give);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, give, resize, copy,
				 clear) == CURLE_OK)
		return 0;
	return lk_fail(err, LK_E_INTERNAL, "libcurl cannot be initialised");
}
