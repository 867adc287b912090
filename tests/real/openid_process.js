// SPDX-License-Identifier: MIT
// openid_process.js PACKAGE SETTINGS: oidc-provider on two ports of loopback, as openid.py tells.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');

const settings = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const none = { redirect_uris: [], response_types: [] };

function configuration() {
	return {
		clients: [
			{
				...settings.client, application_type: 'native', redirect_uris: ['http://127.0.0.1'], response_types: ['code'],
				grant_types: [DEVICE, 'authorization_code', 'refresh_token'], token_endpoint_auth_method: 'client_secret_post'
			},
			{ ...none, ...settings.reader, grant_types: [], token_endpoint_auth_method: 'client_secret_basic' }
		],
		pkce: { required: () => true },
		scopes: ['openid', settings.scope],
		features: {
			deviceFlow: { enabled: true },
			introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === settings.reader.client_id },
			revocation: { enabled: true }
		},
		// Every token is good for one trade only, and an old one revokes the grant.
		rotateRefreshToken: true,
		issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
		expiresWithSession: () => false,
		ttl: { AccessToken: settings.life, AuthorizationCode: 60, RefreshToken: 86400, DeviceCode: 120, Grant: 86400, Interaction: 600, Session: 600 },
		cookies: { keys: [settings.cookies] }
	};
}

function listen(server) {
	return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
}

async function main() {
	const { default: Provider } = await import('file://' + process.argv[2] + '/lib/index.js');
	const tls = https.createServer({ key: fs.readFileSync(settings.key), cert: fs.readFileSync(settings.cert) });
	const ports = { https: await listen(tls) };
	const provider = new Provider('https://localhost:' + ports.https, configuration());
	provider.on('server_error', (ctx, error) => console.error(error.stack));
	tls.on('request', provider.callback());
	ports.http = await listen(http.createServer(provider.callback()));
	process.stdout.write(JSON.stringify(ports) + '\n');
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
main().catch((error) => {
	console.error(error.stack);
	process.exit(1);
});
