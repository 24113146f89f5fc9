// The routes. GET and HEAD only; anything else is 404 or 405. What is shown is handed in.

import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { bearerCheck } from './access.ts';
import type { ScrapeAnswer, WebDeps } from './answers.ts';
import { createReadiness } from './probes.ts';

type Bindings = { Bindings: HttpBindings };

const probes = ['/healthz', '/readyz'];

/** The application without its server. */
export function createApp(deps: Omit<WebDeps, 'host' | 'port' | 'tls'>): Hono<Bindings> {
  const app = new Hono<Bindings>();
  const readiness = createReadiness(deps.readiness);

  if (deps.bearerToken !== undefined) {
    const allowed = bearerCheck(deps.bearerToken);
    app.use(async (context, next) => {
      if (probes.includes(context.req.path) || allowed(context.req.header('authorization'))) return await next();
      const headers = { 'WWW-Authenticate': 'Bearer realm="backup-inventory"' };
      return context.text('Send the token of http.bearerToken as: Authorization: Bearer …\n', 401, headers);
    });
  }

  route(app, '/healthz', (context) => context.text('ok\n'));
  route(app, '/readyz', async (context) => {
    const answer = await readiness();
    return context.json(answer, answer.ready ? 200 : 503);
  });
  route(app, '/metrics', async (context) => {
    const { req } = context;
    const answer = await deps.scrape({ accept: req.header('accept'), acceptEncoding: req.header('accept-encoding') });
    await send(context.env.outgoing, answer, req.method === 'HEAD');
    return RESPONSE_ALREADY_SENT;
  });
  for (const page of deps.pages) route(app, page.path, (context) => page.answer(context.req.raw, context.req.param()));

  app.notFound((context) => context.text('Not found.\n', 404));
  app.onError((error, context) => {
    deps.log.error({ err: error, method: context.req.method, path: context.req.path }, 'request failed');
    return context.env.outgoing.headersSent
      ? RESPONSE_ALREADY_SENT
      : context.text('Internal error; see the log.\n', 500);
  });
  return app;
}

function route(
  app: Hono<Bindings>,
  path: string,
  answer: (context: Context<Bindings>) => Response | Promise<Response>,
) {
  app.get(path, answer);
  app.all(path, (context) => context.text('Only GET and HEAD.\n', 405, { Allow: 'GET, HEAD' }));
}

/** Writes past the framework: its Response would copy the body. Stops when the client goes away. */
async function send(outgoing: ServerResponse, answer: ScrapeAnswer, headersOnly: boolean): Promise<void> {
  outgoing.writeHead(200, { ...answer.headers });
  try {
    if (headersOnly) return void outgoing.end();
    if (Array.isArray(answer.body)) return writeAll(outgoing, answer.body);
    for await (const piece of answer.body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(piece)) await writable(outgoing);
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(); // half an answer must not look whole
    throw error;
  }
}

/** Bytes that exist already need no waiting: the socket only holds on to them. */
function writeAll(outgoing: ServerResponse, pieces: readonly Uint8Array[]): void {
  outgoing.cork();
  for (const piece of pieces) outgoing.write(piece);
  outgoing.uncork();
  outgoing.end();
}

/** Resolves when more can be written, or nobody listens any more. */
function writable(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
}
