// What an engine of the log port gets: requests that were checked, texts as bytes, defaults filled in (checked-log.ts).

import type { World } from '@cairn/world';
import type { LogHeader, ProducedRecord, RecordHandler, Subscription } from './log.ts';

export type LogEngine = {
  produce(request: EngineProduce): Promise<readonly ProducedRecord[]>;
  subscribe(request: EngineSubscribe): Promise<Subscription>;
  /** Its subscriptions have ended before. */
  close(): Promise<void>;
};

export type EngineProduce = { readonly topic: string; readonly records: readonly EngineRecord[] };

export type EngineRecord = {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly LogHeader[];
  readonly timestampMs: number | undefined;
  readonly partition: number | undefined;
};

export type EngineSubscribe = {
  readonly topics: readonly string[];
  readonly group: string;
  readonly from: 'earliest' | 'latest';
  readonly handle: RecordHandler;
  readonly retry: EngineRetry;
  readonly deadLetterTopic: string | undefined;
  readonly uncommitted: boolean;
  readonly commitEveryMs: number;
};

export type EngineRetry = {
  /** Infinity: without end. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly delayMsMax: number;
};

export type OpenLogOptions = {
  /**
   * `local:` the message queue of this process; `kafka://HOST:PORT[,HOST:PORT...]` a cluster, `kafkas://` one behind TLS.
   * Never holds credentials.
   */
  readonly url: string;
  readonly world: World;
  /** For SASL; without them KAFKA_USERNAME and KAFKA_PASSWORD of the environment, else none. */
  readonly credentials?: LogCredentials | undefined;
  /** Of `kafkas:`, trusted besides no other, as PEM; those that Node trusts when absent. */
  readonly authorities?: string | undefined;
};

export type LogCredentials = {
  readonly username: string;
  readonly password: string;
  /** `SCRAM-SHA-512` unless it is given. */
  readonly mechanism?: SaslMechanism | undefined;
};

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

/** Opens an engine; throws a `LogError`. */
export type LogOpener = (options: OpenLogOptions) => Promise<LogEngine>;
