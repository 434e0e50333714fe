// What the 7000 listener answers: its reserved prefixes, then the systems' mounts, then 404.
//
//   /healthz   the process is up                          /api/...   the management API
//   /readyz    every system is ready, else 503            /          a page of what runs and where
//   /metrics   Prometheus text                            PREFIX/... the mount of a system, also below /api/SYSTEM

import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { prometheusContentType, type Telemetry } from '@cairn/telemetry';
import type { SystemStatus } from '../health/check-health.ts';
import type { HttpMount } from '../http-mount.ts';
import { homePage } from './home-page.ts';
import { isStrayClient, strayClientDocument } from './stray-client.ts';

export type FrontDoorOptions = {
  readonly telemetry: Telemetry;
  /** Serves everything under /api. */
  readonly api: RequestListener;
  readonly mounts: readonly HttpMount[];
  readonly status: () => Promise<readonly SystemStatus[]>;
};

type Answer = { readonly status: number; readonly type: string; readonly body: string };

const ownPrefixes = ['/api', '/healthz', '/readyz', '/metrics'];

export function createFrontDoor(options: FrontDoorOptions): RequestListener {
  const pages = pagesOf(options);
  const mounts = sortMounts(options.mounts);
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const mount = mounts.find(({ prefix }) => isUnder(path, prefix));
    if (mount !== undefined) return mount.handle(request, response);
    if (isUnder(path, '/api')) return options.api(request, response);
    const page = isStrayClient(request) ? () => strayAnswer(options) : pages.get(path);
    void answer(request, response, { page, telemetry: options.telemetry });
  };
}

function pagesOf({ telemetry, status }: FrontDoorOptions): ReadonlyMap<string, () => Promise<Answer>> {
  return new Map([
    ['/healthz', async () => json(200, { status: 'up' })],
    ['/readyz', async () => readiness(await status())],
    [
      '/metrics',
      async () => ({ status: 200, type: prometheusContentType, body: telemetry.metrics.expose() }),
    ],
    ['/', async () => ({ status: 200, type: 'text/html; charset=utf-8', body: homePage(await status()) })],
  ]);
}

async function strayAnswer({ status }: FrontDoorOptions): Promise<Answer> {
  return { status: 400, type: 'application/xml', body: strayClientDocument(await status()) };
}

/** Longest first, so that a mount may lie under another. */
function sortMounts(mounts: readonly HttpMount[]): readonly HttpMount[] {
  for (const { prefix } of mounts) {
    assert(/^(\/[^/?#]+)+$/.test(prefix), `mount prefix '${prefix}' must start with / and not end with it`);
    assert(
      isWithinSystem(prefix) || !ownPrefixes.some((own) => isUnder(prefix, own)),
      `mount prefix '${prefix}' belongs to the listener`,
    );
  }
  const prefixes = mounts.map(({ prefix }) => prefix);
  assert(new Set(prefixes).size === prefixes.length, `two mounts share a prefix: ${prefixes.join(', ')}`);
  return mounts.toSorted((left, right) => right.prefix.length - left.prefix.length);
}

/** `/api/SYSTEM/PART`: what the frame of JSON documents cannot carry, such as bodies that stream. */
function isWithinSystem(prefix: string): boolean {
  return /^\/api\/[^/]+\/[^/]+/.test(prefix);
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly page: (() => Promise<Answer>) | undefined; readonly telemetry: Telemetry },
): Promise<void> {
  const { page, telemetry } = options;
  if (page === undefined) return send(response, error(404, 'not-found', 'nothing is served at this path'));
  if (request.method !== 'GET' && request.method !== 'HEAD' && !isStrayClient(request)) {
    response.setHeader('allow', 'GET, HEAD');
    return send(
      response,
      error(405, 'method-not-allowed', `${request.method} is not served here, only GET and HEAD`),
    );
  }
  try {
    send(response, await page());
  } catch (cause) {
    telemetry.log.error('page failed', { path: request.url, error: cause });
    send(response, error(500, 'internal', 'an unexpected error happened; the log has its details'));
  }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(body);
}

function readiness(systems: readonly SystemStatus[]): Answer {
  const ready = systems.every((system) => system.ready);
  const states = systems.map(({ name, ready, detail }) => [
    name,
    detail === undefined ? { ready } : { ready, detail },
  ]);
  return json(ready ? 200 : 503, { ready, systems: Object.fromEntries(states) });
}

function error(status: number, code: string, message: string): Answer {
  return json(status, { error: { code, message } });
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
