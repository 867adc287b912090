/* Matching a line. SPDX-License-Identifier: MIT */
#include "rehearse/pattern.h"

#include "base/ascii.h"

#define PATTERN_MAX 65536

const char *
lk_pattern_read(struct lk_pattern *p, const char *raw,
		const struct lk_var *vars)
{
	lk_buf_init(&p->octets, PATTERN_MAX);
	lk_buf_init(&p->how, PATTERN_MAX);
	return lk_expand(&p->octets, &p->how, raw, vars);
}

void
lk_pattern_free(struct lk_pattern *p)
{
	lk_buf_wipe(&p->octets);
	lk_buf_wipe(&p->how);
}

static bool
is_any(const struct lk_pattern *p, size_t i)
{
	return i < p->octets.len && p->how.data[i] == LK_HOW_ANY;
}

static bool
is_same(const struct lk_pattern *p, size_t i, char c)
{
	char want;

	if (i >= p->octets.len)
		return false;
	want = (char)p->octets.data[i];
	if (p->how.data[i] == LK_HOW_FOLD)
		return lk_ascii_lower(want) == lk_ascii_lower(c);
	return want == c;
}

/* The last `*` takes one octet more whenever what follows it does not fit: no
 * earlier one would do better. */
bool
lk_pattern_match(const struct lk_pattern *p, const char *line, size_t len)
{
	size_t i = 0, at = 0, star = 0, from = 0;
	bool has_star = false;

	while (at < len) {
		if (is_any(p, i)) {
			has_star = true;
			star = ++i;
			from = at;
		} else if (is_same(p, i, line[at])) {
			i++;
			at++;
		} else if (has_star) {
			i = star;
			at = ++from;
		} else {
			return false;
		}
	}
	while (is_any(p, i))
		i++;
	return i == p->octets.len;
}
