// A real authorization server for the suite to judge, set up as an ordinary
// operator would: node-oidc-provider with dynamic registration on loopback.
//
//   node server.js CONFIGURATION [PORT]
//
// PORT 0 (the default) takes a free one. Prints "READY http://127.0.0.1:PORT"
// when it listens. The configurations that want an initial access token take
// it from the environment variable INITIAL_ACCESS_TOKEN. With EXIT_WITH_STDIN
// set it ends when its standard input does: it never outlives its starter.

import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const CONFIGURATIONS = {
  open: { management: true, rotation: false, token: false },
  rotating: { management: true, rotation: true, token: false },
  protected: { management: true, rotation: false, token: true },
  'protected-rotating': { management: true, rotation: true, token: true },
  'open-no-management': { management: false, rotation: false, token: false },
};

const LOGIN_PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in</title></head>
<body><form method="post"><h1>Sign in</h1><button>Sign in and allow</button></form></body>
</html>`;

const quit = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(2);
};

const [name, port = '0'] = process.argv.slice(2);
if (!Object.hasOwn(CONFIGURATIONS, name ?? '')) {
  quit(`usage: node server.js ${Object.keys(CONFIGURATIONS).join('|')} [PORT]`);
}
const { management, rotation, token } = CONFIGURATIONS[name];
const initialAccessToken = token && process.env.INITIAL_ACCESS_TOKEN;
if (token && !initialAccessToken) {
  quit(`The configuration ${name} needs INITIAL_ACCESS_TOKEN in the environment.`);
}

// What the library says about running outside production is no news here.
console.warn = () => {};
console.info = () => {};
const { Provider } = await import('oidc-provider');

// The library's own in-memory adapter forgets the oldest after a thousand
// records, fewer than a full run makes: clients would vanish while being judged.
const records = new Map();

class Memory {
  constructor(model) {
    this.model = model;
  }

  find(id) {
    const record = records.get(`${this.model}:${id}`);
    return Promise.resolve(record && record.expires > Date.now() ? record.payload : undefined);
  }

  findByUid(uid) {
    return this.#findBy('uid', uid);
  }

  findByUserCode(userCode) {
    return this.#findBy('userCode', userCode);
  }

  #findBy(member, value) {
    const found = [...records.values()].find(
      (record) => record.model === this.model && record.payload[member] === value,
    );
    return Promise.resolve(found && found.expires > Date.now() ? found.payload : undefined);
  }

  async upsert(id, payload, seconds) {
    const expires = typeof seconds === 'number' ? Date.now() + seconds * 1000 : Infinity;
    records.set(`${this.model}:${id}`, { model: this.model, payload, expires });
  }

  async consume(id) {
    records.get(`${this.model}:${id}`).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    records.delete(`${this.model}:${id}`);
  }

  async revokeByGrantId(grantId) {
    for (const [key, record] of records) {
      if (record.payload.grantId === grantId) records.delete(key);
    }
  }
}

const listener = createServer();
listener.on('error', (error) => quit(error.message));
listener.listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${listener.address().port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const provider = new Provider(issuer, {
    adapter: Memory,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { email: ['email'], profile: ['name'] },
    scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (ctx, interaction) => `/login/${interaction.uid}` },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      ClientCredentials: 3600,
      Grant: 86400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 86400,
      Session: 86400,
    },
    features: {
      devInteractions: { enabled: false }, // we have a login page of our own
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      registration: { enabled: true, initialAccessToken: initialAccessToken || false },
      registrationManagement: {
        enabled: management,
        ...(management && { rotateRegistrationAccessToken: rotation }),
      },
    },
  });

  // Whoever presses the button is signed in and has allowed what was asked.
  const signIn = async (req, res) => {
    const { params, prompt } = await provider.interactionDetails(req, res);
    if (prompt.name === 'login') {
      return provider.interactionFinished(req, res, { login: { accountId: 'somebody' } });
    }
    const grant = new provider.Grant({ accountId: 'somebody', clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
  };

  const answer = provider.callback();
  listener.on('request', (req, res) => {
    if (!req.url.startsWith('/login/')) {
      answer(req, res);
    } else if (req.method === 'POST') {
      signIn(req, res).catch(() => res.writeHead(400).end());
    } else {
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(LOGIN_PAGE);
    }
  });
  process.stdout.write(`READY ${issuer}\n`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(0));
}
if (process.env.EXIT_WITH_STDIN) {
  process.stdin.on('end', () => process.exit(0)).resume();
}
