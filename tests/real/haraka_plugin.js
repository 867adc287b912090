// SPDX-License-Identifier: MIT
// Haraka's own logins with the users of the test, and a record of all that is said, as recorded.py tells.
'use strict';

const fs = require('fs');
const path = require('path');
const { Writable } = require('stream');

const settings = JSON.parse(fs.readFileSync(process.env.RECORD_SETTINGS, 'ascii'));
const clear = JSON.parse(process.env.RECORD_CLEAR);
const events = fs.openSync(path.join(settings.base, 'log', 'events'), 'a');
let messages = 0;

function note(n, kind, words) {
	fs.writeSync(events, JSON.stringify({ n, kind, ...words }) + '\n');
}

process.on('disconnect', () => process.exit(0));

exports.register = function () {
	this.inherits('auth/auth_base');
};

exports.hook_init_master = function (next) {
	process.send('listening');
	next();
};

exports.hook_connect_init = function (next, connection) {
	note(connection.uuid, 'open');
	next();
};

exports.hook_disconnect = function (next, connection) {
	note(connection.uuid, 'end');
	next();
};

exports.hook_lookup_rdns = function (next) {
	next(OK, 'client.example.com'); // and no name server is asked
};

exports.hook_log = function (next, logger, item) {
	const { level, uuid, message } = JSON.parse(item.data[0] === '{' ? item.data : '{}');
	const said = level === 'PROTOCOL' && /^([CS]): ([^]*)$/.exec(message);
	if (said) note(uuid.split('.')[0], said[1], { text: said[2] });
	if (['WARN', 'ERROR', 'CRIT', 'ALERT', 'EMERG'].includes(item.level)) process.stderr.write(item.data + '\n');
	next(OK); // nothing on standard output
};

// As its own plugins do, and also where a trial is about a login without TLS.
exports.hook_capabilities = function (next, connection) {
	if (!connection.tls.enabled && !clear.includes(connection.local.port)) return next();
	connection.notes.allowed_auth_methods = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
	connection.capabilities.push('AUTH ' + connection.notes.allowed_auth_methods.join(' '));
	next();
};

exports.get_plain_passwd = function (user, done) {
	done(Object.hasOwn(settings.users, user) ? settings.users[user] : null);
};

exports.check_user = function (next, connection, credentials, method) {
	// Two tries within this time are no delay that doubles.
	const timeout = this.timeout;
	this.timeout = 1;
	this.base['auth/auth_base'].check_user.call(this, next, connection, credentials, method);
	this.timeout = timeout;
};

for (const check of ['check_plain_passwd', 'check_cram_md5_passwd']) {
	exports[check] = function (connection, name, given, done) {
		const mechanism = connection.notes.auth_method;
		const password = mechanism === 'CRAM-MD5' ? null : given;
		this.base['auth/auth_base'][check].call(this, connection, name, given, (right) => {
			note(connection.uuid, 'check', { mechanism, name, password, right });
			done(right);
		});
	};
}

exports.hook_rcpt = function (next, connection, params) {
	const refused = settings.refused[params[0].address()];
	if (!connection.relaying) return next(DENY, 'Log in first');
	if (refused) return next(refused[0] < 500 ? DENYSOFT : DENY, refused[1]);
	next(OK);
};

function deliver(recipient, bytes) {
	const folder = path.join(settings.base, 'mail', recipient.split('@')[0]);
	const name = process.pid + '.' + String(++messages).padStart(6, '0');
	fs.writeFileSync(path.join(folder, name), bytes, { flag: 'wx' });
	fs.renameSync(path.join(folder, name), path.join(folder, 'new', name));
}

exports.hook_queue_outbound = function (next, connection) {
	const pieces = [];
	const keep = new Writable({
		write(piece, encoding, done) {
			pieces.push(piece);
			done();
		}
	});
	keep.on('finish', () => {
		// Its own way to take the dots away takes some from the middle of a line, where that is in two of its pieces.
		const bytes = Buffer.from(Buffer.concat(pieces).toString('latin1').replaceAll('\r\n..', '\r\n.'), 'latin1');
		for (const to of connection.transaction.rcpt_to) deliver(to.address(), bytes);
		next(OK);
	});
	connection.transaction.message_stream.pipe(keep, { dot_stuffed: false });
};
