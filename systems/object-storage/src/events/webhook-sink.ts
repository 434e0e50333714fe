// Delivers events to webhooks: POST of {"Records": [...]} to the address that the operator gave a name. Buckets name it as
// they name a function at Amazon.
//
//   arn:aws:lambda:REGION:ACCOUNT:function:NAME

import assert from 'node:assert/strict';
import type { Agent } from 'node:http';
import type { Clock } from '@cairn/world';
import type { EventRecord } from './event-record.ts';
import type { EventSink } from './event-sink.ts';
import { postToWebhook } from './webhook-request.ts';
import { signatureHeaders } from './webhook-signature.ts';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const [http, https] = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')];

export type Webhook = {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Signs every request; `whsec_` and base64, or any text. */
  readonly secret?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In which the whole answer has to be there. */
  readonly timeoutMs: number;
  /** Trusted besides no other, as PEM; those that Node trusts when absent. */
  readonly authorities?: string | undefined;
};

export type WebhookSinkOptions = {
  readonly webhooks: Readonly<Record<string, Webhook>>;
  readonly region: string;
  readonly account: string;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
};

type OpenWebhook = Webhook & { readonly address: URL; readonly agent: Agent };

export function webhookSink({ webhooks, region, account, clock }: WebhookSinkOptions): EventSink {
  const arn = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;
  const opened = new Map(Object.entries(webhooks).map(([name, hook]) => [arn(name), open(hook)]));
  return {
    accepts: (target) => opened.has(target),
    async deliver(target, records, { signal }) {
      const webhook = opened.get(target);
      assert(webhook !== undefined, `${target} is no webhook`);
      await post(webhook, records, { clock, signal });
    },
  };
}

function open(webhook: Webhook): OpenWebhook {
  const address = new URL(webhook.url);
  // One batch is under way at a time.
  const options = { keepAlive: true, maxSockets: 1 };
  const agent =
    address.protocol === 'https:'
      ? new https.Agent({ ...options, ca: webhook.authorities })
      : new http.Agent(options);
  return { ...webhook, address, agent };
}

async function post(
  { address, agent, secret, headers, timeoutMs }: OpenWebhook,
  records: readonly EventRecord[],
  { clock, signal }: { clock: WebhookSinkOptions['clock']; signal: AbortSignal },
): Promise<void> {
  const body = JSON.stringify({ Records: records });
  const ending = new AbortController();
  const abort = () => ending.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const timer = clock.setTimer(timeoutMs, () =>
    ending.abort(new Error(`${address.origin} did not answer within ${timeoutMs} ms`)),
  );
  try {
    const signed = signatureHeaders(body, { id: idOf(records), nowMs: clock.nowMs(), secret });
    await postToWebhook({
      url: address,
      agent,
      body,
      headers: { 'user-agent': 'Cairn', ...headers, 'content-type': 'application/json', ...signed },
      signal: ending.signal,
    });
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', abort);
  }
}

/** Of a batch: the same whenever it is sent. */
function idOf(records: readonly EventRecord[]): string {
  const sequencer = (record: EventRecord | undefined) => record?.s3.object.sequencer ?? '';
  return `${sequencer(records[0])}-${sequencer(records.at(-1))}`;
}
