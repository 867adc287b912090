/* The names of error classes in conversation files.
 * SPDX-License-Identifier: MIT */
#ifndef CLASSES_H
#define CLASSES_H

#include <latchkey/error.h>

static inline const char *
class_name(int32_t cls)
{
	static const char *const names[] = {
		[0] = "ok",
		[-LK_E_INTERNAL] = "internal",
		[-LK_E_NOMEM] = "nomem",
		[-LK_E_CONFIG] = "config",
		[-LK_E_NOPROP] = "noprop",
		[-LK_E_CREDENTIALS] = "credentials",
		[-LK_E_EXPIRED] = "expired",
		[-LK_E_TOO_WEAK] = "too_weak",
		[-LK_E_ENCRYPTION] = "encryption",
		[-LK_E_MUTUAL] = "mutual",
		[-LK_E_PROTOCOL] = "protocol",
		[-LK_E_TRANSIENT] = "transient",
		[-LK_E_CANCELLED] = "cancelled",
		[-LK_E_UNSUPPORTED] = "unsupported",
		[-LK_E_USAGE] = "usage",
		[-LK_E_MESSAGE] = "message",
		[-LK_E_RECIPIENT] = "recipient",
		[-LK_E_NO_HOST] = "no_host",
		[-LK_E_NO_MECH] = "no_mech",
		[-LK_E_CERTIFICATE] = "certificate",
		[-LK_E_HOST_NAME] = "host_name",
		[-LK_E_REFUSED] = "refused",
		[-LK_E_UNKNOWN] = "unknown",
		[-LK_E_CONNECT] = "connect",
		[-LK_E_HANDSHAKE] = "handshake",
	};

	if (cls > 0 || cls < LK_E_LAST || !names[-cls])
		return "?";
	return names[-cls];
}

#endif
