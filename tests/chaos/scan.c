/* A search of all memory. SPDX-License-Identifier: MIT */
#include "scan.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MASK 0xa5u                  /* what is looked for is kept masked */
#define WINDOW 12                   /* octets: a freed block loses its first
				       16, and what it held may be cut */
#define TEXTS 4                     /* raw, and base64 that begins anywhere */

static struct {
	const char *name;
	unsigned char masked[SECRET * 2];
	size_t len;
} texts[TEXTS] = { { .name = "raw" }, { .name = "base64" },
		   { .name = "base64 + 1" }, { .name = "base64 + 2" } };

unsigned char
scan_octet(size_t i)
{
	return texts[0].masked[i] ^ MASK;
}

/* One octet at a time: no copy of ours is left. */
void
scan_write(char path[TEMP], const char *before)
{
	int fd = temp_file(path, "latchkey-secret");
	ssize_t n = fd < 0 ? -1 : write(fd, before, strlen(before));
	unsigned char c;
	size_t i;

	for (i = 0; i < SECRET && n >= 0; i++) {
		c = scan_octet(i);
		n = write(fd, &c, 1);
	}
	if (n < 0)
		abort();
	close(fd);
}

/* 6 bits of the secret, `shift` octets before it. */
static unsigned char
digit(size_t shift, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bit = n * 6 - shift * 8;
	unsigned two = (unsigned)scan_octet(bit / 8) << 8;

	if (bit / 8 + 1 < SECRET)
		two |= scan_octet(bit / 8 + 1);
	return (unsigned char)digits[two >> (10 - bit % 8) & 63];
}

void
scan_renew(void)
{
	size_t i, n, to;
	uint8_t c;

	for (i = 0; i < SECRET; i++) {
		if (getrandom(&c, 1, 0) != 1)
			abort();
		c %= 62;
		c = c < 10 ? '0' + c : c < 36 ? 'A' + c - 10 : 'a' + c - 36;
		texts[0].masked[i] = c ^ MASK;
	}
	texts[0].len = SECRET;
	for (i = 0; i < 3; i++) {
		to = (SECRET + i) * 8 / 6;
		texts[i + 1].len = 0;
		for (n = (i * 8 + 5) / 6; n < to; n++)
			texts[i + 1].masked[texts[i + 1].len++] =
				digit(i, n) ^ MASK;
	}
}

static bool
is_at(const unsigned char *p, const unsigned char *masked)
{
	size_t i;

	for (i = 0; i < WINDOW; i++)
		if (p[i] != (masked[i] ^ MASK))
			return false;
	return true;
}

static size_t
scan_range(const unsigned char *from, const unsigned char *to,
	   const char *line, bool loud)
{
	const unsigned char *p;
	size_t found = 0, i, at;

	for (p = from; p + WINDOW <= to; p++)
		for (i = 0; i < TEXTS; i++)
			for (at = 0; at + WINDOW <= texts[i].len; at += 4) {
				if (!is_at(p, texts[i].masked + at))
					continue;
				found++;
				if (loud)
					fprintf(stderr, "%s, octet %zu, at "
						"%p: %s\n", texts[i].name, at,
						(const void *)p, line);
			}
	return found;
}

size_t
scan_memory(bool loud)
{
	static char maps[1 << 18];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t found = 0, len = 0;
	char *line, *next;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, maps + len,
				    sizeof(maps) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	maps[len] = '\0';
	for (line = maps; *line; line = next) {
		char *end, flags[8] = "";
		uintptr_t from = strtoul(line, &end, 16), to;

		next = line + strcspn(line, "\n");
		next += *next == '\n';
		to = strtoul(end + 1, &end, 16);
		memcpy(flags, end + 1, 4);
		if (flags[0] != 'r' || flags[1] != 'w')
			continue;
		if (next > line)
			next[-1] = '\0';
		found += scan_range((unsigned char *)from,
				    (unsigned char *)to, line, loud);
	}
	if (len == 0)
		abort();
	return found;
}
