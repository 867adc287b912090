/* LOGIN under fuzzed prompts.  Whatever a server asks: the name goes out before
 * the password, nothing goes out after it, no server gets the password for a
 * name, and no success counts without it.
 *
 * Input: options, then events (trial.h) that end with LF.
 * SPDX-License-Identifier: MIT */
#include "trial.h"

#include <string.h>

struct seen {
	bool is_ir;
	unsigned names, passwords;
	bool is_over;               /* the outcome came, or it failed */
};

static void
check_response(struct trial *t, struct seen *s, int32_t r)
{
	size_t len;
	const char *said = trial_response(t, &len);
	bool is_name = len == 5 && memcmp(said, "alice", 5) == 0;
	bool is_password = len == t->secret.len &&
			   memcmp(said, t->secret.data, len) == 0;

	MUST(is_name || is_password, "it said \"%.*s\"", (int)len, said);
	MUST(s->passwords == 0, "more after the password");
	MUST(r == (is_name ? LK_CONTINUE : LK_DONE), "result %d", (int)r);
	MUST(is_name || s->names > 0, "the password without a name");
	s->names += is_name;
	s->passwords += is_password;
	MUST(s->names <= 1u + s->is_ir, "the name %u times", s->names);
}

static void
start(struct trial *t, struct seen *s)
{
	int32_t r = trial_start(t);
	int with;

	MUST(r == LK_CONTINUE, "start: %d", (int)r);
	if (s->is_ir)
		check_response(t, s, r);
	with = lk_exchange_command(t->x, &t->line, &t->shown);
	MUST(t->line.len <= 510, "a command of %zu octets", t->line.len);
	if (!s->is_ir)
		MUST(with == 0 && t->line.len == strlen("AUTH LOGIN"),
		     "a command of %zu octets", t->line.len);
	else if (with < 0)
		s->is_over = true;
	else
		MUST(with == 1, "login-ir in two steps");
}

static void
go_on(struct trial *t, struct seen *s, struct feed *in)
{
	char kind;
	int32_t r = trial_event(t, in, &kind);

	if (kind == 's') {
		MUST((r == LK_DONE) == (s->passwords > 0), "a success after "
		     "%u passwords: %d", s->passwords, (int)r);
		s->is_over = true;
	} else if (kind == 'f') {
		MUST(r == LK_E_CREDENTIALS, "a failure: %d", (int)r);
		s->is_over = true;
	} else if (r < 0) {
		MUST(r == LK_E_UNSUPPORTED || r == LK_E_PROTOCOL,
		     "a challenge: %d", (int)r);
		MUST(s->passwords == 0 || r == LK_E_PROTOCOL, "declined after "
		     "the password");
		s->is_over = true;
	} else {
		check_response(t, s, r);
		MUST(lk_exchange_answer(t->x, &t->line, &t->shown) == 0,
		     "no answer");
	}
	trial_check(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct trial t = { 0 };
	struct seen s = { 0 };
	char secret[MARKER + 1];
	uint8_t options = feed_octet(&in);

	marker_make(secret, "password", data, size);
	lk_buf_init(&t.secret, 64);
	lk_buf_add(&t.secret, secret, MARKER);
	t.login.user = "alice";
	t.pendings = options >> 1 & 1;
	s.is_ir = options & 1;
	trial_open(&t, s.is_ir ? "login-ir" : "login",
		   s.is_ir || (options & 4));
	start(&t, &s);
	while (!s.is_over && in.left > 0)
		go_on(&t, &s, &in);
	trial_close(&t);
	return 0;
}
