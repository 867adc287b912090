/* A mechanism that asks for one thing, in its start or later.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ASKS_H
#define TESTS_UNIT_ASKS_H

#include "scripted.h"

#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)

/* What the next call asks for, and what it got. */
static struct {
	const char *key;
	uint32_t flags;
	int32_t result;
	char text[64];
} asked;

static inline void
ask(struct lk_session *s)
{
	struct lk_ask q = { sizeof(q), asked.flags, asked.key, NULL, NULL };
	struct lk_bytes out = { (const unsigned char *)"?", 1 };

	asked.result = s->services->get(s, &q, &out);
	snprintf(asked.text, sizeof(asked.text), "%.*s", (int)out.len,
		 out.data ? (const char *)out.data : "(none)");
	if (!out.data)
		snprintf(asked.text, sizeof(asked.text), "(none)");
}

static inline int32_t
binding(void *ctx, const char *type, struct lk_bytes *out)
{
	(void)ctx;
	if (strcmp(type, "tls-exporter") != 0)
		return LK_E_NOPROP;
	*out = bytes("bind");
	return LK_DONE;
}

static const struct lk_param_record
	mode = { .id = "test", .name = "mode", .dflt = "soft" },
	key = { .id = "test", .name = "key", .flags = LK_PARAM_SECRET },
	foreign = { .id = "test-two", .name = "size", .dflt = "9" };
static const struct lk_param_record *const params[] = { &mode, &key, &foreign,
							NULL };
static const char *const settings[] = {
	"test.mode=first", "test-two.mode=x", "test.mod=y", "test.modes=z",
	"test.mode=last=1", "test.key=k", NULL
};

static inline void
prepare(struct attempt *a)
{
	scripted_init(a, LK_F_CLIENT_FIRST);
	lk_ascii_copy(a->entry.record.needs, sizeof(a->entry.record.needs),
		      "authid password|otp");
	lk_ascii_copy(a->entry.record.wants, sizeof(a->entry.record.wants),
		      "authzid realm cb:tls-exporter cb:tls-unique");
	a->entry.params = params;
	a->login.params = settings;
	a->login.authzid = "root";
	a->facts.channel_binding = binding;
	a->facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	act(0, LK_CONTINUE, NULL);
	script[0].more = ask;
	memset(&asked, 0, sizeof(asked));
}

#endif
