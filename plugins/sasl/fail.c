/* The errors of libsasl2 as classes of ours. SPDX-License-Identifier: MIT */
#include "login.h"

#include <stdio.h>

static const struct {
	int code;
	int32_t cls;
} classes[] = {
	{ SASL_NOMEM, LK_E_NOMEM }, { SASL_BUFOVER, LK_E_PROTOCOL },
	{ SASL_BADPROT, LK_E_PROTOCOL }, { SASL_NOMECH, LK_E_UNSUPPORTED },
	{ SASL_WRONGMECH, LK_E_UNSUPPORTED }, { SASL_FAIL, LK_E_UNSUPPORTED },
	{ SASL_BADAUTH, LK_E_CREDENTIALS }, { SASL_NOUSER, LK_E_CREDENTIALS },
	{ SASL_NOAUTHZ, LK_E_CREDENTIALS }, { SASL_DISABLED, LK_E_CREDENTIALS },
	{ SASL_EXPIRED, LK_E_EXPIRED }, { SASL_PWLOCK, LK_E_CREDENTIALS },
	{ SASL_TOOWEAK, LK_E_TOO_WEAK }, { SASL_ENCRYPT, LK_E_ENCRYPTION },
	{ SASL_BADSERV, LK_E_MUTUAL }, { SASL_BADBINDING, LK_E_MUTUAL },
	{ SASL_UNAVAIL, LK_E_TRANSIENT }, { SASL_TRYAGAIN, LK_E_TRANSIENT },
	{ SASL_CONFIGERR, LK_E_CONFIG }, { SASL_BADVERS, LK_E_CONFIG },
};

int32_t
sasl_report(struct lk_session *s, int32_t cls, int code, const char *words,
	    const char *advice)
{
	struct lk_report r = { sizeof(r), 0, cls, code, "cyrus-sasl", words,
			       advice };

	s->services->report(s, &r);
	return cls;
}

int32_t
sasl_fail(struct lk_session *s, int code, const char *words,
	  const char *advice)
{
	char text[512];
	size_t i = 0;

	while (i < sizeof(classes) / sizeof(*classes) &&
	       classes[i].code != code)
		i++;
	snprintf(text, sizeof(text), "libsasl2: %s", words ? words : "?");
	return sasl_report(s, i < sizeof(classes) / sizeof(*classes)
			   ? classes[i].cls : LK_E_INTERNAL, code, text, advice);
}
