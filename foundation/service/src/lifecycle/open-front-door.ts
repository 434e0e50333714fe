// The management API over the mounted systems, and the 7000 listener in front of it. The API is made when it is asked for
// the first time: with Hono and the fetch of Node it takes 20 MB, and many a server is never asked.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { apiMetrics } from '../api/api-metrics.ts';
import type { Api } from '../api/create-api.ts';
import type { Authenticator, PeerConnection } from '../api-route.ts';
import type { MountedSystem, SystemStatus } from '../health/check-health.ts';
import { createListener } from '../listener/create-listener.ts';
import { createFrontDoor } from '../listener/front-door.ts';
import { closeGracefully, listen } from '../listener/listen.ts';
import type { ServiceSettings } from '../system-definition.ts';

export type FrontDoor = {
  readonly endpoints: readonly { readonly system: string; readonly protocol: string; readonly url: string }[];
  dispatch(request: Request): Promise<Response>;
  close(deadline: AbortSignal): Promise<void>;
};

export type FrontDoorInput = {
  /** `service.port`; without it nothing listens. */
  readonly port: number | undefined;
  readonly settings: ServiceSettings;
  readonly mounted: readonly MountedSystem[];
  readonly authenticator: Authenticator;
  readonly status: () => Promise<readonly SystemStatus[]>;
  readonly world: World;
  readonly telemetry: Telemetry;
};

export async function openFrontDoor(input: FrontDoorInput): Promise<FrontDoor> {
  const { mounted, authenticator, status, world, telemetry, settings, port } = input;
  const metrics = apiMetrics(telemetry.metrics);
  let made: Api | undefined;
  const api = once(async () => {
    const [{ createApi }, { systemsRoute }] = await Promise.all([
      import('../api/create-api.ts'),
      import('../api/systems-route.ts'),
    ]);
    const routes = mounted.map(({ name, running }) => ({ name, routes: running.routes }));
    const systems = [...routes, { name: 'systems', routes: [systemsRoute(status)] }];
    made = createApi({ systems, authenticator, telemetry, metrics, world });
    return made;
  });
  const dispatch = async (request: Request, connection?: PeerConnection) =>
    (await api()).dispatch(request, connection);
  if (port === undefined) return { endpoints: [], dispatch, close: async () => made?.endStreams() };

  const listener = once(async () => {
    const { getRequestListener } = await import('@hono/node-server');
    const answer = (request: Request, { incoming }: { incoming: { socket: Socket } }) =>
      dispatch(request, peerOf(incoming.socket));
    return getRequestListener(answer, { overrideGlobalObjects: false });
  });
  const mounts = mounted.flatMap(({ running }) => running.mounts ?? []);
  const handler = createFrontDoor({
    telemetry,
    mounts,
    status,
    api: (request, response) => {
      listener()
        .then((answer) => answer(request, response))
        .catch((error) => {
          telemetry.log.error('the management API could not be made', { error });
          if (!response.headersSent) response.writeHead(500);
          response.end();
        });
    },
  });
  // Mounts take bodies of any size, for as long as they take; the idle timeout still cuts who stalls.
  const limits = mounts.length > 0 ? { requestTimeoutMs: 0 } : {};
  const onAcceptError = (error: Error) => telemetry.log.warn('service connection not accepted', { error });
  const { clock } = world;
  const server = createListener({ clock, tls: settings.tls, handler, limits, onAcceptError });
  const { url } = await listen(server, { host: settings.host, port, key: 'service.port' });
  return {
    endpoints: [{ system: 'service', protocol: 'http', url }],
    dispatch,
    close: (deadline) => {
      made?.endStreams();
      return closeGracefully(server, deadline);
    },
  };
}

function peerOf(socket: Socket): PeerConnection {
  return { remoteAddress: socket.remoteAddress, secure: socket instanceof TLSSocket };
}

/** Made by the first who asks; when that fails, by the next. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () =>
    (made ??= make().catch((error) => {
      made = undefined;
      throw error;
    }));
}
