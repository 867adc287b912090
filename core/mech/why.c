/* The decision without a server. SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include <stdlib.h>
#include <string.h>

void
lk_auth_why(struct lk_auth *a, const struct lk_facts *facts,
	    const char *offered,
	    void (*each)(void *ctx, const struct lk_mech_info *info,
			 const char *reason),
	    void *ctx)
{
	struct lk_mech_info info;
	size_t i;

	if (a->state != LK_AT_CONNECT || a->n_tried ||
	    lk_auth_meet(a, facts, offered) < 0)
		return;
	for (i = 0; i < a->n_candidates; i++) {
		const struct lk_candidate *c = &a->candidates[i];
		const char *reason = c->entry->reason;

		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		info.flags = c->entry->file->user_dir ? LK_MECH_USER_DIR : 0;
		info.state = c->entry->state;
		info.path = c->entry->file->path;
		info.reason = reason ? reason : "";
		info.record = c->entry->record.id[0] ? &c->entry->record
						     : NULL;
		info.params = c->entry->params;
		each(ctx, &info, c->reason);
	}
}
