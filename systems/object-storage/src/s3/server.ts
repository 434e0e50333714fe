// The S3 endpoint: a listener of its own, in front of the core and of identity.

import { LateMd5 } from '@cairn/hashing/late-digests';
import type { QueryProtocol } from '@cairn/identity';
import {
  type HttpLimits,
  type HttpProblem,
  HttpServer,
  type ListenAddress,
  listen,
  type ProblemAnswer,
  type TlsSource,
  TurnBudget,
} from '@cairn/service';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { ObjectStorage } from '../core/object-storage.ts';
import { isLeftToKernel } from '../data/reading/kernel-memory.ts';
import { type ObjectOwnership, objectOwnershipDefault } from './access/object-ownership.ts';
import type { OwnerMode } from './access/owners.ts';
import { AccessLog } from './access-log/access-log.ts';
import { codeOfProblem, problemAnswer } from './http/problem-answer.ts';
import { RequestIds } from './http/request-ids.ts';
import { requestServer } from './http/serve-request.ts';
import type { S3Identity } from './identity-port.ts';
import { headerBytesMax, idleTimeoutMs, logDeliverySecondsDefault, turnBudgetMs } from './limits.ts';
import { FormAuthenticator } from './post-policy/form-signature.ts';
import { SigningKeys } from './signature/signing-keys.ts';

export type OpenS3ServerOptions = {
  readonly storage: ObjectStorage;
  readonly identity: S3Identity;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly telemetry: Telemetry;
  /** What requests have to be signed for. */
  readonly region: string;
  readonly account: string;
  /** Who owns what users make; each his own when absent. */
  readonly owners?: OwnerMode | undefined;
  /** Object ownership of buckets that have no setting of their own. */
  readonly objectOwnership?: ObjectOwnership | undefined;
  /** IAM and STS, which share the port; without it their calls are not known here. */
  readonly queries?: QueryProtocol | undefined;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names under which buckets are reached as `BUCKET.NAME`, besides `localhost`. */
  readonly domains?: readonly string[];
  readonly tls?: TlsSource | undefined;
  /** How often access logs are delivered. */
  readonly logDeliveryMs?: number | undefined;
  readonly idleTimeoutMs?: number;
  /** Others than the HTTP server's own: tests do not wait for a minute. */
  readonly timeouts?: Partial<Pick<HttpLimits, 'headTimeoutMs' | 'keepAliveTimeoutMs'>>;
};

export type S3Server = ListenAddress & {
  /** Lets requests in flight finish until the deadline, then cuts them. The storage stays open. */
  close(deadline: AbortSignal): Promise<void>;
};

/** Starts to listen. Fails with UnusableStart when the address cannot be had. */
export async function openS3Server(options: OpenS3ServerOptions): Promise<S3Server> {
  const { storage, identity, region, account, world, telemetry, host, port, domains = [] } = options;
  const { owners = 'user', objectOwnership = objectOwnershipDefault } = options;
  const signingKeys = new SigningKeys();
  const hostId = world.random.bytes(33).toString('base64');
  const ids = new RequestIds(world.random);
  const accessLog = new AccessLog({
    ...{ storage, telemetry, account, region, objectOwnership },
    ...{ clock: world.clock, random: world.random },
    deliveryMs: options.logDeliveryMs ?? logDeliverySecondsDefault * 1_000,
  });
  const turns = new TurnBudget(turnBudgetMs);
  const server = new HttpServer({
    clock: world.clock,
    turns,
    tls: options.tls,
    limits: {
      ...options.timeouts,
      headBytesMax: headerBytesMax,
      idleTimeoutMs: options.idleTimeoutMs ?? idleTimeoutMs,
    },
    fields: { 'x-amz-id-2': hostId, server: 'Cairn' },
    mayUseAgain: (memory) => !isLeftToKernel(memory),
    serve: requestServer({
      identity,
      storage,
      signingKeys,
      region,
      account,
      owners,
      objectOwnership,
      domains: ['localhost', ...domains.map((domain) => domain.toLowerCase())],
      context: {
        storage,
        region,
        account,
        owners,
        users: { account, identity },
        forms: new FormAuthenticator({ identity, signingKeys, region }),
        clock: world.clock,
      },
      world,
      telemetry,
      hostId,
      ids,
      turns,
      lateMd5: new LateMd5({
        nextTurn: (callback) => world.clock.nextTurn(callback),
        onUnavailable: (error) =>
          telemetry.log.warn('small bodies are hashed one by one: the code for many cannot be made', {
            error,
          }),
      }),
      queries: options.queries,
      accessLog,
    }),
    answerTo: answerer({ telemetry, hostId, ids }),
    onAcceptError: (error) => telemetry.log.warn('s3 connection not accepted', { error }),
  });
  try {
    const address = await listen(server.listener, { host, port, key: 'object-storage.s3.port' });
    const close = async (deadline: AbortSignal) => {
      await server.close(deadline);
      await accessLog.close();
    };
    return { ...address, close };
  } catch (error) {
    await server.close(AbortSignal.abort());
    throw error;
  }
}

/** Answers who sends no HTTP, and counts them. */
function answerer({
  telemetry,
  hostId,
  ids,
}: {
  telemetry: Telemetry;
  hostId: string;
  ids: RequestIds;
}): (problem: HttpProblem) => ProblemAnswer {
  const refused = telemetry.metrics.counter('cairn_s3_malformed_requests_total', {
    help: 'Requests that were no HTTP.',
    labels: ['code'],
  });
  return (problem) => {
    refused.with({ code: codeOfProblem(problem) }).add(1);
    return problemAnswer(problem, { requestId: ids.next(), hostId });
  };
}
