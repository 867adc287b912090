// SPDX-License-Identifier: MIT
// smtp_server_process.js PACKAGE SETTINGS: nodemailer's smtp-server on some ports, as recorded.py tells.
'use strict';

const fs = require('fs');
const path = require('path');
const { SMTPServer } = require(process.argv[2]);

const settings = JSON.parse(fs.readFileSync(process.argv[3], 'ascii'));
const events = fs.openSync(path.join(settings.base, 'log', 'events'), 'a');
let messages = 0;

function note(n, kind, words) {
	fs.writeSync(events, JSON.stringify({ n, kind, ...words }) + '\n');
}

// The library's own log is complete; the rest of it is not needed.
const quiet = () => {};
const logger = {
	debug(entry, message, text) {
		if (entry.tnx === 'command') note(entry.cid, 'C', { text });
		if (entry.tnx === 'send') note(entry.cid, 'S', { text });
	},
	trace: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet
};

function failure(code, words) {
	return Object.assign(new Error(words), { responseCode: code });
}

function onAuth(auth, session, done) {
	const name = auth.username;
	const known = Object.hasOwn(settings.users, name);
	// A digest has no password to compare, only one to try.
	const right = known && (auth.validatePassword ? auth.validatePassword(settings.users[name]) :
		auth.password === settings.users[name]);
	note(session.id, 'check', { mechanism: auth.method, name, password: auth.password ?? null, right });
	done(null, right ? { user: name } : {});
}

function onRcptTo(address, session, done) {
	const refused = settings.refused[address.address];
	done(refused ? failure(...refused) : null);
}

function deliver(recipient, bytes) {
	const folder = path.join(settings.base, 'mail', recipient.split('@')[0]);
	const name = String(++messages).padStart(6, '0');
	fs.writeFileSync(path.join(folder, name), bytes, { flag: 'wx' });
	fs.renameSync(path.join(folder, name), path.join(folder, 'new', name));
}

function onData(stream, session, done) {
	const pieces = [];
	stream.on('data', (piece) => pieces.push(piece));
	stream.on('end', () => {
		if (stream.sizeExceeded) return done(failure(552, 'Message too large'));
		for (const to of session.envelope.rcptTo) deliver(to.address, Buffer.concat(pieces));
		done();
	});
}

function listen(where) {
	const server = new SMTPServer({
		name: 'mail.' + settings.domain,
		disableReverseLookup: true,
		size: settings.size_limit,
		authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
		key: fs.readFileSync(where.key),
		cert: fs.readFileSync(where.cert),
		secure: where.tls === 'implicit',
		hideSTARTTLS: where.tls === 'none',
		logger, onAuth, onRcptTo, onData,
		onConnect(session, done) {
			note(session.id, 'open');
			done();
		},
		onClose(session) {
			note(session.id, 'end');
		}
	});
	// A client that leaves in the middle is no reason to end.
	server.on('error', (error) => console.error(error.message));
	return new Promise((done) => {
		server.listen(0, where.address, () => done(server.server.address().port));
	});
}

async function main() {
	const ports = {};
	for (const [name, where] of Object.entries(settings.listeners)) ports[name] = await listen(where);
	process.stdout.write(JSON.stringify(ports) + '\n');
}

process.stdin.resume();
process.stdin.on('end', () => {
	fs.rmSync(settings.base, { recursive: true, force: true });
	process.exit(0);
});
main().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
