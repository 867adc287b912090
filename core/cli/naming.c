/* What names without a domain stand for. SPDX-License-Identifier: MIT */
#include "cli/naming.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 50                /* of aliases of aliases */

bool
lk_address_is_bare(const char *address)
{
	size_t n = strlen(address);

	/* no domain ends with a quote */
	return !strchr(address, '@') || address[n - 1] == '"';
}

struct walk {
	struct lk_naming *names;
	struct lk_addresses *to;
	unsigned depth;
};

static int add_name(struct walk *, const char *name, struct lk_alias *from,
		    bool is_last, struct lk_error *err);

/* By a name as an address list has it, perhaps in quotes. */
static struct lk_alias *
find(const struct lk_naming *names, const char *name)
{
	char key[LK_ADDRESS_MAX + 1];
	size_t n = 0;

	for (; *name && n < sizeof(key) - 1; name++) {
		if (*name == '"' || (*name == '\\' && !*++name))
			continue;
		key[n++] = lk_ascii_lower(*name);
	}
	key[n] = '\0';
	return lk_aliases_find(names->aliases, key);
}

static int
fail_target(const struct walk *w, const struct lk_alias *a, const char *why,
	    struct lk_error *err)
{
	char shown[80];

	lk_ascii_printable(shown, sizeof(shown), a->name, strlen(a->name));
	return lk_fail(err, LK_E_CONFIG, "%s:%u: the alias \"%s\" %s",
		       w->names->path, a->line, shown, why);
}

/* What would have to be executed, written to or read. */
static const char *
refused(const char *target)
{
	static const char include[] = ":include:";

	if (*target == '"')
		target++;
	if (*target == '|')
		return "is a command: nothing is executed here";
	if (*target == '/')
		return "is a file: nothing is delivered here";
	if (lk_ascii_equal_n(target, strnlen(target, sizeof(include) - 1),
			     include))
		return "is a list in a file: :include: is not read here";
	return NULL;
}

static int
add_target(struct walk *w, struct lk_alias *a, char *target, struct lk_error *err)
{
	const bool is_last = *target == '\\';
	struct lk_addresses found = { 0 };
	const char *why = refused(target);
	char where[300];
	size_t i;
	int r;

	if (why) {
		fail_target(w, a, why, err);
		lk_advise(err, "an address, or another alias; a local mail "
			  "system such as Postfix does the rest");
		return -1;
	}
	snprintf(where, sizeof(where), "%.200s:%u", w->names->path, a->line);
	r = lk_addresses_read(&found, where, target + is_last,
			      strlen(target + is_last), err);
	if (r < 0 && err && err->cls == LK_E_MESSAGE)
		err->cls = LK_E_CONFIG;
	for (i = 0; r == 0 && i < found.n; i++)
		r = add_name(w, found.list[i], a, is_last, err);
	lk_addresses_wipe(&found);
	return r;
}

/* The targets, by commas that are in no quote. */
static int
add_targets(struct walk *w, struct lk_alias *a, struct lk_error *err)
{
	char *copy = strdup(a->value), *target, *p;
	bool in_quote = false, is_end;
	int r = 0;

	if (!copy)
		return lk_fail_memory(err);
	for (target = p = copy; r == 0; p++) {
		is_end = *p == '\0';
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '"')
			in_quote = !in_quote;
		else if (is_end || (*p == ',' && !in_quote)) {
			*p = '\0';
			target = target + strspn(target, " \t");
			if (*target)
				r = add_target(w, a, target, err);
			target = p + 1;
		}
		if (is_end)
			break;
	}
	free(copy);
	return r;
}

static int
add_alias(struct walk *w, struct lk_alias *a, struct lk_error *err)
{
	int r;

	if (a->is_done)
		return 0;
	if (a->is_open)
		return fail_target(w, a, "leads back to itself", err);
	if (w->depth >= DEPTH_MAX)
		return fail_target(w, a, "stands behind 50 others", err);
	a->is_open = true;
	w->depth++;
	r = add_targets(w, a, err);
	w->depth--;
	a->is_open = false;
	a->is_done = true;
	return r;
}

static int
fail_unknown(const struct lk_naming *names, const char *name,
	     struct lk_error *err)
{
	char shown[80];

	lk_ascii_printable(shown, sizeof(shown), name, strlen(name));
	lk_fail(err, LK_E_RECIPIENT, "\"%s\" has no @domain%s%.200s%s", shown,
		names->path ? ", it is not in " : "",
		names->path ? names->path : "",
		names->path ? ", and the account has no domain"
			    : ", and the account has neither aliases nor a "
			      "domain");
	lk_advise(err, "domain = DOMAIN%s in the account", names->path ? ""
		  : ", or aliases = /etc/aliases,");
	return -1;
}

/* is_last: whatever its alias is.  An alias may name itself: then it is the
 * mailbox that is meant. */
static int
add_name(struct walk *w, const char *name, struct lk_alias *from, bool is_last,
	 struct lk_error *err)
{
	const struct lk_naming *names = w->names;
	struct lk_alias *a = NULL;
	char whole[2 * LK_ADDRESS_MAX];

	if (!lk_address_is_bare(name))
		return lk_addresses_read(w->to, "TO", name, strlen(name), err);
	if (!is_last)
		a = find(names, name);
	if (a && a != from)
		return add_alias(w, a, err);
	if (!names->domain && !names->is_local &&
	    !lk_ascii_equal(name, "postmaster"))
		return fail_unknown(names, name, err);
	snprintf(whole, sizeof(whole), "%s%s%s", name,
		 names->domain ? "@" : "", names->domain ? names->domain : "");
	return lk_addresses_read(w->to, "TO", whole, strlen(whole), err);
}

int
lk_naming_add(struct lk_naming *names, const char *address,
	      struct lk_addresses *to, struct lk_error *err)
{
	struct walk w = { names, to, 0 };

	if (names->path && !names->aliases && lk_address_is_bare(address) &&
	    lk_aliases_read(&names->aliases, names->path, err) < 0)
		return -1;
	return add_name(&w, address, NULL, false, err);
}

void
lk_naming_wipe(struct lk_naming *names)
{
	lk_aliases_free(names->aliases);
	names->aliases = NULL;
}
