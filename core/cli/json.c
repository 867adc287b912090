/* Results for programs. SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/ascii.h"

#include <jansson.h>

#include <limits.h>
#include <string.h>

#define TEXT_MAX PATH_MAX

/* What is no UTF-8 has question marks in it. */
static void
put_text(json_t *o, const char *key, const char *text)
{
	char shown[TEXT_MAX];

	lk_ascii_printable(shown, sizeof(shown), text ? text : "",
			   text ? strlen(text) : 0);
	json_object_set_new(o, key, json_string(shown));
}

/* Words by blanks. */
static void
put_words(json_t *o, const char *key, const char *words)
{
	json_t *list = json_array();
	const char *word;
	size_t len;

	while ((word = lk_ascii_next(&words, " ", &len)))
		json_array_append_new(list, json_stringn(word, len));
	json_object_set_new(o, key, list);
}

static void
put_number(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void
print(json_t *o)
{
	if (json_dumpf(o, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(o);
}

/* RFC 3339 */
static void
put_time(json_t *o, const char *key, int64_t seconds)
{
	const time_t at = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (gmtime_r(&at, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		put_text(o, key, text);
}

static json_t *
error_of(const struct lk_cli *c, const struct lk_error *e)
{
	const int64_t until = c ? lk_cli_held_until(c, e) : 0;
	json_t *o = json_object();

	put_text(o, "class", lk_error_class(e->cls));
	put_text(o, "stage", lk_error_stage(e->stage));
	put_number(o, "exit", (uint64_t)lk_error_exit(e->cls));
	put_number(o, "code", (uint64_t)e->code);
	put_text(o, "enhanced", e->enhanced);
	put_text(o, "mechanism", e->mech);
	put_text(o, "text", e->text);
	json_object_set_new(o, "sentence", json_string(e->sentence));
	put_text(o, "advice", e->advice);
	if (until)
		put_time(o, "until", until);
	return o;
}

void
lk_json_failed(const struct lk_cli *c, const struct lk_error *err)
{
	json_t *o = json_object();

	put_text(o, "status", "failed");
	json_object_set_new(o, "error", error_of(c, err));
	print(o);
}

static const char *
status_of(const struct lk_recipient *r)
{
	switch (r->cls) {
	case 0:
		return "sent";
	case LK_E_RECIPIENT:
		return "refused";
	case LK_E_TRANSIENT:
		return "later";
	case LK_E_UNKNOWN:
		return "unknown";
	default:
		return "dropped";
	}
}

static json_t *
recipients_of(const struct lk_envelope *e)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < e->count; i++) {
		const struct lk_recipient *r = &e->to[i];
		json_t *o = json_object();

		put_text(o, "address", r->address);
		put_text(o, "status", status_of(r));
		put_number(o, "code", (uint64_t)r->code);
		put_text(o, "enhanced", r->enhanced);
		put_text(o, "text", r->text);
		json_array_append_new(list, o);
	}
	return list;
}

void
lk_json_message(const struct lk_cli *c, const struct lk_out *out, char state,
		const struct lk_envelope *e, const struct lk_error *err)
{
	json_t *o = json_object();

	put_text(o, "status", state == LK_OUT_SENT ? "sent"
		 : state == LK_OUT_UNKNOWN ? "unknown" : "failed");
	if (out)
		put_text(o, "path", out->path);
	if (out && out->length) {
		put_number(o, "offset", out->offset);
		put_number(o, "length", out->length);
	}
	json_object_set_new(o, "recipients", recipients_of(e));
	if (err)
		json_object_set_new(o, "error", error_of(c, err));
	print(o);
}

void
lk_json_login(const struct lk_account *a, const struct lk_client_info *info)
{
	json_t *o = json_object();

	put_text(o, "status", "logged in");
	put_text(o, "host", lk_account_get(a, "host"));
	put_number(o, "port", lk_account_number(a, "port"));
	put_text(o, "user", lk_account_get(a, "user"));
	put_text(o, "mechanism", info->mech);
	json_object_set_new(o, "initial-response",
			    json_boolean(info->initial_response));
	put_number(o, "attempts", (uint64_t)info->attempts);
	put_text(o, "tls", info->tls);
	put_text(o, "peer", info->peer);
	put_text(o, "warning", info->warning);
	print(o);
}

/* ---- accounts and providers ----------------------------------------------- */

void
lk_json_account(const char *name, const struct lk_account *a,
		const struct lk_error *err)
{
	json_t *o = json_object();

	put_text(o, "account", name);
	if (a) {
		put_text(o, "from", lk_account_get(a, "from"));
		put_text(o, "user", lk_account_get(a, "user"));
		put_text(o, "provider", lk_account_get(a, "provider"));
		put_text(o, "host", lk_account_get(a, "host"));
		put_number(o, "port", lk_account_number(a, "port"));
		put_text(o, "socket", lk_account_get(a, "socket"));
	} else {
		json_object_set_new(o, "error", error_of(NULL, err));
	}
	print(o);
}

void
lk_json_provider(const char *name, const char *host, const char *match)
{
	json_t *o = json_object();

	put_text(o, "provider", name);
	put_text(o, "host", host);
	put_words(o, "match", match);
	print(o);
}

void
lk_json_setting(const char *kind, const char *name, const struct lk_setting *s)
{
	json_t *o = json_object();

	put_text(o, kind, name);
	put_text(o, "key", s->key);
	put_text(o, "value", s->value);
	put_text(o, "file", s->file);
	put_number(o, "line", s->line);
	print(o);
}

void
lk_json_learnt(const char *account, const struct lk_learnt_info *l)
{
	json_t *o = json_object();

	put_text(o, "account", account);
	put_text(o, "learnt", l->id);
	put_number(o, "learnt-at", (uint64_t)l->learnt_at);
	json_object_set_new(o, "two-step",
			    json_boolean(l->flags & LK_LEARNT_TWO_STEP));
	json_object_set_new(o, "no-cancel",
			    json_boolean(l->flags & LK_LEARNT_NO_CANCEL));
	put_number(o, "refusals", l->refusals);
	put_number(o, "refused-until", (uint64_t)l->refused_until);
	print(o);
}

void
lk_json_doubt(const char *kind, const char *name, const char *level,
	      const char *sentence)
{
	json_t *o = json_object();

	put_text(o, kind, name);
	put_text(o, "level", level);
	put_text(o, "sentence", sentence);
	print(o);
}

/* ---- mechanisms ---------------------------------------------------------- */

static json_t *
params_of(const struct lk_param_record *const *p)
{
	json_t *list = json_array(), *o;

	for (; p && *p; p++) {
		o = json_object();

		put_text(o, "name", (*p)->name);
		put_text(o, "type", (*p)->type);
		if (!((*p)->flags & LK_PARAM_SECRET))
			put_text(o, "default", (*p)->dflt);
		put_text(o, "help", (*p)->help);
		json_array_append_new(list, o);
	}
	o = json_object();          /* each mechanism has it */
	put_text(o, "name", "ir");
	put_text(o, "type", "auto|never");
	put_text(o, "default", "auto");
	put_text(o, "help", LK_CLI_IR_HELP);
	json_array_append_new(list, o);
	return list;
}

static json_t *
name_of(const struct lk_mech_info *info)
{
	json_t *o = json_object();

	put_text(o, "id", info->record ? info->record->id : "");
	put_text(o, "wire", info->record ? info->record->wire : "");
	return o;
}

void
lk_json_mech(const struct lk_mech_info *info, const char *state)
{
	const struct lk_mech_record *r = info->record;
	json_t *o = name_of(info);

	put_text(o, "state", state);
	put_text(o, "path", info->path);
	put_text(o, "reason", info->reason);
	json_object_set_new(o, "only-by-name",
			    json_boolean(info->flags & LK_MECH_USER_DIR));
	if (r) {
		put_text(o, "summary", r->summary);
		put_text(o, "version", r->version);
		put_words(o, "needs", r->needs);
		put_words(o, "wants", r->wants);
		put_text(o, "uses", r->uses);
		put_number(o, "strength", (uint64_t)r->strength);
		json_object_set_new(o, "parameters", params_of(info->params));
	}
	print(o);
}

void
lk_json_why(const struct lk_mech_info *info, const char *reason)
{
	json_t *o = name_of(info);

	json_object_set_new(o, "usable", json_boolean(!*reason));
	put_text(o, "reason", reason);
	print(o);
}
