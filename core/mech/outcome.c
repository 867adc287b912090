/* What follows from how an attempt ended. SPDX-License-Identifier: MIT */
#include "mech/outcome.h"

#include <stddef.h>

#define BIT(end) (1u << (end))
#define SYNTAX BIT(LK_REPLY_SYNTAX)
#define NO_MECH BIT(LK_REPLY_NO_MECH)
#define EXPIRED BIT(LK_REPLY_EXPIRED)
#define REFUSED BIT(LK_REPLY_REFUSED)
#define ANY 0xffffffffu

/* Tried from the top.  Left of the action: what must and what must not be. */
static const struct lk_outcome rows[] = {
	{ BIT(LK_END_DECLINED), 0, 0, false, false,
	  LK_THEN_NEXT, LK_E_UNSUPPORTED, "it does not fit this server" },
	{ BIT(LK_END_LOCAL), 0, LK_END_SENT, false, false,
	  LK_THEN_NEXT, 0, "it failed before anything was sent" },
	{ BIT(LK_END_MUTUAL), 0, 0, false, true,
	  LK_THEN_STOP, LK_E_MUTUAL, "the server did not prove itself" },
	{ BIT(LK_END_UNACCEPTED), 0, 0, false, true,
	  LK_THEN_STOP, 0, "the server says that the login succeeded, but the "
	  "mechanism does not accept it" },
	{ ANY, LK_END_POSITIVE, 0, true, false,
	  LK_THEN_STOP, LK_E_CREDENTIALS, "the code says yes, but the words "
	  "say no" },
	{ SYNTAX, LK_END_IR, LK_END_IR_ONLY, false, false,
	  LK_THEN_TWO_STEP, LK_E_NO_MECH, "the server does not understand the "
	  "command with a response in it" },
	{ NO_MECH, LK_END_IR, LK_END_IR_ONLY, false, false,
	  LK_THEN_LATER, LK_E_NO_MECH, "the server does not know it" },
	{ SYNTAX | NO_MECH, LK_END_SPENT | LK_END_ANSWERED, 0, true, false,
	  LK_THEN_NEXT, LK_E_CREDENTIALS, "the server had the secret, and "
	  "does not take it" },
	{ SYNTAX, 0, 0, false, false,
	  LK_THEN_NEXT, LK_E_NO_MECH, "the server does not understand it" },
	{ NO_MECH, 0, 0, false, false,
	  LK_THEN_NEXT, LK_E_NO_MECH, "the server does not know it" },
	{ BIT(LK_REPLY_TLS_FIRST), LK_END_CAN_TLS, 0, false, false,
	  LK_THEN_TLS, LK_E_ENCRYPTION, "the server wants TLS first" },
	{ BIT(LK_REPLY_TLS_FIRST), 0, 0, false, false,
	  LK_THEN_STOP, LK_E_ENCRYPTION, "the server wants TLS first" },
	{ BIT(LK_REPLY_TRANSITION), 0, 0, false, false,
	  LK_THEN_PLAIN, LK_E_CREDENTIALS, "the server wants the password in "
	  "plain text once" },
	{ BIT(LK_REPLY_TOO_WEAK), 0, 0, false, false,
	  LK_THEN_STRONGER, LK_E_TOO_WEAK, "the server wants a stronger "
	  "mechanism" },
	{ EXPIRED, LK_END_RENEWABLE, 0, false, false,
	  LK_THEN_RENEW, LK_E_EXPIRED, "the secret is too old" },
	{ REFUSED, LK_END_RENEWABLE | LK_END_TOKEN, 0, false, false,
	  LK_THEN_RENEW, LK_E_CREDENTIALS, "the server refused the token" },
	{ BIT(LK_REPLY_TEMPORARY), 0, 0, false, false,
	  LK_THEN_STOP, LK_E_TRANSIENT, "the server cannot tell now" },
	{ BIT(LK_END_DEADLINE), 0, 0, true, true,
	  LK_THEN_STOP, LK_E_TRANSIENT, "the server did not answer in time" },
	{ EXPIRED, 0, 0, true, false,
	  LK_THEN_NEXT, LK_E_EXPIRED, "the secret is too old" },
	{ REFUSED, 0, 0, true, false,
	  LK_THEN_NEXT, LK_E_CREDENTIALS, "the server refused it" },
	{ BIT(LK_END_HUNG_UP) | BIT(LK_REPLY_BYE), 0, 0, true, true,
	  LK_THEN_NEXT, LK_E_PROTOCOL, "the server hung up" },
	{ BIT(LK_END_LOCAL), 0, 0, true, false,
	  LK_THEN_NEXT, 0, "it failed" },
	{ ANY, 0, 0, true, true,
	  LK_THEN_NEXT, LK_E_PROTOCOL, "the server said what is no answer" },
};

const struct lk_outcome *
lk_outcome_find(int end, uint32_t flags)
{
	size_t i = 0;

	while (!(rows[i].ends & BIT(end)) ||
	       (flags & rows[i].with) != rows[i].with ||
	       (flags & rows[i].without))
		i++;
	return &rows[i];
}

/* The class of each reply, and what a mechanism may make of it. */
static const struct {
	int32_t kind, cls;
} classes[] = {
	{ LK_REPLY_SYNTAX, LK_E_UNSUPPORTED },
	{ LK_REPLY_NO_MECH, LK_E_UNSUPPORTED },
	{ LK_REPLY_TLS_FIRST, LK_E_ENCRYPTION },
	{ LK_REPLY_TRANSITION, LK_E_CREDENTIALS },
	{ LK_REPLY_TOO_WEAK, LK_E_TOO_WEAK },
	{ LK_REPLY_EXPIRED, LK_E_EXPIRED },
	{ LK_REPLY_TEMPORARY, LK_E_TRANSIENT },
	{ LK_REPLY_REFUSED, LK_E_CREDENTIALS },
};

int32_t
lk_outcome_class(int32_t kind)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (classes[i].kind == kind)
			return classes[i].cls;
	return LK_E_PROTOCOL;
}

int
lk_outcome_refine(int32_t kind, int32_t cls)
{
	if (cls == LK_E_MUTUAL)
		return LK_END_MUTUAL;
	if (kind != LK_REPLY_REFUSED)
		return kind;
	if (cls == LK_E_EXPIRED)
		return LK_REPLY_EXPIRED;
	if (cls == LK_E_TRANSIENT)
		return LK_REPLY_TEMPORARY;
	if (cls == LK_E_TOO_WEAK)
		return LK_REPLY_TOO_WEAK;
	return kind;
}

/* Nobody knows more by these words than by the class, but they are a sentence */
static const char *const said[] = {
	[-LK_E_INTERNAL] = "the mechanism has a fault, and does not say which",
	[-LK_E_NOMEM] = "out of memory",
	[-LK_E_CONFIG] = "a parameter of the mechanism is missing or wrong",
	[-LK_E_NOPROP] = "the mechanism needs something that is not there",
	[-LK_E_CREDENTIALS] = "the mechanism does not take the secret",
	[-LK_E_EXPIRED] = "the mechanism finds the secret too old",
	[-LK_E_TOO_WEAK] = "a stronger mechanism is wanted",
	[-LK_E_ENCRYPTION] = "the mechanism needs TLS, or a channel that can "
			     "be bound",
	[-LK_E_MUTUAL] = "the server did not prove itself",
	[-LK_E_PROTOCOL] = "the server said what the mechanism does not "
			   "understand",
	[-LK_E_TRANSIENT] = "the mechanism cannot work now, perhaps later",
	[-LK_E_CANCELLED] = "the mechanism was cancelled",
	[-LK_E_UNSUPPORTED] = "the mechanism does not fit this server",
};

const char *
lk_outcome_said(int32_t cls)
{
	return said[cls < 0 && cls >= LK_E_MECH_LAST ? -cls : -LK_E_INTERNAL];
}
