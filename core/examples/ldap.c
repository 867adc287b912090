/* ldap [ACCOUNT]: bind to an LDAP server, and ask it who we are.  libldap frames
 * the octets, and there is no way to cancel.  SPDX-License-Identifier: MIT
 *
 *     cc ldap.c -o ldap $(pkg-config --cflags --libs latchkey) -lldap -llber */
#include <latchkey/provider.h>

#include <ldap.h>
#include <stdio.h>
#include <string.h>

static struct lk_config *config;    /* these two a program makes once */
static struct lk_host *host;
static struct lk_account *account;
static struct lk_auth *auth;
static LDAP *ld;
static int message;

/* To this machine only, for there is no TLS here; the root says which mechanisms
 * it supports. */
static void
begin(void)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	char url[64], offered[1024] = "", *names[] = {
		(char[]){ "supportedSASLMechanisms" }, NULL };
	int version = LDAP_VERSION3;
	struct berval **values, **v;
	LDAPMessage *found = NULL;
	size_t n = 0;

	if (ld)
		ldap_unbind_ext_s(ld, NULL, NULL);
	facts.flags = LK_FACT_PRIVATE;
	snprintf(url, sizeof(url), "ldap://localhost:%u",
		 (unsigned)lk_account_number(account, "port"));
	ldap_initialize(&ld, url);
	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	if (strcmp(lk_account_get(account, "host"), "localhost") != 0 ||
	    ldap_search_ext_s(ld, "", LDAP_SCOPE_BASE, "(objectClass=*)", names,
			      0, NULL, NULL, NULL, 1, &found) != LDAP_SUCCESS) {
		lk_auth_lost(auth, LK_E_CONNECT);
		return;
	}
	values = ldap_get_values_len(ld, found, names[0]);
	for (v = values; v && *v && n < sizeof(offered); v++)
		n += (size_t)snprintf(offered + n, sizeof(offered) - n, "%s ",
				      (*v)->bv_val);
	ldap_value_free_len(values);
	ldap_msgfree(found);
	lk_auth_begin(auth, &facts, offered);
}

static void
send_request(const struct lk_auth_want *w)
{
	struct berval octets = { w->line.len, (char *)(uintptr_t)w->line.data };

	if (ldap_sasl_bind(ld, "", w->mech, octets.bv_val ? &octets : NULL, NULL,
			   NULL, &message) == LDAP_SUCCESS)
		lk_auth_sent(auth);
	else
		lk_auth_lost(auth, LK_E_PROTOCOL);
}

static void
take_reply(void)
{
	struct lk_reply reply = { .size = sizeof(reply) };
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
	struct lk_auth_result result = { .size = sizeof(result) };
	struct berval *who = NULL;

	lk_auth_get_result(auth, &result);
	printf("logged in with %s\n", result.id);
	if (ldap_whoami_s(ld, &who, NULL, NULL) == LDAP_SUCCESS && who)
		printf("as %s\n", who->bv_val);
	ber_bvfree(who);
	ldap_unbind_ext_s(ld, NULL, NULL);
}

int
main(int argc, char **argv)
{
	struct lk_auth_want w = { .size = sizeof(w) };
	struct lk_error err;
	int r = 1;

	if (lk_config_read(&config, NULL, &err) < 0 ||
	    lk_config_host(&host, config, NULL, &err) < 0 ||
	    lk_account_open(&account, config, argc > 1 ? argv[1] : NULL, "ldap",
			    &err) < 0 ||
	    lk_account_auth(&auth, account, host, &err) < 0)
		r = -1;
	while (r > 0 && (r = lk_auth_await(auth, 60000, &w, &err)) > 0) {
		if (w.kind == LK_AUTH_SEND)
			send_request(&w);
		else if (w.kind == LK_AUTH_READ)
			take_reply();
		else
			begin();            /* RECONNECT: the first time, too */
	}
	if (r < 0) {
		fprintf(stderr, "%s\n%s\n", err.sentence, err.advice);
		return lk_error_exit(err.cls);
	}
	tell();
	return 0;
}
