/* The message that the C programs here send. SPDX-License-Identifier: MIT */
#ifndef LK_BENCH_MESSAGE_H
#define LK_BENCH_MESSAGE_H

#include <stdlib.h>
#include <string.h>

/* A header and lines of 70 octets, in all so many.  NULL: no memory. */
static inline char *
make_message(size_t octets)
{
	static const char head[] = "Subject: x\r\n\r\n";
	char *text = malloc(octets + sizeof(head) + 1);
	size_t i;

	if (!text)
		return NULL;
	memcpy(text, head, sizeof(head));
	for (i = sizeof(head) - 1; i < octets; i++)
		text[i] = i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'x';
	memcpy(text + i - 2, "\r\n", 3);
	if (text[i - 3] == '\r')
		text[i - 3] = 'x';
	return text;
}

#endif
