/* Latchkey's mechanisms in libsasl2: what the library calls.
 * SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is told ------------------------------------------------------- */

int
bridge_fail(struct lk_error *err, int32_t cls, const char *format, ...)
{
	va_list ap;

	memset(err, 0, sizeof(*err));
	err->cls = cls;
	va_start(ap, format);
	vsnprintf(err->sentence, sizeof(err->sentence), format, ap);
	va_end(ap);
	return -1;
}

void
bridge_tell(const sasl_utils_t *utils, int level, const struct lk_error *err)
{
	char line[LINE];

	bridge_line(line, sizeof(line), err->sentence, err->advice);
	utils->log(utils->conn, level, "latchkey: %s", line);
}

/* Without a connection libsasl2 writes every level into the system's log. */
static void
on_log(void *ctx, uint32_t level, const char *text)
{
	const struct bridge *b = ctx;
	char line[LINE];

	if (level > LK_LOG_WARN)
		return;
	bridge_line(line, sizeof(line), text, "");
	b->utils->log(NULL, level == LK_LOG_ERROR ? SASL_LOG_ERR
		      : SASL_LOG_WARN, "latchkey: %s", line);
}

/* ---- down --------------------------------------------------------------- */

static void
bridge_free(struct bridge *b)
{
	size_t i, j;

	for (i = 0; i < b->n; i++) {
		for (j = 0; j < b->offers[i]->n; j++)
			free(b->offers[i]->ids[j]);
		free(b->offers[i]);
	}
	for (i = 0; i < b->n_kept; i++) {
		lk_account_free(b->kept[i]);
		free(b->kept_names[i]);
	}
	pthread_mutex_destroy(&b->kept_lock);
	lk_host_free(b->host);
	lk_config_free(b->config);
	bridge_conf_free(&b->conf);
	free(b);
}

void
bridge_release(void *offer, const sasl_utils_t *utils)
{
	struct bridge *b = ((struct offer *)offer)->bridge;

	(void)utils;
	if (--b->users == 0)
		bridge_free(b);
}

/* ---- up ----------------------------------------------------------------- */

/* Now, because the program may be about to give up files and rights. */
static void
keep(struct bridge *b, const char *name)
{
	struct lk_account *a = NULL;
	char *copy = strdup(name);
	struct lk_error err;

	memset(&err, 0, sizeof(err));
	if (!copy || b->n_kept == MOST)
		bridge_fail(&err, LK_E_NOMEM, "out of memory, or too many "
			    "accounts");
	else if (lk_account_new(&a, &err) == 0 &&
		 lk_config_account(b->config, name, NULL, a, &err) == 0 &&
		 lk_account_keep(a, LK_P_TOKEN, &err) == 0) {
		b->kept_names[b->n_kept] = copy;
		b->kept[b->n_kept++] = a;
		return;
	}
	bridge_tell(b->utils, SASL_LOG_ERR, &err);
	lk_account_free(a);
	free(copy);
}

static int
start_host(struct bridge *b, struct lk_error *err)
{
	struct lk_host_options o = {
		.size = sizeof(o), .program = program_invocation_short_name,
		.log = on_log, .log_ctx = b, .state_dir = b->conf.state,
	};

	if (lk_config_read(&b->config, NULL, err) < 0)
		return -1;
	return lk_config_host(&b->host, b->config, &o, err);
}

static int
start(struct bridge *b, struct lk_error *err)
{
	const char *at;
	char word[64];

	if (bridge_conf_read(&b->conf, program_invocation_short_name, err) < 0)
		return -1;
	at = b->conf.mechs;
	/* `mechs =`: this program is left alone */
	if (at && !bridge_next(&at, word))
		return 0;
	if (start_host(b, err) < 0 || bridge_offer(b, err) < 0)
		return -1;
	at = b->n_plugs && b->conf.accounts ? b->conf.accounts : "";
	while (bridge_next(&at, word))
		keep(b, word);
	return 0;
}

int sasl_client_plug_init(const sasl_utils_t *utils, int max, int *version,
			  sasl_client_plug_t **list, int *count)
	__attribute__((visibility("default")));

/* Whatever is wrong here: the program goes on with what else libsasl2 has. */
int
sasl_client_plug_init(const sasl_utils_t *utils, int max, int *version,
		      sasl_client_plug_t **list, int *count)
{
	static sasl_client_plug_t none[1];
	struct bridge *b;
	struct lk_error err;

	if (max < SASL_CLIENT_PLUG_VERSION)
		return SASL_BADVERS;
	*version = SASL_CLIENT_PLUG_VERSION;
	*list = none;
	*count = 0;
	b = calloc(1, sizeof(*b));
	if (!b)
		return SASL_NOMEM;
	b->utils = utils;
	pthread_mutex_init(&b->kept_lock, NULL);
	memset(&err, 0, sizeof(err));
	if (start(b, &err) < 0)
		bridge_tell(utils, SASL_LOG_ERR, &err);
	else if (b->n_plugs > 0) {
		*list = b->plugs;
		*count = (int)b->n_plugs;
		return SASL_OK;
	}
	bridge_free(b);
	return SASL_OK;
}
