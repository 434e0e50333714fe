// A request as handlers see it: what it is about is there, the rest is made when it is asked for.

import type { LateMd5 } from '@cairn/hashing/late-digests';
import type { Exchange, Principal, TurnBudget } from '@cairn/service';
import type { Clock } from '@cairn/world';
import type { ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ChangeOrigin } from '../../events/event-record.ts';
import { writeLookBackBytes } from '../../limits.ts';
import {
  type AccessOptions,
  type ContextValues,
  type Ground,
  RequestAccess,
  type Target,
} from '../access/request-access.ts';
import { describeBody } from '../body/body-description.ts';
import { receiveBody } from '../body/received-body.ts';
import type { BodyOptions, S3Request, SignedClaims } from '../handlers/handler.ts';
import type { Authentication } from '../signature/authenticate.ts';
import { ChunkSignatures } from '../signature/chunk-signatures.ts';
import type { RequestHeaders, Signed } from '../signature/signature-claim.ts';
import type { ObjectAddress } from '../target/object-address.ts';
import { percentEncodePath } from '../target/percent-encoding.ts';
import type { Query } from '../target/query.ts';
import { addressOf, type ConditionSources, conditionKeys, settledKeys } from './condition-keys.ts';
import { RequestSource } from './request-source.ts';

type Parts = {
  readonly address: ObjectAddress;
  /** Decoded. */
  readonly path: string;
  readonly query: Query;
  readonly authentication: Authentication;
  /** What the answer will name. */
  readonly answer: { readonly requestId: string; readonly hostId: string };
  readonly accessOptions: AccessOptions;
  readonly region: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly turns: TurnBudget;
  readonly lateMd5: LateMd5;
};

export class IncomingRequest implements S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly query: Query;
  readonly headers: RequestHeaders;
  readonly principal: Principal;
  readonly access: RequestAccess;
  /** Set when the operation was allowed. */
  ground: Ground | undefined;
  readonly #exchange: Exchange;
  readonly #parts: Parts;

  constructor(exchange: Exchange, parts: Parts) {
    this.bucket = parts.address.bucket;
    this.key = parts.address.key;
    this.query = parts.query;
    this.headers = parts.authentication.headers;
    this.principal = parts.authentication.principal;
    this.#exchange = exchange;
    this.#parts = parts;
    this.access = this.accessOf(parts.authentication);
  }

  get location(): string {
    const { secure, head } = this.#exchange;
    return `${secure ? 'https' : 'http'}://${head.headers.host ?? ''}${percentEncodePath(this.#parts.path)}`;
  }

  get signed(): Authentication['signed'] {
    return this.#parts.authentication.signed;
  }

  get hasBody(): boolean {
    return this.#exchange.head.framing !== 0;
  }

  body({ keep, ...options }: BodyOptions = {}): ObjectBody {
    const { payload, chunkSeed } = this.#parts.authentication;
    const description = describeBody(this.headers, payload, options);
    const checksum = description.checksum ?? (keep && ({ from: 'us', algorithm: keep } as const));
    // It is stored, or copied where it is read as a whole.
    this.#exchange.body.forgetAfter(writeLookBackBytes);
    return receiveBody(
      { ...description, checksum },
      {
        source: new RequestSource(this.#exchange.body, this.#parts.turns),
        signatures: chunkSeed && new ChunkSignatures(chunkSeed),
        lateMd5: this.#parts.lateMd5,
      },
    );
  }

  turn(): Promise<void> | undefined {
    return this.#parts.turns.turn();
  }

  async allows(action: string, target: Target, more?: ContextValues): Promise<boolean> {
    const ground = this.access.groundOf(action, target, more);
    return (ground instanceof Promise ? await ground : ground) !== undefined;
  }

  origin(access: RequestAccess = this.access): ChangeOrigin {
    const { requestId, hostId } = this.#parts.answer;
    const sourceIp = addressOf(this.#exchange) ?? '';
    return { principal: access.requester.id, sourceIp, requestId, hostId };
  }

  accessOf({ principal, headers, signed }: SignedClaims): RequestAccess {
    const { accessOptions } = this.#parts;
    const context = () => conditionKeys(this.#exchange, { headers, ...this.#sourcesOf(signed) });
    const uploadId = this.query.size === 0 ? undefined : this.query.get('uploadId');
    const ofUpload = uploadId === undefined ? undefined : () => this.#keysOfUpload(uploadId, signed);
    return new RequestAccess(accessOptions, { principal, context, ofUpload });
  }

  #sourcesOf(signed: Signed | undefined): Omit<ConditionSources, 'headers'> {
    const { accessOptions, clock, region } = this.#parts;
    return { query: this.query, signed, nowMs: clock.nowMs(), account: accessOptions.account, region };
  }

  /** Of one that is not there there are none. */
  async #keysOfUpload(uploadId: string, signed: Signed | undefined): Promise<ContextValues> {
    const { storage } = this.#parts.accessOptions;
    const name = { bucket: this.bucket, key: this.key, uploadId };
    try {
      const { asked = {} } = await storage.listParts({ ...name, afterPart: 0, limit: 0 });
      return settledKeys(asked, this.#sourcesOf(signed));
    } catch (error) {
      if (error instanceof ObjectStorageError && error.code === 'NoSuchUpload') return {};
      throw error;
    }
  }
}
