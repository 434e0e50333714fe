// The log port: records in topics, in order within each partition, read by groups whose members share the partitions; the
// same against Cairn's own message queue and any cluster that speaks Kafka's protocol.
//
// A topic has partitions. A record's partition is the one that it names, else it follows from its key as with Kafka's
// clients (murmur2), else one is chosen. All failures that are expected are a `LogError`.

export type Log = {
  /**
   * Appends records, in their order within each partition; resolves with the place of each when all are durable. Calls of
   * one turn of the event loop share their writes. When it rejects, some of the records may be there: who repeats it may
   * write them twice. A topic that is not there is made, or `unknown-topic`, as the place is configured.
   */
  produce(request: ProduceRequest): Promise<readonly ProducedRecord[]>;
  /**
   * Makes this process a member of a group: every record of the topics is handled by one member, at least once, from where
   * the group has committed. Records of a partition are handled one after the other, partitions side by side. A record
   * counts as done, and its offset is committed soon after, when `handle` resolved.
   */
  subscribe(request: SubscribeRequest): Promise<Subscription>;
  /** Stops what is subscribed, as `stop` does; idempotent. */
  close(): Promise<void>;
};

export type ProduceRequest = { readonly topic: string; readonly records: readonly NewLogRecord[] };

export type NewLogRecord = {
  readonly key?: Uint8Array | string | null | undefined;
  /** Null says that what the key names is gone. */
  readonly value: Uint8Array | string | null;
  readonly headers?: readonly NewLogHeader[] | undefined;
  /** Now, when absent. */
  readonly timestampMs?: number | undefined;
  readonly partition?: number | undefined;
};
export type NewLogHeader = { readonly key: string; readonly value: Uint8Array | string | null };

export type ProducedRecord = { readonly partition: number; readonly offset: number };

export type SubscribeRequest = {
  readonly topics: readonly string[];
  readonly group: string;
  /** Where to begin in a partition of which the group has committed nothing: `earliest` unless it is given. */
  readonly from?: 'earliest' | 'latest' | undefined;
  readonly handle: RecordHandler;
  /** Of a record whose handler throws. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Gets records that were tried as often as the policy allows, with their key, value and headers, and headers that say
   * where they come from. Without it the subscription ends with `handler-failed`, the record being the next of its group.
   */
  readonly deadLetterTopic?: string | undefined;
  /** Records of transactions that are open or aborted are handled too. */
  readonly uncommitted?: boolean | undefined;
  /** Between two commits while records are handled; what a killed process did since the last one is done again. 1,000. */
  readonly commitEveryMs?: number | undefined;
};

export type RecordHandler = (record: LogRecord, context: HandlerContext) => Promise<void> | void;

export type HandlerContext = {
  /** 1, and one more each time that it is tried again. */
  readonly attempt: number;
  /** Aborts when the partition was lost to another member: what is done from then on is done twice. */
  readonly signal: AbortSignal;
};

export type RetryPolicy = {
  /** In all. Without end when absent, but 5 where there is a topic for dead letters. */
  readonly attempts?: number | undefined;
  /** Before the second attempt; doubles with each further one. 100. */
  readonly delayMs?: number | undefined;
  /** 30,000. */
  readonly delayMsMax?: number | undefined;
};

export type LogRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly LogHeader[];
};
export type LogHeader = { readonly key: string; readonly value: Uint8Array | null };

export type Subscription = {
  /** Resolves when it was stopped; rejects with a `LogError` when it ended by itself. */
  readonly ended: Promise<void>;
  /** Takes no more records, waits for the handlers that run, commits, leaves the group. Idempotent. */
  stop(): Promise<void>;
};
