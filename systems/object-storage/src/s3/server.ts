// The S3 endpoint: a listener of its own, in front of the core and of identity.

import { closeGracefully, createListener, type ListenAddress, listen, type TlsSource } from '@cairn/service';
import { newRequestId, type Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { ObjectStorage } from '../core/object-storage.ts';
import { answerClientError } from './http/client-errors.ts';
import { requestListeners } from './http/serve-request.ts';
import { TurnBudget } from './http/turn-budget.ts';
import type { S3Identity } from './identity-port.ts';
import { headerBytesMax, idleTimeoutMs, turnBudgetMs } from './limits.ts';
import { SigningKeys } from './signature/signing-keys.ts';

export type OpenS3ServerOptions = {
  readonly storage: ObjectStorage;
  readonly identity: S3Identity;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly telemetry: Telemetry;
  /** What requests have to be signed for. */
  readonly region: string;
  /** Owns every bucket. */
  readonly account: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names under which buckets are reached as `BUCKET.NAME`, besides `localhost`. */
  readonly domains?: readonly string[];
  readonly tls?: TlsSource | undefined;
  readonly idleTimeoutMs?: number;
};

export type S3Server = ListenAddress & {
  /** Lets requests in flight finish until the deadline, then cuts them. The storage stays open. */
  close(deadline: AbortSignal): Promise<void>;
};

/** Starts to listen. Fails with UnusableStart when the address cannot be had. */
export async function openS3Server(options: OpenS3ServerOptions): Promise<S3Server> {
  const { storage, region, account, world, host, port, domains = [] } = options;
  const hostId = world.random.bytes(33).toString('base64');
  const listeners = requestListeners({
    identity: options.identity,
    signingKeys: new SigningKeys(),
    region,
    account,
    domains: ['localhost', ...domains.map((domain) => domain.toLowerCase())],
    context: { storage, region, account },
    world,
    telemetry: options.telemetry,
    hostId,
    turns: new TurnBudget(turnBudgetMs),
  });
  const server = createListener({
    ...listeners,
    tls: options.tls,
    // Uploads take as long as they take; who stalls is cut by the idle time.
    limits: { headerBytesMax, requestTimeoutMs: 0, idleTimeoutMs: options.idleTimeoutMs ?? idleTimeoutMs },
  });
  const refused = options.telemetry.metrics.counter('cairn_s3_malformed_requests_total', {
    help: 'Requests that were no HTTP.',
    labels: ['code'],
  });
  server.on('clientError', (error, socket) => {
    const code = answerClientError(error, socket, { requestId: newRequestId(world.random), hostId });
    if (code !== undefined) refused.with({ code }).add(1);
  });
  const address = await listen(server, { host, port, key: 'object-storage.s3.port' });
  return { ...address, close: (deadline) => closeGracefully(server, deadline) };
}
