/* Is there a Kerberos ticket?  The library that the mechanism itself will use
 * says so; it is not linked here.  SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                 /* dladdr */
#include "login.h"

#include <dlfcn.h>
#include <string.h>

/* RFC 2744: all libraries have it so. */
#define GSS_C_INITIATE 1
#define GSS_S_NO_CRED (7u << 16)
#define GSS_S_CREDENTIALS_EXPIRED (11u << 16)
#define GSS_ERRORS 0xffff0000u

/* A mechanism of libsasl2 is a shared object, which leads to the libraries that
 * it is linked with, whichever they are. */
void
sasl_ticket_find(struct mechanism *m, const void *code)
{
	void *object, *acquire, *release;
	Dl_info info;

	if (!dladdr(code, &info) || !info.dli_fname)
		return;
	object = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!object)
		return;
	acquire = dlsym(object, "gss_acquire_cred");
	release = dlsym(object, "gss_release_cred");
	dlclose(object);            /* libsasl2 keeps it */
	if (!acquire || !release)
		return;
	memcpy(&m->gss_acquire, &acquire, sizeof(acquire));
	memcpy(&m->gss_release, &release, sizeof(release));
}

/* Asked for no name and for no lifetime, MIT Kerberos only looks for a cache of
 * tickets and for a client keytab; asked for either, it may turn to the KDC
 * (and does, if the ticket has expired).  So `start` finds that out. */
int32_t
sasl_ticket_available(void *plugin, const struct lk_mech *mech,
		      struct lk_session *s, const struct lk_server *server)
{
	const struct mechanism *m = MECHANISM(mech);
	uint32_t major, minor = 0, cause;
	void *credential = NULL;

	(void)plugin;
	(void)server;
	major = m->gss_acquire(&cause, NULL, UINT32_MAX, NULL, GSS_C_INITIATE,
			       &credential, NULL, NULL);
	if (credential)
		m->gss_release(&minor, &credential);
	major &= GSS_ERRORS;
	if (major != GSS_S_NO_CRED && major != GSS_S_CREDENTIALS_EXPIRED)
		return LK_DONE;     /* another fault is told by `start` */
	return sasl_report(s, LK_E_NOPROP, 0, "no Kerberos ticket: run kinit",
			   NULL);
}
