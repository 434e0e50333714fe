// The Kafka endpoint: the port, in front of the handlers and of identity.

import type { CompiledPolicy } from '@cairn/identity';
import { type ListenAddress, listen, type Principal, type TlsSource } from '@cairn/service';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Handlers } from '../handlers/handler.ts';
import { Access } from '../security/access.ts';
import { anonymousPrincipal, type KafkaIdentity } from '../security/identity-port.ts';
import { Login } from '../security/login.ts';
import type { ArnPlace } from '../security/operations.ts';
import { SaltedPasswords } from '../security/salted-passwords.ts';
import type { Connection } from './connection.ts';
import { KafkaListener, type KafkaListenerOptions } from './kafka-listener.ts';
import { ConnectionRequests } from './serve-requests.ts';

export type KafkaServerOptions = {
  readonly handlers: Handlers;
  readonly identity: KafkaIdentity;
  readonly aclPolicies: () => readonly CompiledPolicy[];
  readonly place: ArnPlace;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly telemetry: Telemetry;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: TlsSource | undefined;
  /** Of a login; 0 sets no bound. */
  readonly sessionMs?: number | undefined;
  readonly limits?:
    | Pick<
        KafkaListenerOptions,
        | 'connectionsMax'
        | 'connectionIdleMs'
        | 'frameBytesMax'
        | 'requestBytesMax'
        | 'loginTimeoutMs'
        | 'frameGraceMs'
        | 'tickMs'
      >
    | undefined;
};

export type KafkaServer = Pick<ListenAddress, 'host' | 'port'> & {
  /** `HOST:PORT`, as clients take it. */
  readonly address: string;
  readonly connectionCount: () => number;
  /** Answers what was begun until the deadline, then cuts. */
  close(deadline: AbortSignal): Promise<void>;
};

/** Starts to listen. Fails with UnusableStart when the address cannot be had. */
export async function openKafkaServer(options: KafkaServerOptions): Promise<KafkaServer> {
  const { world, telemetry, tls, limits, host, port } = options;
  const listener = new KafkaListener({
    ...limits,
    clock: world.clock,
    log: telemetry.log,
    tls,
    serverOf: requestServers(options),
  });
  observe(listener, telemetry);
  try {
    const bound = await listen(listener.server, { host, port, key: 'message-queue.kafka.port' });
    return {
      host,
      port: bound.port,
      address: new URL(bound.url).host,
      connectionCount: () => listener.connectionCount,
      close: (deadline) => listener.close(deadline),
    };
  } catch (error) {
    await listener.close(AbortSignal.abort());
    throw error;
  }
}

function requestServers(options: KafkaServerOptions): (connection: Connection) => ConnectionRequests {
  const { handlers, identity, aclPolicies, place, world, telemetry, sessionMs = 0 } = options;
  const passwords = new SaltedPasswords({ clusterId: place.clusterId });
  const count = requestCounter(telemetry);
  return (connection) => {
    const { socket } = connection;
    const clientHost = plainAddress(socket.remoteAddress);
    const access = new Access(anonymousPrincipal, {
      identity,
      clock: world.clock,
      place,
      aclPolicies,
      clientHost,
    });
    const onPrincipal = (principal: Principal) => access.become(principal);
    return new ConnectionRequests({
      handlers,
      access,
      login: new Login({
        identity,
        random: world.random,
        passwords,
        clock: world.clock,
        sessionMs,
        onPrincipal,
      }),
      clientHost,
      local: { host: plainAddress(socket.localAddress), port: socket.localPort ?? 0 },
      signal: () => connection.signal,
      nowMs: () => world.clock.monotonicMs(),
      allowsAnonymous: () => identity.allowsAnonymous(),
      count,
    });
  };
}

/** An IPv4 client of a socket that listens on both is shown as such. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

function requestCounter({ metrics }: Telemetry): (request: { api: string; seconds: number }) => void {
  const seconds = metrics.histogram('cairn_kafka_request_duration_seconds', {
    help: "From a request's beginning to its answer, its waiting included.",
    labels: ['api'],
  });
  const known = new Map<string, ReturnType<typeof seconds.with>>();
  return ({ api, seconds: taken }) =>
    known.getOrInsertComputed(api, () => seconds.with({ api })).observe(taken);
}

function observe(listener: KafkaListener, { metrics }: Telemetry): void {
  const connections = metrics
    .gauge('cairn_kafka_connections', { help: 'Connections that are open.' })
    .with({});
  const requestBytes = metrics
    .gauge('cairn_kafka_request_memory_bytes', { help: 'Of requests that are not answered.' })
    .with({});
  metrics.onCollect(() => {
    connections.set(listener.connectionCount);
    requestBytes.set(listener.requestBytes);
  });
}
