/* ldap [ACCOUNT]: bind to an LDAP server, and ask it who we are.  It frames octets
 * itself, and has no way to cancel.  SPDX-License-Identifier: MIT
 *
 *     cc ldap.c -o ldap $(pkg-config --cflags --libs latchkey) -lldap -llber */
#include "local.h"

#include <ldap.h>

static LDAP *ld;
static int message;

/* What the root says that it supports. */
static void
begin(struct lk_auth *auth)
{
	struct lk_facts facts = { .size = sizeof(facts), .flags = privacy() };
	char url[64], offered[1024] = "", *names[] = {
		(char[]){ "supportedSASLMechanisms" }, NULL };
	int version = LDAP_VERSION3;
	struct berval **values, **v;
	LDAPMessage *found = NULL;
	size_t n = 0;

	snprintf(url, sizeof(url), "ldap://localhost:%u", login.port);
	ldap_initialize(&ld, url);
	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	if (ldap_search_ext_s(ld, "", LDAP_SCOPE_BASE, "(objectClass=*)", names,
			      0, NULL, NULL, NULL, 1, &found) != LDAP_SUCCESS ||
	    !(values = ldap_get_values_len(ld, found, names[0]))) {
		fprintf(stderr, "%s: no mechanisms\n", url);
		exit(75);
	}
	for (v = values; *v && n < sizeof(offered); v++)
		n += (size_t)snprintf(offered + n, sizeof(offered) - n, "%s ",
				      (*v)->bv_val);
	ldap_value_free_len(values);
	ldap_msgfree(found);
	lk_auth_begin(auth, &facts, offered);
}

static void
send_request(struct lk_auth *auth, const struct lk_auth_want *w)
{
	struct berval octets = { w->line.len, (char *)(uintptr_t)w->line.data };

	if (ldap_sasl_bind(ld, "", w->mech, octets.bv_val ? &octets : NULL, NULL,
			   NULL, &message) == LDAP_SUCCESS)
		lk_auth_sent(auth);
	else
		lk_auth_lost(auth, LK_E_PROTOCOL);
}

static void
take_reply(struct lk_auth *auth)
{
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };
	struct berval *octets = NULL;
	LDAPMessage *result = NULL;
	char *text = NULL;

	if (ldap_result(ld, message, LDAP_MSG_ALL, NULL, &result) <= 0 ||
	    ldap_parse_sasl_bind_result(ld, result, &octets, 0) < 0 ||
	    ldap_parse_result(ld, result, &reply.code, NULL, &text, NULL, NULL,
			      1) != LDAP_SUCCESS) {
		lk_auth_lost(auth, LK_E_PROTOCOL);
		return;
	}
	reply.text.data = (unsigned char *)text;
	reply.text.len = text ? strlen(text) : 0;
	if (octets) {
		reply.raw.data = (unsigned char *)octets->bv_val;
		reply.raw.len = octets->bv_len;
	}
	lk_auth_reply(auth, &reply);
	ber_bvfree(octets);
	ldap_memfree(text);
}

static void
tell(void)
{
	struct berval *who = NULL;

	if (ldap_whoami_s(ld, &who, NULL, NULL) == LDAP_SUCCESS && who)
		printf("as %s\n", who->bv_val);
	ber_bvfree(who);
	ldap_unbind_ext_s(ld, NULL, NULL);
}

int
main(int argc, char **argv)
{
	struct lk_auth *auth = prepare(argc > 1 ? argv[1] : NULL, "ldap",
				       lk_profile_ldap());
	struct lk_auth_want w;

	for (begin(auth); lk_auth_want(auth, &w),
	     w.kind != LK_AUTH_DONE && w.kind != LK_AUTH_STOP;) {
		switch (w.kind) {
		case LK_AUTH_SEND:
			send_request(auth, &w);
			break;
		case LK_AUTH_READ:
			take_reply(auth);
			break;
		case LK_AUTH_RECONNECT:
			ldap_unbind_ext_s(ld, NULL, NULL);
			begin(auth);
			break;
		default:
			obey(auth, &w);
		}
	}
	finish(auth, w.kind);
	tell();
	return 0;
}
