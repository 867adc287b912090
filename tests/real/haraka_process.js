// SPDX-License-Identifier: MIT
// haraka_process.js PACKAGE SETTINGS: Haraka on some ports, as recorded.py tells.
//
// One Haraka has one certificate: there is a process for each, in a directory of its own. What they record is written
// by haraka_plugin.js.
'use strict';

const childProcess = require('child_process');
const fs = require('fs');
const net = require('net');
const path = require('path');

const [, , packageDir, settingsPath] = process.argv;
const settings = JSON.parse(fs.readFileSync(settingsPath, 'ascii'));
const children = [];

function freePort(address) {
	return new Promise((done, failed) => {
		const held = net.createServer();
		held.on('error', failed);
		held.listen(0, address, () => done(held));
	});
}

// All are held until the last is found.
async function freePorts() {
	const held = {}, ports = {};
	for (const [name, where] of Object.entries(settings.listeners)) held[name] = await freePort(where.address);
	for (const [name, one] of Object.entries(held)) {
		ports[name] = one.address().port;
		await new Promise((done) => one.close(done));
	}
	return ports;
}

function configuration(listeners, ports) {
	const named = Object.entries(listeners);
	const withTls = (tls) => named.filter(([, where]) => where.tls === tls).map(([name]) => ports[name]);
	const { cert, key } = named[0][1];
	return {
		'smtp.ini': 'listen=' + named.map(([name, where]) => where.address + ':' + ports[name]).join(',') +
			'\nsmtps_port=' + withTls('implicit')[0] + '\nnodes=0\n',
		// Its own file with lines of any length, and nothing added to a message that can be left out.
		'connection.ini': fs.readFileSync(path.join(packageDir, 'config', 'connection.ini'), 'utf8') +
			'\n[headers]\nadd_received=false\nclean_auth_results=false\n[max]\nbytes=' + settings.size_limit +
			'\ndata_line_length=1000000\n',
		'tls.ini': 'key=tls.key\ncert=tls.pem\n' + withTls('none').map((port) => 'no_starttls_ports[]=' + port + '\n').join(''),
		'tls.key': fs.readFileSync(key),
		'tls.pem': fs.readFileSync(cert),
		// It would make its own, which takes a minute.
		'dhparams.pem': childProcess.execFileSync('openssl',
			['genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048']),
		'log.ini': 'level=protocol\nformat=json\n',
		me: 'mail.' + settings.domain,
		plugins: 'tls\nrecord\n'
	};
}

function start(name, listeners, ports) {
	const directory = path.join(settings.base, 'haraka-' + name);
	fs.rmSync(directory, { recursive: true, force: true });
	for (const folder of ['config', 'plugins']) fs.mkdirSync(path.join(directory, folder), { recursive: true, mode: 0o700 });
	for (const [file, text] of Object.entries(configuration(listeners, ports))) {
		fs.writeFileSync(path.join(directory, 'config', file), text, { mode: 0o600 });
	}
	fs.copyFileSync(path.join(__dirname, 'haraka_plugin.js'), path.join(directory, 'plugins', 'record.js'));
	const clear = Object.keys(listeners).filter((one) => listeners[one].tls === 'none').map((one) => ports[one]);
	const child = childProcess.fork(path.join(packageDir, 'bin', 'haraka'), ['-c', directory], {
		cwd: directory,
		env: { ...process.env, RECORD_SETTINGS: settingsPath, RECORD_CLEAR: JSON.stringify(clear) },
		stdio: ['ignore', 'ignore', 'inherit', 'ipc']
	});
	children.push(child);
	return new Promise((done) => {
		child.on('message', () => done(true));
		child.on('exit', () => done(false));
	});
}

async function stop() {
	await Promise.all(children.splice(0).map((child) => child.exitCode === null && child.signalCode === null &&
		new Promise((done) => {
			child.on('exit', done);
			child.kill('SIGKILL');
		})));
}

async function main() {
	const certificates = {};
	for (const [name, where] of Object.entries(settings.listeners)) {
		const certificate = path.basename(where.cert, '.pem');
		certificates[certificate] = { ...certificates[certificate], [name]: where };
	}
	for (let attempt = 0; attempt < 3; attempt++) { // a port may be taken between choice and use
		const ports = await freePorts();
		const started = Object.entries(certificates).map(([name, listeners]) => start(name, listeners, ports));
		if (!(await Promise.all(started)).includes(false)) {
			process.stdout.write(JSON.stringify(ports) + '\n');
			return;
		}
		await stop();
	}
	throw new Error('Haraka does not start');
}

process.stdin.resume();
process.stdin.on('end', async () => {
	await stop();
	fs.rmSync(settings.base, { recursive: true, force: true });
	process.exit(0);
});
main().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
