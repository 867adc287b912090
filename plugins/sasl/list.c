/* What libsasl2 has, in notes made of its own data.
 * SPDX-License-Identifier: MIT */
#include "sasl.h"

#include <sasl/saslplug.h>

#include <stdio.h>
#include <string.h>

#define PREFIX "sasl-"

/* Our mechanisms in libsasl2: they would only come back to us. */
#define BRIDGE "latchkey"

/* ---- names -------------------------------------------------------------- */

/* The names; 0 if we cannot have such a one. */
static int
set_names(struct mechanism *m, const char *name)
{
	struct lk_mech_record *r = &m->note.record;
	size_t n = strlen(name), i, at = sizeof(PREFIX) - 1;

	if (n == 0 || n > 20)
		return 0;
	memcpy(m->name, name, n);
	memcpy(r->id, PREFIX, at);
	for (i = 0; i < n; i++) {
		char c = name[i];
		int is_lower = c >= 'a' && c <= 'z';
		int is_upper = c >= 'A' && c <= 'Z';

		if (!is_lower && !is_upper && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return 0;
		r->wire[i] = is_lower ? (char)(c - 0x20) : c;
		r->id[at + i] = is_upper ? (char)(c + 0x20)
					 : c == '_' ? '-' : c;
	}
	return 1;
}

static int
is_listed(const struct list *l, const struct mechanism *m)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->all[i].note.record.id, m->note.record.id) == 0)
			return 1;
	return 0;
}

/* ---- flags, strength ---------------------------------------------------- */

static const struct {
	unsigned with, without;     /* of SASL_SEC_* */
	uint32_t flag;
} security[] = {
	{ 0, SASL_SEC_NOPLAINTEXT, LK_F_PLAINTEXT },
	{ 0, SASL_SEC_NOANONYMOUS, LK_F_ANONYMOUS },
	{ SASL_SEC_MUTUAL_AUTH, 0, LK_F_MUTUAL },
	{ SASL_SEC_NOACTIVE | SASL_SEC_NODICTIONARY, 0, LK_F_ACTIVE_SAFE },
};

/* The order in which libsasl2 itself compares. */
static const struct {
	unsigned flag;
	int worth;
} strengths[] = {
	{ SASL_SEC_NOANONYMOUS, 400 }, { SASL_SEC_NOPLAINTEXT, 200 },
	{ SASL_SEC_MUTUAL_AUTH, 100 }, { SASL_SEC_NOACTIVE, 50 },
	{ SASL_SEC_NODICTIONARY, 25 }, { SASL_SEC_FORWARD_SECRECY, 12 },
};

/* These say that they can log in as somebody else, and lose as whom: the one
 * has no place for it, the others put the ticket's own name there. */
static int
loses_authzid(const char *name)
{
	return strcmp(name, "GSS-SPNEGO") == 0 ||
	       strncmp(name, "GS2-", 4) == 0;
}

static uint32_t
flags_of(const sasl_client_plug_t *plug)
{
	uint32_t flags = LK_F_MAY_BLOCK;
	size_t i;

	for (i = 0; i < sizeof(security) / sizeof(*security); i++)
		if ((plug->security_flags & security[i].with) ==
			    security[i].with &&
		    !(plug->security_flags & security[i].without))
			flags |= security[i].flag;
	if ((plug->features & SASL_FEAT_ALLOWS_PROXY) &&
	    !loses_authzid(plug->mech_name))
		flags |= LK_F_PROXY;
	return flags;
}

static int32_t
strength_of(const sasl_client_plug_t *plug)
{
	unsigned hash = SASL_GET_HASH_STRENGTH(plug->security_flags);
	unsigned layer = plug->max_ssf / 8;
	unsigned sum = (hash < 64 ? hash : 64) + (layer < 64 ? layer : 64);
	size_t i;

	for (i = 0; i < sizeof(strengths) / sizeof(*strengths); i++)
		if (plug->security_flags & strengths[i].flag)
			sum += (unsigned)strengths[i].worth;
	return (int32_t)sum;
}

/* ---- needs -------------------------------------------------------------- */

/* No list: a name and a password. */
static int
requires(const sasl_client_plug_t *plug, unsigned long id)
{
	const unsigned long *p = plug->required_prompts;

	if (!p)
		return id == SASL_CB_AUTHNAME || id == SASL_CB_PASS;
	while (*p != SASL_CB_LIST_END && *p != id)
		p++;
	return *p == id;
}

static void
set_needs(struct mechanism *m, const sasl_client_plug_t *plug)
{
	struct lk_mech_record *r = &m->note.record;
	int has_name = requires(plug, SASL_CB_AUTHNAME);
	int has_otp = requires(plug, SASL_CB_ECHOPROMPT) ||
		      requires(plug, SASL_CB_NOECHOPROMPT);
	int has_password = requires(plug, SASL_CB_PASS);

	snprintf(r->needs, sizeof(r->needs), "%s%s%s%s%s",
		 has_name ? LK_P_AUTHID : "",
		 has_name && (has_password || has_otp) ? " " : "",
		 has_password ? LK_P_PASSWORD : "",
		 has_password && has_otp ? " " : "", has_otp ? LK_P_OTP : "");
	snprintf(r->wants, sizeof(r->wants), "%s" LK_P_AUTHZID " " LK_P_REALM,
		 has_name ? "" : LK_P_AUTHID " ");
	if (has_password || has_otp)
		return;
	r->flags |= LK_F_NO_SECRET;
	if (!(plug->features & SASL_FEAT_NEEDSERVERFQDN))
		return;
	r->flags |= LK_F_NEEDS_NETWORK | LK_F_NEEDS_FILES;
	sasl_ticket_find(m, (const void *)(uintptr_t)plug->mech_new);
}

/* ---- who speaks first --------------------------------------------------- */

/* Some do not say.  Then: does it wait for a server that nobody has ever
 * logged in to? */
static int
waits(const char *name)
{
	static const sasl_callback_t callbacks[] = {
		{ SASL_CB_GETOPT, PROC(sasl_option), NULL },
		{ SASL_CB_AUTHNAME, NULL, NULL }, { SASL_CB_USER, NULL, NULL },
		{ SASL_CB_PASS, NULL, NULL }, { SASL_CB_GETREALM, NULL, NULL },
		{ SASL_CB_ECHOPROMPT, NULL, NULL },
		{ SASL_CB_NOECHOPROMPT, NULL, NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};
	sasl_interact_t *prompts = NULL;
	sasl_conn_t *conn = NULL;
	const char *out = NULL;
	unsigned len = 0;
	int r;

	r = sasl_client_new("latchkey", "nowhere.invalid", NULL, NULL,
			    callbacks, 0, &conn);
	if (r == SASL_OK)
		r = sasl_client_start(conn, name, &prompts, &out, &len, NULL);
	sasl_dispose(&conn);
	sasl_drop(prompts);
	return r == SASL_CONTINUE && !out;
}

static uint32_t
first_of(const sasl_client_plug_t *plug)
{
	if (plug->features & SASL_FEAT_SERVER_FIRST)
		return LK_F_SERVER_FIRST;
	if (plug->features & SASL_FEAT_WANT_CLIENT_FIRST)
		return LK_F_CLIENT_FIRST;
	return waits(plug->mech_name) ? LK_F_SERVER_FIRST : LK_F_CLIENT_FIRST;
}

/* ---- the list ----------------------------------------------------------- */

static void
pass_over(struct list *l, const char *name, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "libsasl2: %.64s: %s", name, why);
	l->session->services->log(l->session, LK_LOG_INFO, text);
}

static int
is_ours(const client_sasl_mechanism_t *cyrus)
{
	return cyrus->plugname &&
	       strncmp(cyrus->plugname, BRIDGE, sizeof(BRIDGE) - 1) == 0;
}

static void
add(struct list *l, const client_sasl_mechanism_t *cyrus)
{
	static const struct lk_mech_note empty = {
		.namesz = sizeof(LK_NOTE_OWNER),
		.descsz = sizeof(struct lk_mech_record),
		.type = LK_NOTE_MECH, .owner = LK_NOTE_OWNER,
		.record = { .abi = LK_ABI, .version = "0.1.0",
			    .uses = "libsasl2" },
	};
	struct mechanism *m = &l->all[l->n];
	struct lk_mech_record *r = &m->note.record;
	const char *name = cyrus->plug->mech_name;

	if (l->n == MOST) {
		pass_over(l, name, "one mechanism too many");
		return;
	}
	memset(m, 0, sizeof(*m));
	m->note = empty;
	if (!set_names(m, name)) {
		pass_over(l, name, "not a name for a mechanism");
		return;
	}
	if (is_listed(l, m))
		return;
	l->n++;
	/* libsasl2 runs the first of a name, so ours keeps its place */
	if (is_ours(cyrus))
		return;
	r->flags = flags_of(cyrus->plug) | first_of(cyrus->plug);
	r->strength = strength_of(cyrus->plug);
	set_needs(m, cyrus->plug);
	snprintf(r->summary, sizeof(r->summary), "%.24s of libsasl2 "
		 "(%.40s)", name, cyrus->plugname ? cyrus->plugname : "?");
	m->is_usable = 1;
}

static void
each(client_sasl_mechanism_t *m, sasl_info_callback_stage_t stage, void *rock)
{
	if (stage == SASL_INFO_LIST_MECH && m && m->plug && m->plug->mech_name)
		add(rock, m);
}

int
sasl_list_fill(struct list *l)
{
	size_t i, n = 0;
	int r;

	sasl_enter();
	r = sasl_client_plugin_info(NULL, each, l);
	sasl_leave();
	for (i = 0; i < l->n; i++)
		if (l->all[i].is_usable)
			l->all[n++] = l->all[i];
	l->n = n;
	return r;
}
