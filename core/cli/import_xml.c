/* Reading a file of autoconfig, which may come from anybody: no document type,
 * hence no entities; no depth; every text is bounded.
 * SPDX-License-Identifier: MIT */
#include "cli/import_xml.h"

#include "base/ascii.h"
#include "base/error.h"

#include <expat.h>
#include <stddef.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define DEPTH 8
#define LIST_MAX 65536

struct reader;

enum where { NOWHERE, IN_FILE, IN_SERVER };

/* What an element means, in its parent.  begin, end: or NULL. */
struct element {
	const char *parent, *name;
	void (*begin)(struct reader *, const XML_Char **attributes);
	void (*end)(struct reader *);
	enum where where;           /* its text belongs: */
	size_t offset, room;
};

struct reader {
	XML_Parser parser;
	struct lk_xml *xml;
	const struct element *open[DEPTH];
	size_t depth;
	size_t ignored;             /* elements that are open in an unknown one */
	bool is_skipped;            /* a second provider */
	char text[LK_XML_TEXT];     /* of the innermost element */
	size_t len;
	char purpose[32];           /* of a domain */
	struct lk_xml_server *server; /* or NULL */
	struct lk_error *err;
};

static void
stop(struct reader *r, const char *why)
{
	lk_fail(r->err, LK_E_CONFIG, "line %lu: %s",
		(unsigned long)XML_GetCurrentLineNumber(r->parser), why);
	XML_StopParser(r->parser, XML_FALSE);
}

static void
stop_memory(struct reader *r)
{
	stop(r, "");
	lk_fail_memory(r->err);
}

static const char *
attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return "";
}

/* A line of a comment. */
static void
note(struct reader *r, struct lk_buf *to, size_t *n, const char *what,
     const char *value)
{
	char shown[400];

	lk_ascii_printable(shown, sizeof(shown), value, strlen(value));
	if (++*n <= LK_XML_NOTES &&
	    lk_buf_printf(to, "%s%s\n", what, shown) < 0)
		stop_memory(r);
}

static void
lose(struct reader *r, const char *what, const char *value)
{
	note(r, &r->xml->lost, &r->xml->n_lost, what, value);
}

static const char *
text_of(struct reader *r)
{
	if (r->len && r->text[r->len - 1] == ' ')
		r->len--;
	r->text[r->len] = '\0';
	return r->text;
}

static void
keep(struct reader *r, char *to, size_t room, const char *what)
{
	if (!lk_ascii_copy(to, room, text_of(r))) {
		*to = '\0';
		lose(r, what, ": it is too long");
	}
}

/* ---- elements ------------------------------------------------------------ */

static void
begin_provider(struct reader *r, const XML_Char **attributes)
{
	const char *id = attribute(attributes, "id");

	if (r->xml->id[0] || r->xml->n_servers || r->xml->n_domains) {
		lose(r, "one more provider: ", id);
		r->is_skipped = true;
	} else if (!lk_ascii_copy(r->xml->id, sizeof(r->xml->id), id)) {
		stop(r, "the provider's id is too long");
	}
}

static void
end_provider(struct reader *r)
{
	r->is_skipped = false;
}

static void
begin_domain(struct reader *r, const XML_Char **attributes)
{
	lk_ascii_copy(r->purpose, sizeof(r->purpose),
		      attribute(attributes, "purpose"));
}

static void
end_domain(struct reader *r)
{
	const char *domain = text_of(r);
	char lower[254];
	size_t n;

	if (r->purpose[0]) { /* as of a mail exchanger: in no address */
		lose(r, "a domain that is not of addresses: ", domain);
		return;
	}
	if (strchr(domain, ' ') || strlen(domain) >= sizeof(lower) ||
	    r->xml->n_domains == LK_XML_DOMAINS) {
		lose(r, "the domain ", domain);
		return;
	}
	for (n = 0; domain[n]; n++)
		lower[n] = lk_ascii_lower(domain[n]);
	lower[n] = '\0';
	if (n && lk_buf_printf(&r->xml->domains, "%s ", lower) < 0)
		stop_memory(r);
	r->xml->n_domains += n != 0;
}

static void
begin_server(struct reader *r, const XML_Char **attributes)
{
	static const struct {
		const char *element, *type;
	} known[] = {
		{ "outgoingServer", "smtp" },
		{ "incomingServer", "imap" },
		{ "incomingServer", "pop3" },
	};
	const char *element = r->open[r->depth - 1]->name;
	const char *type = attribute(attributes, "type");
	struct lk_xml_server *s;
	size_t i;

	if (r->xml->n_servers == LK_XML_SERVERS) {
		lose(r, "one more server: ", type);
		return;
	}
	s = r->server = &r->xml->servers[r->xml->n_servers++];
	lk_ascii_copy(s->type, sizeof(s->type), *type ? type : element);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].element, element) == 0 &&
		    strcmp(known[i].type, type) == 0)
			s->service = known[i].type;
}

static void
end_server(struct reader *r)
{
	r->server = NULL;
}

static void
end_method(struct reader *r)
{
	struct lk_xml_server *s = r->server;

	if (s && s->n_methods < LK_XML_METHODS)
		keep(r, s->methods[s->n_methods++], sizeof(s->methods[0]),
		     "authentication");
	else if (s)
		lose(r, "one more authentication", "");
}

static void
begin_page(struct reader *r, const XML_Char **attributes)
{
	const char *url = attribute(attributes, "url");

	note(r, &r->xml->notes, &r->xml->n_notes, "see ", *url ? url
	     : attribute(attributes, "visiturl"));
}

static void
end_words(struct reader *r)
{
	note(r, &r->xml->notes, &r->xml->n_notes, "  ", text_of(r));
}

#define BEGIN(begin, end) begin, end, NOWHERE, 0, 0
#define NOTHING BEGIN(NULL, NULL)
#define TEXT(field) \
	NULL, NULL, IN_FILE, offsetof(struct lk_xml, field), \
	sizeof(((struct lk_xml *)0)->field)
#define OF_SERVER(field) \
	NULL, NULL, IN_SERVER, offsetof(struct lk_xml_server, field), \
	sizeof(((struct lk_xml_server *)0)->field)

#define SERVER(name) \
	{ name, "hostname", OF_SERVER(host) }, \
	{ name, "port", OF_SERVER(port) }, \
	{ name, "socketType", OF_SERVER(socket) }, \
	{ name, "username", OF_SERVER(user) }, \
	{ name, "authentication", BEGIN(NULL, end_method) }

/* At either level, as files have them. */
#define COMMON(name) \
	{ name, "documentation", BEGIN(begin_page, NULL) }, \
	{ name, "enable", BEGIN(begin_page, NULL) }, \
	{ name, "oAuth2", NOTHING }, \
	{ name, "webMail", NOTHING }

static const struct element elements[] = {
	{ "", "clientConfig", NOTHING },
	{ "clientConfig", "emailProvider",
	  BEGIN(begin_provider, end_provider) },
	{ "emailProvider", "domain", BEGIN(begin_domain, end_domain) },
	{ "emailProvider", "displayName", TEXT(name) },
	{ "emailProvider", "displayShortName", NOTHING },
	{ "emailProvider", "incomingServer",
	  BEGIN(begin_server, end_server) },
	{ "emailProvider", "outgoingServer",
	  BEGIN(begin_server, end_server) },
	SERVER("incomingServer"), SERVER("outgoingServer"),
	COMMON("emailProvider"), COMMON("clientConfig"),
	{ "documentation", "descr", BEGIN(NULL, end_words) },
	{ "enable", "instruction", BEGIN(NULL, end_words) },
	{ "oAuth2", "issuer", TEXT(issuer) },
	{ "oAuth2", "scope", TEXT(scope) },
	{ "oAuth2", "authURL", TEXT(auth_url) },
	{ "oAuth2", "tokenURL", TEXT(token_url) },
	{ "webMail", "loginPage", BEGIN(begin_page, NULL) },
};

static const struct element *
find(const struct reader *r, const char *name)
{
	const char *parent = r->depth ? r->open[r->depth - 1]->name : "";
	size_t i;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (strcmp(elements[i].parent, parent) == 0 &&
		    strcmp(elements[i].name, name) == 0)
			return &elements[i];
	return NULL;
}

static void XMLCALL
on_begin(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = ctx;
	const struct element *e = r->ignored ? NULL : find(r, name);

	if (r->err->cls)
		return;
	r->len = 0;
	if (e && !r->is_skipped && r->depth < DEPTH) {
		r->open[r->depth++] = e;
		if (e->begin)
			e->begin(r, attributes);
		return;
	}
	if (r->depth == 0 && !r->ignored) {
		stop(r, "the outermost element is not clientConfig");
		return;
	}
	if (++r->ignored > DEPTH)
		stop(r, "elements lie too deep in each other");
	else if (r->ignored == 1 && !r->is_skipped)
		lose(r, "the element ", name);
}

static void
end(struct reader *r, const struct element *e)
{
	if (e->where == IN_FILE)
		keep(r, (char *)r->xml + e->offset, e->room, e->name);
	else if (e->where == IN_SERVER && r->server)
		keep(r, (char *)r->server + e->offset, e->room, e->name);
	if (e->end)
		e->end(r);
}

/* Expat calls once more after it was told to stop. */
static void XMLCALL
on_end(void *ctx, const XML_Char *name)
{
	struct reader *r = ctx;

	(void)name;
	if (r->err->cls)
		return;
	if (r->ignored)
		r->ignored--;
	else
		end(r, r->open[--r->depth]);
	r->len = 0;
}

/* Blanks of any kind and number are one, and none at an end. */
static void XMLCALL
on_text(void *ctx, const XML_Char *text, int len)
{
	struct reader *r = ctx;
	const struct element *e = r->depth ? r->open[r->depth - 1] : NULL;

	if (r->err->cls || r->ignored || !e ||
	    (e->where == NOWHERE && !e->end))
		return;
	for (; len > 0; text++, len--) {
		const char c = strchr(BLANKS, *text) ? ' ' : *text;

		if (c == ' ' && (!r->len || r->text[r->len - 1] == ' '))
			continue;
		if (r->len == sizeof(r->text) - 1) {
			stop(r, "an element has more than 1023 octets of "
				"text");
			return;
		}
		r->text[r->len++] = c;
	}
}

static void XMLCALL
on_type(void *ctx, const XML_Char *name, const XML_Char *system,
	const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	stop(ctx, "a document type, which could hold anything: a file of "
	     "autoconfig has none");
}

int
lk_xml_read(struct lk_xml *xml, const void *data, size_t len,
	    struct lk_error *err)
{
	struct lk_error said = { 0 };
	struct reader r = { .xml = xml, .err = &said };
	int ok;

	memset(xml, 0, sizeof(*xml));
	lk_buf_init(&xml->domains, LIST_MAX * 4);
	lk_buf_init(&xml->notes, LIST_MAX);
	lk_buf_init(&xml->lost, LIST_MAX);
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		return lk_fail_memory(err);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_begin, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_type);
	ok = len <= LK_IMPORT_MAX &&
	     XML_Parse(r.parser, data, (int)len, 1) == XML_STATUS_OK;
	if (!ok && !said.cls)
		lk_fail(&said, LK_E_CONFIG, "line %lu: no XML: %s",
			(unsigned long)XML_GetCurrentLineNumber(r.parser),
			XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	if (!ok && err)
		*err = said;
	return ok ? 0 : -1;
}

void
lk_xml_wipe(struct lk_xml *xml)
{
	lk_buf_wipe(&xml->domains);
	lk_buf_wipe(&xml->notes);
	lk_buf_wipe(&xml->lost);
}
