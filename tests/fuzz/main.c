/* Runs a fuzz target on files and on all files of directories.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A sanitizer or the target ends the process: tell on which file. */
static void
run_file(const char *path)
{
	static uint8_t room[1 << 20];
	FILE *f = fopen(path, "rbe");
	uint8_t *data;
	size_t len;

	if (!f) {
		perror(path);
		exit(1);
	}
	len = fread(room, 1, sizeof(room), f);
	fclose(f);
	/* of its own size, so that nothing reads beyond it unnoticed */
	data = malloc(len ? len : 1);
	if (!data)
		exit(1);
	memcpy(data, room, len);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
}

static size_t
run_directory(const char *path)
{
	struct dirent **list;
	char file[4096];
	int n, i;
	size_t count = 0;

	n = scandir(path, &list, NULL, alphasort);
	if (n < 0) {
		perror(path);
		exit(1);
	}
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path,
				 list[i]->d_name);
			run_file(file);
			count++;
		}
		free(list[i]);
	}
	free(list);
	return count;
}

int
main(int argc, char **argv)
{
	size_t count = 0;
	struct stat st;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			count += run_directory(argv[i]);
			continue;
		}
		run_file(argv[i]);
		count++;
	}
	printf("%zu inputs\n", count);
	if (count == 0)
		fprintf(stderr, "%s: no input: nothing was shown\n", argv[0]);
	return count ? 0 : 1;
}
