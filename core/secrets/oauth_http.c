/* One request to an endpoint. SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/error.h"

#include <curl/curl.h>

#include <string.h>

#define DEADLINE_MS 30000L
#define CONNECT_MS 15000L

static bool
is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 ||
	       strcmp(host, "localhost") == 0;
}

const char *
lk_oauth_url_rule(const char *text)
{
	char *scheme = NULL, *host = NULL, *user = NULL, *fragment = NULL;
	const char *rule = NULL;
	CURLU *url = curl_url();

	if (!url || curl_url_set(url, CURLUPART_URL, text, 0) ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0))
		rule = "is no URL";
	else if (!curl_url_get(url, CURLUPART_USER, &user, 0) ||
		 !curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0))
		rule = "holds a user or a fragment";
	else if (strcmp(scheme, "https") != 0 &&
		 (strcmp(scheme, "http") != 0 || !is_loopback(host)))
		rule = "is not https://";
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(fragment);
	curl_url_cleanup(url);
	return rule;
}

/* ---- the answer ---------------------------------------------------------- */

static size_t
receive(char *data, size_t size, size_t n, void *ctx)
{
	struct lk_buf *body = ctx;

	return lk_buf_add(body, data, size * n) < 0 ? 0 : size * n;
}

static const struct {
	CURLcode code;
	int32_t cls;
	const char *what;
} failures[] = {
	{ CURLE_PEER_FAILED_VERIFICATION, LK_E_CERTIFICATE,
	  "its certificate is not trusted" },
	{ CURLE_SSL_CACERT_BADFILE, LK_E_CONFIG,
	  "the file of trusted certificates cannot be read" },
	{ CURLE_SSL_CONNECT_ERROR, LK_E_HANDSHAKE, "the TLS handshake failed" },
	{ CURLE_OUT_OF_MEMORY, LK_E_NOMEM, "out of memory" },
	{ CURLE_OPERATION_TIMEDOUT, LK_E_TRANSIENT, "no answer within 30 s" },
	{ CURLE_COULDNT_RESOLVE_HOST, LK_E_CONNECT, "its host has no address" },
	{ CURLE_COULDNT_RESOLVE_PROXY, LK_E_CONNECT,
	  "the proxy's host has no address" },
	{ CURLE_COULDNT_CONNECT, LK_E_CONNECT, "no connection" },
	{ CURLE_WRITE_ERROR, LK_E_PROTOCOL, "the answer is longer than 64 KiB" },
	{ CURLE_GOT_NOTHING, LK_E_TRANSIENT, "it hung up" },
	{ CURLE_SEND_ERROR, LK_E_TRANSIENT, "it hung up" },
	{ CURLE_RECV_ERROR, LK_E_TRANSIENT, "it hung up" },
	{ CURLE_PARTIAL_FILE, LK_E_TRANSIENT, "it hung up within the answer" },
	{ CURLE_UNSUPPORTED_PROTOCOL, LK_E_PROTOCOL, "it does not speak HTTP" },
	{ CURLE_WEIRD_SERVER_REPLY, LK_E_PROTOCOL, "it does not speak HTTP" },
};
#define FAILURES (sizeof(failures) / sizeof(failures[0]))

static int
fail(const char *url, CURLcode code, struct lk_error *err)
{
	size_t i;

	for (i = 0; i < FAILURES; i++)
		if (failures[i].code == code)
			return lk_fail(err, failures[i].cls, "%s: %s", url,
				       failures[i].what);
	return lk_fail(err, LK_E_CONNECT, "%s: %s", url,
		       curl_easy_strerror(code));
}

/* ---- the request --------------------------------------------------------- */

/* libcurl takes the proxy from the environment; what stays on this machine and
 * is not encrypted must not go to one. */
static CURLcode
set_up(CURL *c, const struct lk_oauth *o, const char *url,
       const struct lk_buf *form, struct lk_buf *body)
{
	bool is_clear = strncmp(url, "https:", 6) != 0;
	CURLcode r = curl_easy_setopt(c, CURLOPT_URL, url);

	if (!r)
		r = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
				     is_clear ? "http" : "https");
	if (!r && is_clear)
		r = curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_SSLVERSION,
				     (long)CURL_SSLVERSION_TLSv1_2);
	if (!r && o->ca)
		r = curl_easy_setopt(c, CURLOPT_CAINFO, o->ca);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
				     (long)CURL_HTTP_VERSION_1_1);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, DEADLINE_MS);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_USERAGENT,
				     "latchkey/" LATCHKEY_VERSION);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)form->len);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_POSTFIELDS, form->data);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	return r ? r : curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
}

static CURLcode
perform(const struct lk_oauth *o, const char *url, const struct lk_buf *form,
	struct lk_buf *body, long *status)
{
	struct curl_slist *head = curl_slist_append(NULL,
						    "Accept: application/json");
	CURL *c = curl_easy_init();
	CURLcode r = CURLE_OUT_OF_MEMORY;

	if (c && head)
		r = set_up(c, o, url, form, body);
	if (!r)
		r = curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	if (!r)
		r = curl_easy_perform(c);
	if (!r)
		r = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
	curl_easy_cleanup(c);
	curl_slist_free_all(head);
	return r;
}

int
lk_oauth_post(const struct lk_oauth *o, const char *url,
	      const struct lk_buf *form, struct lk_answer *answer,
	      struct lk_error *err)
{
	struct lk_buf body;
	CURLcode r;

	memset(answer, 0, sizeof(*answer));
	lk_buf_init(&body, LK_OAUTH_ANSWER);
	r = perform(o, url, form, &body, &answer->status);
	if (!r)
		answer->json = json_loadb((const char *)body.data, body.len,
					  JSON_REJECT_DUPLICATES, NULL);
	lk_buf_wipe(&body);
	if (!json_is_object(answer->json)) {
		json_decref(answer->json);
		answer->json = NULL;
	}
	return r ? fail(url, r, err) : 0;
}
