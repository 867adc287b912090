/* What a file of autoconfig says.  SPDX-License-Identifier: MIT */
#ifndef LK_CLI_IMPORT_XML_H
#define LK_CLI_IMPORT_XML_H

#include "cli/import.h"

#define LK_XML_TEXT 1024            /* octets of an element */
#define LK_XML_DOMAINS 512
#define LK_XML_SERVERS 16
#define LK_XML_METHODS 8
#define LK_XML_NOTES 32

/* As they are written, or "". */
struct lk_xml_server {
	const char *service;        /* "smtp", "imap" or "pop3"; NULL: another */
	char type[32];
	char host[LK_XML_TEXT];
	char port[16], socket[16];
	char user[256];
	char methods[LK_XML_METHODS][32];
	size_t n_methods;
};

struct lk_xml {
	char id[LK_XML_TEXT], name[256];
	struct lk_buf domains;      /* by blanks */
	size_t n_domains;
	struct lk_xml_server servers[LK_XML_SERVERS];
	size_t n_servers;
	char issuer[256], scope[LK_XML_TEXT];
	char auth_url[LK_XML_TEXT], token_url[LK_XML_TEXT];
	struct lk_buf notes;        /* what is worth a look: lines */
	struct lk_buf lost;         /* what is not understood: lines */
	size_t n_notes, n_lost;
};

/* -1 with *err set: LK_E_CONFIG, it is not such a file; wipe it then, too. */
int lk_xml_read(struct lk_xml *, const void *xml, size_t len,
		struct lk_error *err);

void lk_xml_wipe(struct lk_xml *);

#endif
