/* What the parts of the libsasl2 plugin share. SPDX-License-Identifier: MIT */
#ifndef SASL_SASL_H
#define SASL_SASL_H

#include <latchkey/mech.h>

#include <sasl/sasl.h>

#define MOST 64                     /* mechanisms of one libsasl2 */

/* One mechanism of libsasl2. */
struct mechanism {
	struct lk_mech_note note;
	struct lk_mech calls;       /* what the host is given */
	char name[24];              /* as libsasl2 spells it */
	int is_usable;

	/* Of the library whose tickets it takes (RFC 2744), or NULL. */
	uint32_t (*gss_acquire)(uint32_t *minor, void *name, uint32_t time,
				void *mechs, int usage, void **credential,
				void **actual_mechs, uint32_t *lifetime);
	uint32_t (*gss_release)(uint32_t *minor, void **credential);
};

/* The one that the host's calls are of. */
#define MECHANISM(m) ((const struct mechanism *)(const void *) \
		      ((const char *)(m) - offsetof(struct mechanism, calls)))

/* What one host was given. */
struct list {
	struct mechanism all[MOST];
	const struct lk_mech *mechs[MOST + 1];
	size_t n;
	struct lk_session *session; /* of init */
};

/* ---- library.c --------------------------------------------------------- */

#define PROC(f) ((int (*)(void))(void (*)(void))(f))

/* Bring libsasl2 up, once in the life of the process: SASL_*. */
int sasl_library_init(void);

/* Around all that is called in it, but for that. */
void sasl_enter(void);
void sasl_leave(void);

/* Free what it allocated; NULL is allowed. */
void sasl_drop(void *);

/* For SASL_CB_GETOPT: a program that has libsasl2 choose may have told it from
 * what, and that is not for us. */
int sasl_option(void *context, const char *plugin, const char *option,
		const char **result, unsigned *len);

/* A line of its log, for ours. */
void sasl_log(struct lk_session *, int level, const char *text);

/* ---- list.c ------------------------------------------------------------ */

/* All that libsasl2 has; SASL_*. */
int sasl_list_fill(struct list *);

/* ---- ticket.c ---------------------------------------------------------- */

/* Find the functions above, from the mechanism's code in libsasl2's plugin. */
void sasl_ticket_find(struct mechanism *, const void *code);
int32_t sasl_ticket_available(void *plugin, const struct lk_mech *,
			      struct lk_session *, const struct lk_server *);

/* ---- session.c --------------------------------------------------------- */

int32_t sasl_session_start(void *plugin, const struct lk_mech *,
			   struct lk_session *, const struct lk_server *,
			   void **state);
int32_t sasl_session_step(void *state, struct lk_session *,
			  const struct lk_event *);
void sasl_session_free(void *state, struct lk_session *);

/* ---- fail.c ------------------------------------------------------------ */

/* Explain an SASL_*, in libsasl2's own words: the class. */
int32_t sasl_fail(struct lk_session *, int code, const char *words,
		  const char *advice);

#endif
