/* PLAIN: one message, exactly [authzid] NUL authcid NUL passwd, or none.
 *
 * Input: options, user LF, authzid LF, password LF, then events (trial.h).
 * SPDX-License-Identifier: MIT */
#include "trial.h"

#include <stdlib.h>
#include <string.h>

/* What is in the line, to free(); NULL if it is empty. */
static char *
take_text(struct feed *in)
{
	size_t len;
	const uint8_t *p = feed_until(in, '\n', &len);

	/* it ends where a program's string ends */
	return strnlen((const char *)p, len) ? strndup((const char *)p, len)
					     : NULL;
}

static void
check_message(struct trial *t)
{
	const char *id = t->login.authzid ? t->login.authzid : "";
	const char *user = t->login.user;
	struct lk_buf want;
	size_t len;
	const char *said = trial_response(t, &len);

	lk_buf_init(&want, 1 << 20);
	lk_buf_printf(&want, "%s%c%s%c", id, 0, user, 0);
	lk_buf_add(&want, t->secret.data, t->secret.len);
	MUST(want.len == len && memcmp(want.data, said, len) == 0,
	     "another message");
	lk_buf_wipe(&want);
}

/* Started; the message is in the command, or held for the first challenge. */
static void
start(struct trial *t, bool *is_over)
{
	bool can = t->login.user && t->secret.len &&
		   !memchr(t->secret.data, '\0', t->secret.len);
	int32_t r = trial_start(t);
	int with;

	if (r < 0) {
		/* no name, no or a wrong secret, or it is too long */
		MUST(!can || r == LK_E_PROTOCOL, "start: %d", (int)r);
		*is_over = true;
		return;
	}
	MUST(can && r == LK_DONE, "start: %d",
	     (int)r);
	check_message(t);
	with = lk_exchange_command(t->x, &t->line, &t->shown);
	MUST(with >= 0 && t->line.len <= 510, "a command of %zu octets",
	     t->line.len);
	trial_check(t);
	if (with == 1)
		return;
	r = lk_exchange_line(t->x, (struct lk_bytes){ NULL, 0 });
	MUST(r == LK_DONE, "a held response: %d", (int)r);
	check_message(t);
	MUST(lk_exchange_answer(t->x, &t->line, &t->shown) == 0, "no answer");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct trial t = { 0 };
	uint8_t options = feed_octet(&in);
	char *user = take_text(&in), *id = take_text(&in), kind;
	const uint8_t *secret;
	bool is_over = false;
	int32_t r;
	size_t len;

	secret = feed_until(&in, '\n', &len);
	lk_buf_init(&t.secret, 1 << 20);
	lk_buf_add(&t.secret, secret, len);
	t.login.user = user;
	t.login.authzid = id;
	t.pendings = options >> 1 & 1;
	trial_open(&t, "plain", options & 1);
	start(&t, &is_over);
	while (!is_over && in.left > 0) {
		r = trial_event(&t, &in, &kind);
		MUST(r == (kind == 's' ? LK_DONE : kind == 'f'
			   ? LK_E_CREDENTIALS : LK_E_PROTOCOL),
		     "%c: %d", kind, (int)r);
		is_over = true;
		trial_check(&t);
	}
	trial_close(&t);
	free(user);
	free(id);
	return 0;
}
