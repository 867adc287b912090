/* Mechanisms that compute, or carry a token, under fuzzed challenges: no secret
 * goes out that must not, and no server that does not know it is believed.
 *
 * Input: which mechanism, options, then events (trial.h).
 * SPDX-License-Identifier: MIT */
#include "trial.h"

#include "host.h"

#include <string.h>

static const char *const ids[] = {
	"scram-sha-1", "scram-sha-256", "scram-sha-512", "scram-sha-1-plus",
	"scram-sha-256-plus", "scram-sha-512-plus", "cram-md5", "xoauth2",
	"oauthbearer", "external",
};

static int32_t
bind(void *ctx, const char *type, struct lk_bytes *out)
{
	const uint8_t *options = ctx;

	if (!(*options & 4))
		return LK_E_NOPROP;
	out->data = (const unsigned char *)type;
	out->len = strlen(type);
	return LK_DONE;
}

/* What only who knows the secret could have said. */
static void
check_response(struct trial *t, uint32_t flags)
{
	size_t len;
	const char *said = trial_response(t, &len);

	if (!(flags & LK_F_PLAINTEXT))
		MUST(!marker_find(said, len, t->secret.data, t->secret.len),
		     "the secret goes out: %.*s", (int)len, said);
}

static void
check_outcome(uint32_t flags, char kind, int32_t r, bool has_sent)
{
	if (kind == 's' && (flags & LK_F_MUTUAL))
		MUST(r == LK_E_MUTUAL || r == LK_E_PROTOCOL,
		     "a success without a proof: %d", (int)r);
	else if (kind == 's' && !(flags & LK_F_NO_SECRET))
		MUST(r == LK_DONE ? has_sent : r < 0, "a success: %d", (int)r);
	else if (kind == 'f')
		MUST(r < 0, "a failure: %d", (int)r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct trial t = { 0 };
	char secret[MARKER + 1], kind = '?';
	const char *id = ids[feed_octet(&in) % (sizeof(ids) / sizeof(*ids))];
	uint8_t options = feed_octet(&in);
	const struct lk_mech_record *record;
	bool has_sent = false;
	int32_t r;

	marker_make(secret, "secret", data, size);
	lk_buf_init(&t.secret, 64);
	lk_buf_add(&t.secret, secret, MARKER);
	t.login.user = options & 1 ? "a=b,c" : "alice";
	t.login.authzid = options & 2 ? "bob" : NULL;
	t.pendings = options >> 3 & 1;
	t.facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	t.facts.channel_binding = bind;
	t.facts.ctx = &options;
	trial_open(&t, id, options & 16);
	record = &fuzz_entry(id)->record;
	r = lk_exchange_available(t.x) < 0 ? -1 : trial_start(&t);
	if (r >= 0) {
		check_response(&t, record->flags);
		has_sent = lk_exchange_response(t.x).data;
		if (lk_exchange_command(t.x, &t.line, &t.shown) < 0)
			r = -1;
	}
	trial_check(&t);
	while (r >= 0 && in.left > 0) {
		r = trial_event(&t, &in, &kind);
		if (kind == 's' || kind == 'f') {
			check_outcome(record->flags, kind, r, has_sent);
			break;
		}
		if (r >= 0) {
			check_response(&t, record->flags);
			r = lk_exchange_answer(t.x, &t.line, &t.shown);
		}
		has_sent = has_sent || lk_exchange_response(t.x).data;
		trial_check(&t);
	}
	trial_close(&t);
	return 0;
}
