/* A provider of autoconfig, written as ours.  SPDX-License-Identifier: MIT */
#include "cli/import_xml.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS "%EMAILADDRESS%"
#define LOCAL_PART "%EMAILLOCALPART%"

/* ---- servers ------------------------------------------------------------- */

/* How good its TLS is; 0: none. */
static int
rank(const struct lk_xml_server *s)
{
	return lk_ascii_equal(s->socket, "SSL") ||
	       lk_ascii_equal(s->socket, "TLS") ? 2
		: lk_ascii_equal(s->socket, "STARTTLS");
}

/* A host and a port can be lines, or it is of no use. */
static bool
is_whole(struct lk_import *i, const struct lk_xml_server *s)
{
	return !lk_import_rule(i, "host", s->host) &&
	       !lk_import_rule(i, "port", s->port);
}

/* Of those of a service; the first one of the best; NULL: none has TLS. */
static const struct lk_xml_server *
choose(struct lk_import *i, const struct lk_xml *xml, const char *service)
{
	const struct lk_xml_server *best = NULL, *s;

	for (s = xml->servers; s < xml->servers + xml->n_servers; s++)
		if (s->service && strcmp(s->service, service) == 0 &&
		    rank(s) > (best ? rank(best) : 0) && is_whole(i, s))
			best = s;
	return best;
}

static const struct {
	const char *method;
	const char *auth;           /* "": by itself; NULL: no login */
} methods[] = {
	{ "password-cleartext", "" },
	{ "plain", "" },
	{ "password-encrypted", "CRAM-MD5 DIGEST-MD5" },
	{ "secure", "CRAM-MD5 DIGEST-MD5" },
	{ "OAuth2", "XOAUTH2 OAUTHBEARER" },
	{ "GSSAPI", "GSSAPI" },
	{ "NTLM", "NTLM" },
	{ "TLS-client-cert", "EXTERNAL" },
	{ "client-IP-address", NULL },
	{ "none", NULL },
};
#define METHODS (sizeof(methods) / sizeof(methods[0]))

static void
write_methods(struct lk_import *i, const struct lk_xml_server *s,
	      const char *key)
{
	bool is_open = false;
	char auth[256] = "";
	size_t k, m, n = 0;

	for (k = 0; k < s->n_methods; k++) {
		for (m = 0; m < METHODS; m++)
			if (strcmp(methods[m].method, s->methods[k]) == 0)
				break;
		if (m == METHODS) {
			lk_import_lose(i, "%s: %s is not known", key,
				       s->methods[k]);
		} else if (!methods[m].auth) {
			lk_import_lose(i, "%s: %s: no login is needed there",
				       key, s->methods[k]);
		} else if (!*methods[m].auth) {
			is_open = true;
		} else if (n < sizeof(auth) - 32 &&
			   !strstr(auth, methods[m].auth)) {
			n += (size_t)snprintf(auth + n, sizeof(auth) - n,
					      "%s%s", n ? " " : "",
					      methods[m].auth);
		}
	}
	/* a password in any form: the best that is offered, as always */
	if (*auth && !is_open)
		lk_import_put(i, key, auth);
}

static void
write_user(struct lk_import *i, const struct lk_xml_server *s)
{
	if (!*s->user || strcmp(s->user, ADDRESS) == 0)
		return;
	if (strcmp(s->user, LOCAL_PART) == 0) {
		lk_import_comment(i, "user = the part of the address before "
				  "the @, in each account");
		lk_import_line(i, "advice = the user name is the part of the "
			       "address before the @");
	} else if (strchr(s->user, '%')) {
		lk_import_lose(i, "user: %s is another for each account",
			       s->user);
	} else {
		lk_import_put(i, "user", s->user);
	}
}

static void
write_server(struct lk_import *i, const struct lk_xml_server *s,
	     const char *prefix)
{
	char key[16];

	snprintf(key, sizeof(key), "%shost", prefix);
	lk_import_put(i, key, s->host);
	snprintf(key, sizeof(key), "%sport", prefix);
	lk_import_put(i, key, s->port);
	snprintf(key, sizeof(key), "%stls", prefix);
	lk_import_put(i, key, rank(s) == 2 ? "implicit" : "starttls");
	snprintf(key, sizeof(key), "%sauth", prefix);
	write_methods(i, s, key);
}

static const char *
why_not(struct lk_import *i, const struct lk_xml_server *s)
{
	if (!s->service)
		return "its protocol is not known";
	if (rank(s) == 0)
		return "it has no TLS, and a password would go in clear";
	return is_whole(i, s) ? "another one is taken"
			      : "its host or port is none";
}

static void
write_servers(struct lk_import *i, const struct lk_xml *xml,
	      const struct lk_xml_server *smtp)
{
	const struct lk_xml_server *imap = choose(i, xml, "imap"), *s;
	const struct lk_xml_server *pop3 = choose(i, xml, "pop3");

	write_server(i, smtp, "");
	write_user(i, smtp);
	if (imap)
		write_server(i, imap, "imap-");
	if (pop3)
		write_server(i, pop3, "pop3-");
	for (s = xml->servers; s < xml->servers + xml->n_servers; s++)
		if (s != smtp && s != imap && s != pop3)
			lk_import_lose(i, "%s %.200s:%s %s: %s", s->type,
				       s->host, s->port, s->socket,
				       why_not(i, s));
		else if (s != smtp && strcmp(s->user, smtp->user) != 0)
			lk_import_lose(i, "%s: user %s: there is one user for "
				       "all services", s->type, s->user);
}

/* ---- the rest ------------------------------------------------------------ */

/* Those that keep the rule, and each once. */
static void
write_domains(struct lk_import *i, const struct lk_xml *xml)
{
	const char *at = (const char *)xml->domains.data, *word, *rule;
	char match[3900] = "", domain[256];
	size_t len, n = 0;

	while (xml->n_domains && (word = lk_ascii_next(&at, " ", &len))) {
		snprintf(domain, sizeof(domain), "%.*s", (int)len, word);
		rule = strpbrk(domain, ":,*;") ? "is no domain"
			: lk_import_rule(i, "domain", domain);
		if (!rule && n + len + 2 > sizeof(match))
			rule = "there is no room for more";
		if (rule)
			lk_import_lose(i, "domain %s: %s", domain, rule);
		else if (!lk_ascii_has_word(match, domain, len))
			n += (size_t)snprintf(match + n, sizeof(match) - n,
					      "%s%s", n ? " " : "", domain);
	}
	if (n)
		lk_import_line(i, "match = %s", match);
	else
		lk_import_lose(i, "match: there is no domain; an account says "
			       "provider = NAME");
}

static void
write_oauth(struct lk_import *i, const struct lk_xml *xml)
{
	if (*xml->token_url)
		lk_import_put(i, "oauth-token-endpoint", xml->token_url);
	if (*xml->auth_url)
		lk_import_put(i, "oauth-authorization-endpoint",
			      xml->auth_url);
	if (*xml->scope)
		lk_import_put(i, "oauth-scope", xml->scope);
	if (*xml->issuer)
		lk_import_lose(i, "issuer %s: the token endpoint says it",
			       xml->issuer);
}

/* Lines of the reader, as comments. */
static void
write_lines(struct lk_import *i, struct lk_buf *lines, size_t n, bool is_lost)
{
	const char *at = lk_buf_text(lines), *line;
	size_t len;

	if (!at)
		i->is_full = true;
	while (at && (line = lk_ascii_next(&at, "\n", &len))) {
		if (is_lost)
			lk_import_lose(i, "%.*s", (int)len, line);
		else
			lk_import_comment(i, "%.*s", (int)len, line);
	}
	if (n > LK_XML_NOTES)
		lk_import_lose(i, "%zu more of these", n - LK_XML_NOTES);
}

static void
name_it(char name[65], const struct lk_xml *xml)
{
	const char *first = (const char *)xml->domains.data;
	char domain[256] = "";

	if (xml->n_domains)
		snprintf(domain, sizeof(domain), "%.*s",
			 (int)strcspn(first, " "), first);
	lk_import_name(name, *xml->id ? xml->id : domain);
}

static int
fail_none(struct lk_import *i, const struct lk_xml *xml, struct lk_error *err)
{
	const struct lk_xml_server *s;
	char host[128];

	for (s = xml->servers; s < xml->servers + xml->n_servers; s++) {
		if (!s->service || strcmp(s->service, "smtp") != 0)
			continue;
		lk_ascii_printable(host, sizeof(host), s->host,
				   strlen(s->host));
		lk_fail(err, LK_E_CONFIG, "the outgoing server %s is not of "
			"use: %s", host, why_not(i, s));
		if (rank(s) == 0)
			lk_advise(err, "ask the provider for a port with TLS");
		return -1;
	}
	return lk_fail(err, LK_E_CONFIG, "has no outgoing server");
}

int
lk_import_autoconfig(struct lk_import *i, const void *data, size_t len,
		     struct lk_error *err)
{
	struct lk_xml *xml = calloc(1, sizeof(*xml));
	const struct lk_xml_server *smtp;
	char name[65];
	int r;

	if (!xml)
		return lk_fail_memory(err);
	r = lk_xml_read(xml, data, len, err);
	smtp = r == 0 ? choose(i, xml, "smtp") : NULL;
	if (r == 0 && !smtp)
		r = fail_none(i, xml, err);
	if (r == 0) {
		if (*xml->name)
			lk_import_comment(i, "%s", xml->name);
		name_it(name, xml);
		lk_import_line(i, "[provider %s]", name);
		write_domains(i, xml);
		write_servers(i, xml, smtp);
		write_oauth(i, xml);
		write_lines(i, &xml->notes, xml->n_notes, false);
		write_lines(i, &xml->lost, xml->n_lost, true);
	}
	lk_xml_wipe(xml);
	free(xml);
	return r;
}
