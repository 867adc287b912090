/* One login, for what takes part in it. SPDX-License-Identifier: MIT */
#ifndef SASL_LOGIN_H
#define SASL_LOGIN_H

#include "sasl.h"

/* A text that libsasl2 reads until the session ends. */
struct text {
	struct text *next;
	size_t len;
	char octets[];              /* and a NUL */
};

struct login {
	const struct mechanism *mech;
	struct lk_session *session; /* of the call under way */
	sasl_conn_t *conn;
	sasl_callback_t callbacks[9];
	sasl_interact_t *prompts;   /* that wait for their results */
	struct text *texts;
	int is_started, is_done;
	const char *out;            /* of the last step; NULL: none */
	unsigned len;
};

/* Explain the class. */
int32_t sasl_report(struct lk_session *, int32_t cls, int code,
		    const char *words, const char *advice);

/* A property.  *text: NULL if it is not to be had, which is LK_DONE all the
 * same; else it stays until the session ends. */
int32_t sasl_get(struct login *, const char *key,
		 const sasl_interact_t *prompt, const char **text);

/* Answer all prompts: LK_DONE, LK_PENDING or a class that is explained. */
int32_t sasl_answer(struct login *);

#endif
