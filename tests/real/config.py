# SPDX-License-Identifier: MIT
"""The configuration of the private Postfix."""

MAIN_CF = """\
compatibility_level = 3.6
daemon_directory = {program}/usr/lib/postfix/sbin
command_directory = {program}/usr/sbin
shlib_directory = {program}/usr/lib/postfix
config_directory = {base}/etc
meta_directory = {base}/etc
queue_directory = {base}/queue
data_directory = {base}/data
mail_owner = {owner}
setgid_group = {setgid}
import_environment = LD_LIBRARY_PATH LANG=C MAIL_CONFIG POSTLOG_SERVICE POSTLOG_HOSTNAME
export_environment = LD_LIBRARY_PATH LANG=C
maillog_file = {base}/log/mail.log
maillog_file_prefixes = {base}/log

myhostname = mail.{domain}
mydomain = {domain}
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps =
alias_database =
biff = no
notify_classes =

# What arrives is what was sent: nothing is added, dropped, rewritten or folded.
local_header_rewrite_clients =
message_drop_headers =
message_size_limit = {size_limit}
mailbox_size_limit = 0
header_size_limit = 1048576
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =

virtual_transport = virtual
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {base}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}

smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ {deferred} = 450 4.2.1 {deferred_words} }} }},
    reject_unlisted_recipient, permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0

smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {domain}
smtpd_sasl_security_options = noanonymous
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
"""

# How a listener differs from main.cf.
TLS = {
    "starttls": "",
    "implicit": "-o smtpd_tls_wrappermode=yes",
    "none": "-o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no",
}
CERTIFICATE = " -o smtpd_tls_cert_file={base}/tls/{name}.pem -o smtpd_tls_key_file={base}/tls/{name}.key"

SERVICES = """\
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

SMTPD_CONF = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {base}/etc/sasldb
mech_list: {mechanisms}
"""
