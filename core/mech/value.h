/* Values of a mechanism's parameters. SPDX-License-Identifier: MIT */
#ifndef LK_MECH_VALUE_H
#define LK_MECH_VALUE_H

#include <latchkey/error.h>

#include <stdbool.h>

/* "bool", "enum:a|b"... */
bool lk_value_is_type(const char *type);

/* Is this a value of the parameter?  -1 and *err: the rule it breaks; a secret
 * one is not shown. */
int lk_value_check(const struct lk_param_record *, const char *value,
		   struct lk_error *err);

#endif
