/* State files: what stands in one is refused with a sentence, or it is written
 * again as it was understood, at any time.
 *
 * Input: a file. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "mech/state.h"

#include <stdlib.h>
#include <string.h>

/* Nothing is old, some is, all is. */
static const int64_t times[] = { 0, 1800000000, INT64_C(4000000000000000) };

static void
check_id(const char id[32])
{
	MUST(memchr(id, '\0', 32), "an id has no end");
	MUST(is_printable(id) && !strpbrk(id, " \n"), "an id: %.32s", id);
}

static void
check(const struct lk_state *s)
{
	size_t i;

	check_id(s->learnt.id);
	MUST(s->learnt.n_failed <= LK_LEARNT_FAILED, "too many ids");
	for (i = 0; i < s->learnt.n_failed; i++) {
		check_id(s->learnt.failed[i]);
		MUST(*s->learnt.failed[i], "an id of nothing");
	}
	MUST(s->n_users <= LK_STATE_USERS, "too many users");
	for (i = 0; i < s->n_users; i++) {
		const struct lk_state_user *u = &s->users[i];

		MUST(memchr(u->name, '\0', sizeof(u->name)), "no end");
		MUST(lk_state_find(s, u->name), "a user is not there");
		MUST(u->proven_at >= 0 && u->refused.until >= 0 &&
		     u->put_off.until >= 0, "a time before all times");
	}
}

/* Written, read and written again, it is the same. */
static void
check_again(const struct lk_state *s, int64_t now)
{
	struct lk_state again = { 0 };
	struct lk_buf one, two;
	const char *why = "";

	lk_buf_init(&one, LK_STATE_MAX);
	lk_buf_init(&two, LK_STATE_MAX);
	MUST(lk_state_format(s, now, &one) == 0, "not to be written");
	MUST(lk_state_parse(&again, (const char *)one.data, one.len, &why) == 0,
	     "not to be read: %s: %.*s", why, (int)one.len, one.data);
	check(&again);
	MUST(lk_state_format(&again, now, &two) == 0, "not to be written");
	MUST(one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
	     "was %.*s, is %.*s", (int)one.len, one.data, (int)two.len,
	     two.data);
	lk_state_wipe(&again);
	lk_buf_wipe(&one);
	lk_buf_wipe(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lk_state s = { 0 };
	const char *why = "";
	size_t i;

	if (lk_state_parse(&s, (const char *)data, size, &why) < 0) {
		MUST(why && *why && is_printable(why), "no reason");
		MUST(!s.users && !s.n_users && !*s.learnt.id, "half read");
		return 0;
	}
	MUST(!memchr(data, '\0', size), "a NUL was taken");
	check(&s);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		check_again(&s, times[i]);
	lk_state_wipe(&s);
	return 0;
}
