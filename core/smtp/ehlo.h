/* What a server says it can do. SPDX-License-Identifier: MIT */
#ifndef LK_SMTP_EHLO_H
#define LK_SMTP_EHLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LK_CAP_PIPELINING 0x001u    /* RFC 2920 */
#define LK_CAP_8BITMIME   0x002u    /* RFC 6152 */
#define LK_CAP_SMTPUTF8   0x004u    /* RFC 6531 */
#define LK_CAP_STARTTLS   0x008u    /* RFC 3207 */
#define LK_CAP_SIZE       0x010u    /* RFC 1870 */
#define LK_CAP_ENHANCED   0x020u    /* RFC 2034 */
#define LK_CAP_DSN        0x040u    /* RFC 3461 */
#define LK_CAP_CHUNKING   0x080u    /* RFC 3030 */
#define LK_CAP_LIMITS     0x100u    /* RFC 9422 */
#define LK_CAP_AUTH       0x200u    /* RFC 4954 */

struct lk_caps {
	uint32_t flags;             /* LK_CAP_* */
	uint64_t size;              /* 0: no limit was given */
	uint32_t rcpt_max;          /* 0: no limit was given */
	char auth[1024];            /* wire names, upper case, by blanks */
};

/* Of the text of a 250 to EHLO, lines joined by LF; the first is the server's
 * name.  What is unknown or malformed is left out. */
void lk_caps_parse(struct lk_caps *, const char *text, size_t len);

/* What one line of it means to a person, or "". */
const char *lk_caps_meaning(const char *line, size_t len);

/* May this be the argument of EHLO: a name or an address literal? */
bool lk_ehlo_is_valid(const char *name);

#endif
