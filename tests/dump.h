/* What a core dump would have. SPDX-License-Identifier: MIT */
#ifndef TESTS_DUMP_H
#define TESTS_DUMP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Is the page of this address left out (proc(5), smaps: dd)? */
static inline bool
is_in_no_dump(const void *p)
{
	const uintptr_t at = (uintptr_t)p;
	uintptr_t from, to;
	FILE *maps = fopen("/proc/self/smaps", "r");
	bool is_here = false, is_left_out = false;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			is_here = from <= at && at < to;
		else if (is_here && strncmp(line, "VmFlags:", 8) == 0)
			is_left_out = strstr(line, " dd") != NULL;
	}
	if (maps)
		fclose(maps);
	return is_left_out;
}

#endif
