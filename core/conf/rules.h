/* What the value of a key must be: each returns what is wrong with it ("is not
 * ..."), or NULL.  SPDX-License-Identifier: MIT */
#ifndef LK_CONF_RULES_H
#define LK_CONF_RULES_H

#include <stdbool.h>
#include <stddef.h>

const char *lk_rule_text(const char *value);
const char *lk_rule_word(const char *value);
const char *lk_rule_host(const char *value);
const char *lk_rule_port(const char *value);
const char *lk_rule_tls(const char *value);
const char *lk_rule_yes(const char *value);
const char *lk_rule_protocol(const char *value);
const char *lk_rule_socket(const char *value);
const char *lk_rule_notify(const char *value);
const char *lk_rule_ret(const char *value);
const char *lk_rule_seconds(const char *value);
const char *lk_rule_count(const char *value);
const char *lk_rule_pin(const char *value);
const char *lk_rule_name(const char *value);
const char *lk_rule_path(const char *value);
const char *lk_rule_log(const char *value);
const char *lk_rule_https(const char *value);
const char *lk_rule_domains(const char *value);
const char *lk_rule_secret_kind(const char *value);

#endif
