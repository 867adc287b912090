/* Error classes, their names and exit codes. SPDX-License-Identifier: MIT */
#include "base/error.h"

#include "base/ascii.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct class {
	const char *name;           /* NULL: no class has this number */
	int exit;
} classes[] = {
	[0] = { "no error", 0 },
	[-LK_E_INTERNAL] = { "internal error", 70 },
	[-LK_E_NOMEM] = { "out of memory", 70 },
	[-LK_E_CONFIG] = { "configuration", 78 },
	[-LK_E_NOPROP] = { "something the mechanism needs is missing", 78 },
	[-LK_E_CREDENTIALS] = { "authentication failed", 77 },
	[-LK_E_EXPIRED] = { "password or token expired", 77 },
	[-LK_E_TOO_WEAK] = { "mechanism too weak", 77 },
	[-LK_E_ENCRYPTION] = { "unencrypted connection", 69 },
	[-LK_E_MUTUAL] = { "the server did not prove itself", 76 },
	[-LK_E_PROTOCOL] = { "protocol error", 76 },
	[-LK_E_TRANSIENT] = { "try again later", 75 },
	[-LK_E_CANCELLED] = { "cancelled", 77 },
	[-LK_E_UNSUPPORTED] = { "not supported by this server", 69 },
	[-LK_E_USAGE] = { "usage", 64 },
	[-LK_E_MESSAGE] = { "the message cannot be sent", 65 },
	[-LK_E_RECIPIENT] = { "recipient refused", 67 },
	[-LK_E_NO_HOST] = { "no such host", 68 },
	[-LK_E_NO_MECH] = { "no usable mechanism", 69 },
	[-LK_E_CERTIFICATE] = { "certificate not trusted", 69 },
	[-LK_E_HOST_NAME] = { "wrong host name", 69 },
	[-LK_E_REFUSED] = { "refused by the server", 69 },
	[-LK_E_UNKNOWN] = { "outcome unknown", 74 },
	[-LK_E_CONNECT] = { "no connection", 75 },
	[-LK_E_HANDSHAKE] = { "TLS handshake failed", 76 },
};

static const char *const stages[] = {
	[LK_STAGE_NONE] = "",
	[LK_STAGE_CONFIG] = "configuration",
	[LK_STAGE_MESSAGE] = "message",
	[LK_STAGE_CONNECT] = "connection",
	[LK_STAGE_GREETING] = "greeting",
	[LK_STAGE_EHLO] = "EHLO",
	[LK_STAGE_TLS] = "TLS",
	[LK_STAGE_LOGIN] = "login",
	[LK_STAGE_ENVELOPE] = "envelope",
	[LK_STAGE_DATA] = "message transfer",
	[LK_STAGE_QUIT] = "QUIT",
};

static const struct class *
find(int32_t cls)
{
	if (cls > 0 || cls < LK_E_LAST || !classes[-cls].name)
		cls = LK_E_INTERNAL;
	return &classes[-cls];
}

const char *
lk_error_class(int32_t cls)
{
	return find(cls)->name;
}

int
lk_error_exit(int32_t cls)
{
	return find(cls)->exit;
}

const char *
lk_error_stage(int32_t stage)
{
	if (stage < 0 || stage > LK_STAGE_QUIT)
		stage = LK_STAGE_NONE;
	return stages[stage];
}

/* vsnprintf, cut at a character. */
static void
print_raw(char *to, size_t room, const char *format, va_list ap)
{
	int n = vsnprintf(to, room, format, ap);
	size_t end = room - 1;

	if (n < 0)
		*to = '\0';
	if (n < 0 || (size_t)n < room)
		return;
	while (end > 0 && ((unsigned char)to[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)to[end - 1] >= 0xc0)
		end--;
	to[end] = '\0';
}

/* Names and paths in it may be any octets; line ends are its own. */
static void
print(char *to, size_t room, const char *format, va_list ap)
{
	char raw[sizeof(((struct lk_error *)NULL)->sentence)];
	const char *at = raw;
	size_t n;

	print_raw(raw, room < sizeof(raw) ? room : sizeof(raw), format, ap);
	for (;;) {
		n = strcspn(at, "\n");
		to += lk_ascii_printable(to, n + 1, at, n);
		if (!at[n])
			return;
		*to++ = '\n';
		at += n + 1;
	}
}

int
lk_fail(struct lk_error *err, int32_t cls, const char *format, ...)
{
	char sentence[sizeof(err->sentence)];
	va_list ap;

	if (!err)
		return -1;
	/* what is printed may stand in *err */
	va_start(ap, format);
	print(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	memset(err, 0, sizeof(*err));
	err->cls = cls;
	memcpy(err->sentence, sentence, strlen(sentence) + 1);
	return -1;
}

void
lk_advise(struct lk_error *err, const char *format, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, format);
	print(err->advice, sizeof(err->advice), format, ap);
	va_end(ap);
}

int
lk_fail_memory(struct lk_error *err)
{
	return lk_fail(err, LK_E_NOMEM, "out of memory");
}
