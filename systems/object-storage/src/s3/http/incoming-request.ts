// A request as handlers see it: what it is about is there, the rest is made when it is asked for.

import type { Principal } from '@cairn/service';
import type { ObjectBody } from '../../core/object-body.ts';
import type { Exchange } from '../../http/exchange.ts';
import { describeBody } from '../body/body-description.ts';
import { receiveBody } from '../body/received-body.ts';
import type { BodyOptions, S3Request } from '../handlers/handler.ts';
import type { S3Decision, S3Identity } from '../identity-port.ts';
import type { Authentication } from '../signature/authenticate.ts';
import { ChunkSignatures } from '../signature/chunk-signatures.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { ObjectAddress } from '../target/object-address.ts';
import type { Query } from '../target/query.ts';
import { conditionKeys } from './condition-keys.ts';
import { RequestSource } from './request-source.ts';
import type { TurnBudget } from './turn-budget.ts';

type Parts = {
  readonly address: ObjectAddress;
  readonly query: Query;
  readonly authentication: Authentication;
  readonly identity: Pick<S3Identity, 'authorize'>;
  readonly turns: TurnBudget;
};

export class IncomingRequest implements S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly query: Query;
  readonly headers: RequestHeaders;
  readonly principal: Principal;
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
  }

  get origin(): string {
    const { secure, head } = this.#exchange;
    return `${secure ? 'https' : 'http'}://${head.headers.host ?? ''}`;
  }

  get hasBody(): boolean {
    return this.#exchange.head.framing !== 0;
  }

  body({ keep, ...options }: BodyOptions = {}): ObjectBody {
    const { payload, chunkSeed } = this.#parts.authentication;
    const description = describeBody(this.headers, payload, options);
    const checksum = description.checksum ?? (keep && ({ from: 'us', algorithm: keep } as const));
    return receiveBody(
      { ...description, checksum },
      {
        source: new RequestSource(this.#exchange.body, this.#parts.turns),
        signatures: chunkSeed && new ChunkSignatures(chunkSeed),
      },
    );
  }

  async allows(action: string, name: { bucket: string; key?: string }): Promise<boolean> {
    const allowed = this.decide(action, name);
    return allowed instanceof Promise ? await allowed : allowed;
  }

  /** As `allows`, at once when identity knows at once. */
  decide(action: string, name: { bucket: string; key?: string }): boolean | Promise<boolean> {
    const decided = this.#parts.identity.authorize(this.principal, {
      action,
      resource: arnOf(name),
      context: () => conditionKeys(this.#exchange, this),
    });
    return decided instanceof Promise ? decided.then(isAllowed) : isAllowed(decided);
  }
}

function isAllowed({ decision }: S3Decision): boolean {
  return decision === 'allow';
}

function arnOf({ bucket, key = '' }: { readonly bucket: string; readonly key?: string }): string {
  if (!bucket) return '*';
  return key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}
