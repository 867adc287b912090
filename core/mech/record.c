/* The records of a plugin's notes, checked. SPDX-License-Identifier: MIT */
#include "mech/record.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/value.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* [first][rest]*, not empty. */
static bool
is_name(const char *text, size_t len, const char *first, const char *rest)
{
	return len > 0 && strchr(first, text[0]) && text[0] &&
	       strspn(text, rest) >= len;
}

static bool
is_id(const char *text, size_t len)
{
	return is_name(text, len, LOWER DIGITS, LOWER DIGITS "-");
}

bool
lk_record_is_prefix(const struct lk_mech_record *r)
{
	size_t n = strlen(r->id);

	return n > 2 && strcmp(r->id + n - 2, "-*") == 0;
}

bool
lk_record_covers(const struct lk_mech_record *r, const char *id)
{
	size_t n = strlen(r->id);

	return lk_record_is_prefix(r) && strncmp(r->id, id, n - 1) == 0 &&
	       id[n - 1];
}

/* ---- texts: who breaks these rules cannot even be shown ---------------- */

struct text {
	size_t at, room;
	const char *name;
};

#define TEXT(record, member) \
	{ offsetof(struct record, member), \
	  sizeof(((struct record *)NULL)->member), #member }

static const struct text mech_texts[] = {
	TEXT(lk_mech_record, id), TEXT(lk_mech_record, wire),
	TEXT(lk_mech_record, needs), TEXT(lk_mech_record, wants),
	TEXT(lk_mech_record, summary), TEXT(lk_mech_record, version),
	TEXT(lk_mech_record, uses), { 0, 0, NULL },
}, param_texts[] = {
	TEXT(lk_param_record, id), TEXT(lk_param_record, name),
	TEXT(lk_param_record, type), TEXT(lk_param_record, dflt),
	TEXT(lk_param_record, help), { 0, 0, NULL },
};

static int
check_texts(const void *record, const struct text *t, const char *whose,
	    struct lk_error *err)
{
	char shown[160];
	const char *text;
	size_t n;

	for (; t->name; t++) {
		text = (const char *)record + t->at;
		n = strnlen(text, t->room);
		if (n == t->room)
			return lk_fail(err, LK_E_CONFIG, "the %s in the note "
				       "of %s is too long: at most %zu octets "
				       "are allowed", t->name, whose, n - 1);
		if (lk_ascii_printable(shown, sizeof(shown), text, n) != n ||
		    memcmp(shown, text, n) != 0)
			return lk_fail(err, LK_E_CONFIG, "the %s in the note "
				       "of %s holds control characters or no "
				       "UTF-8", t->name, whose);
	}
	return 0;
}

static int
check_mech_texts(const struct lk_mech_record *r, struct lk_error *err)
{
	size_t n;

	if (check_texts(r, mech_texts, "a mechanism", err) < 0)
		return -1;
	n = strlen(r->id) - (lk_record_is_prefix(r) ? 1 : 0);
	if (!is_id(r->id, n))
		return lk_fail(err, LK_E_CONFIG, "its id \"%s\" is not lower "
			       "case letters, digits and -", r->id);
	return 0;
}

/* ---- collecting ------------------------------------------------------- */

struct lk_notes *
lk_notes_new(void)
{
	return calloc(1, sizeof(struct lk_notes));
}

void
lk_notes_free(struct lk_notes *n)
{
	size_t i;

	if (!n)
		return;
	for (i = 0; i < n->n_mechs; i++) {
		free(n->mechs[i].params);
		free(n->mechs[i].fault);
	}
	free(n->mechs);
	free(n->params);
	free(n);
}

static int
check_abi(uint32_t abi, struct lk_error *err)
{
	if (abi == LK_ABI)
		return 0;
	if (abi >> 16 != LK_ABI_MAJOR)
		lk_fail(err, LK_E_CONFIG, "it was built for version %u of the "
			"plugin interface, this program reads version %u",
			abi >> 16, LK_ABI_MAJOR);
	else
		lk_fail(err, LK_E_CONFIG, "it was built for draft %u, this "
			"program reads draft %u", abi & 0xffff, LK_ABI_DRAFT);
	if (abi < LK_ABI)
		lk_advise(err, "rebuild it");
	else
		lk_advise(err, "restart this program; if that does not help, "
			  "update Latchkey");
	return -1;
}

int
lk_notes_add(struct lk_notes *n, uint32_t type, const void *record,
	     size_t len, struct lk_error *err)
{
	const size_t known = type == LK_NOTE_MECH
				     ? sizeof(struct lk_mech_record)
				     : sizeof(struct lk_param_record);
	uint32_t abi;
	void *more;

	if (type != LK_NOTE_MECH && type != LK_NOTE_PARAM)
		return 0;
	if (n->n_mechs + n->n_params >= LK_NOTES_MAX)
		return lk_fail(err, LK_E_CONFIG, "it has more than %d notes",
			       LK_NOTES_MAX);
	if (len >= sizeof(abi)) {
		memcpy(&abi, record, sizeof(abi));
		if (check_abi(abi, err) < 0)
			return -1;
	}
	if (len < known)
		return lk_fail(err, LK_E_CONFIG, "short record: a note has %zu "
			       "octets, at least %zu are needed", len, known);
	if (type == LK_NOTE_MECH) {
		more = reallocarray(n->mechs, n->n_mechs + 1,
				    sizeof(*n->mechs));
		if (!more)
			return lk_fail_memory(err);
		n->mechs = more;
		memset(&n->mechs[n->n_mechs], 0, sizeof(*n->mechs));
		memcpy(&n->mechs[n->n_mechs].record, record, known);
		return check_mech_texts(&n->mechs[n->n_mechs++].record, err);
	}
	more = reallocarray(n->params, n->n_params + 1, sizeof(*n->params));
	if (!more)
		return lk_fail_memory(err);
	n->params = more;
	memcpy(&n->params[n->n_params], record, known);
	return check_texts(&n->params[n->n_params++], param_texts,
			   "a parameter", err);
}

/* ---- a mechanism ------------------------------------------------------- */

/* Property names by single blanks; `a|b` where alternatives are allowed. */
static bool
is_list(const char *text, bool alternatives)
{
	size_t n;

	for (; *text; text += n) {
		n = strcspn(text, alternatives ? " |" : " ");
		if (!is_name(text, n, LOWER, LOWER DIGITS ".:-"))
			return false;
		if (text[n] && !text[++n])
			return false;
	}
	return true;
}

static int
check_mech(const struct lk_mech_record *r, struct lk_error *err)
{
	const uint32_t first = LK_F_CLIENT_FIRST | LK_F_SERVER_FIRST;
	const bool prefix = lk_record_is_prefix(r);

	if (r->flags & LK_CRITICAL & ~LK_F_KNOWN)
		return lk_fail(err, LK_E_CONFIG, "it has the critical flags "
			       "0x%08x, which this program does not know",
			       r->flags & LK_CRITICAL & ~LK_F_KNOWN);
	if (r->flags2 & LK_CRITICAL)
		return lk_fail(err, LK_E_CONFIG, "it has the critical flags "
			       "0x%08x in its second word, which this program "
			       "does not know", r->flags2 & LK_CRITICAL);
	if (r->flags & LK_F_SECURITY_LAYER)
		return lk_fail(err, LK_E_CONFIG,
			       "security layers are not supported");
	if (prefix && *r->wire)
		return lk_fail(err, LK_E_CONFIG, "it stands for a list, so its "
			       "wire name \"%s\" must be empty", r->wire);
	if (!prefix && (!is_name(r->wire, strlen(r->wire), UPPER DIGITS "_-",
				 UPPER DIGITS "_-") || strlen(r->wire) > 20))
		return lk_fail(err, LK_E_CONFIG, "its wire name \"%s\" is not "
			       "1 to 20 of A-Z, 0-9, _ and -", r->wire);
	if (r->strength < 0 || r->strength > 1000)
		return lk_fail(err, LK_E_CONFIG, "its strength %d is not "
			       "0 to 1000", r->strength);
	if ((r->flags & first) == first || (!prefix && !(r->flags & first)))
		return lk_fail(err, LK_E_CONFIG, "it must be either client-"
			       "first or server-first");
	if ((r->flags & LK_F_IR_ONLY) && !(r->flags & LK_F_CLIENT_FIRST))
		return lk_fail(err, LK_E_CONFIG,
			       "it is ir-only, but not client-first");
	if (!is_list(r->needs, true) || !is_list(r->wants, false))
		return lk_fail(err, LK_E_CONFIG, "its needs \"%s\" or wants "
			       "\"%s\" are not names by single blanks",
			       r->needs, r->wants);
	return 0;
}

/* ---- a parameter -------------------------------------------------------- */

static int
check_param(const struct lk_param_record *p, struct lk_error *err)
{
	if (p->flags & LK_CRITICAL)
		return lk_fail(err, LK_E_CONFIG, "parameter %s: unknown "
			       "critical flags 0x%08x", p->name,
			       p->flags & LK_CRITICAL);
	/* `ir` is every mechanism's, and the host's to obey */
	if (!is_id(p->name, strlen(p->name)) || strcmp(p->name, "ir") == 0)
		return lk_fail(err, LK_E_CONFIG, "parameter \"%s\": the name "
			       "is reserved, or not lower case letters, "
			       "digits and -", p->name);
	if (!lk_value_is_type(p->type))
		return lk_fail(err, LK_E_CONFIG, "parameter %s: unknown type "
			       "\"%s\"", p->name, p->type);
	return *p->dflt ? lk_value_check(p, p->dflt, err) : 0;
}

/* ---- together ------------------------------------------------------------ */

static int
keep_fault(struct lk_noted *m, const struct lk_error *why,
	   struct lk_error *err)
{
	if (m->fault)
		return 0;
	m->fault = strdup(why->sentence);
	return m->fault ? 0 : lk_fail_memory(err);
}

static int
end_mech(struct lk_notes *n, struct lk_noted *m, struct lk_error *err)
{
	struct lk_error why;
	size_t i, j, count = 0;

	m->params = calloc(n->n_params + 1, sizeof(*m->params));
	if (!m->params)
		return lk_fail_memory(err);
	if (check_mech(&m->record, &why) < 0 && keep_fault(m, &why, err) < 0)
		return -1;
	for (i = 0; i < n->n_params; i++) {
		const struct lk_param_record *p = &n->params[i];

		if (strcmp(p->id, m->record.id) != 0)
			continue;
		if (check_param(p, &why) < 0 && keep_fault(m, &why, err) < 0)
			return -1;
		for (j = 0; j < count; j++)
			if (strcmp(m->params[j]->name, p->name) == 0) {
				lk_fail(&why, LK_E_CONFIG, "parameter %s is "
					"there twice", p->name);
				if (keep_fault(m, &why, err) < 0)
					return -1;
			}
		m->params[count++] = p;
	}
	return 0;
}

int
lk_notes_end(struct lk_notes *n, struct lk_error *err)
{
	size_t i, j;

	for (i = 0; i < n->n_params; i++) {
		for (j = 0; j < n->n_mechs; j++)
			if (strcmp(n->params[i].id, n->mechs[j].record.id) == 0)
				break;
		if (j == n->n_mechs)
			return lk_fail(err, LK_E_CONFIG, "parameter \"%s\": "
				       "there is no mechanism \"%s\" in this "
				       "file", n->params[i].name,
				       n->params[i].id);
	}
	for (i = 0; i < n->n_mechs; i++)
		if (end_mech(n, &n->mechs[i], err) < 0)
			return -1;
	return 0;
}
