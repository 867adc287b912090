/* A search of all memory of the process for a secret that the searcher itself
 * does not hold. SPDX-License-Identifier: MIT */
#ifndef CHAOS_SCAN_H
#define CHAOS_SCAN_H

#include "temp.h"

#include <stdbool.h>
#include <stddef.h>

#define SECRET 32                   /* octets */

/* Another secret; letters and digits. */
void scan_renew(void);

/* Its i-th octet. */
unsigned char scan_octet(size_t i);

/* A new file with it, behind this text. */
void scan_write(char path[TEMP], const char *before);

/* How often pieces of it stand in writable memory, raw or in base64; where is
 * told on stderr if `loud`. */
size_t scan_memory(bool loud);

#endif
