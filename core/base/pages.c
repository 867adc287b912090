/* Pages that are kept out of core dumps. SPDX-License-Identifier: MIT */
#include "base/pages.h"

#include <string.h>
#include <sys/mman.h>

void *
lk_pages_new(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, size, MADV_DONTDUMP);
	return p;
}

void
lk_pages_free(void *p, size_t size, size_t used)
{
	if (!p)
		return;
	explicit_bzero(p, used);
	(void)munmap(p, size);
}
