/* The protocols that are known. SPDX-License-Identifier: MIT */
#include "mech/outcome.h"

static const struct lk_profile smtp = {
	.size = sizeof(smtp),
	.flags = LK_PROFILE_IR,
	.service = "smtp",
	.command = "AUTH",
	.empty = "=",
	.cancel = "*",
	.command_limit = 512,
	.line_limit = 12288,
	.kind = lk_smtp_kind,
};

const struct lk_profile *
lk_profile_smtp(void)
{
	return &smtp;
}
