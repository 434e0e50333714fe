// Counts requests by operation: how many with which status, how long they took, how many bytes went in and out.

import type { Counter, Histogram, Metrics } from '@cairn/telemetry';

export type RequestOutcome = {
  /** `none` when it did not come to that. */
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
};

export class RequestMetrics {
  readonly #requests;
  readonly #seconds;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #inFlight;
  /** Resolved once per operation, and by status. */
  readonly #counters = new Map<string, Counter[]>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter('cairn_s3_requests_total', {
      help: 'S3 requests by operation and status.',
      labels: ['operation', 'status'],
    });
    this.#seconds = metrics.histogram('cairn_s3_request_seconds', {
      help: 'Time from the head of an S3 request to the last byte of its answer.',
      labels: ['operation'],
    });
    this.#received = metrics
      .counter('cairn_s3_received_bytes_total', { help: 'Bytes of bodies of S3 requests.' })
      .with({});
    this.#sent = metrics
      .counter('cairn_s3_sent_bytes_total', { help: 'Bytes of bodies of S3 answers.' })
      .with({});
    this.#inFlight = metrics
      .gauge('cairn_s3_requests_in_flight', { help: 'S3 requests that are being answered.' })
      .with({});
  }

  begin(): void {
    this.#inFlight.add(1);
  }

  end({ operation, status, seconds, receivedBytes, sentBytes }: RequestOutcome): void {
    this.#inFlight.add(-1);
    this.#counter(operation, status).add(1);
    this.#histogram(operation).observe(seconds);
    if (receivedBytes > 0) this.#received.add(receivedBytes);
    if (sentBytes > 0) this.#sent.add(sentBytes);
  }

  #counter(operation: string, status: number): Counter {
    let byStatus = this.#counters.get(operation);
    if (byStatus === undefined) {
      byStatus = [];
      this.#counters.set(operation, byStatus);
    }
    byStatus[status] ??= this.#requests.with({ operation, status: String(status) });
    return byStatus[status];
  }

  #histogram(operation: string): Histogram {
    const known = this.#histograms.get(operation);
    if (known !== undefined) return known;
    const histogram = this.#seconds.with({ operation });
    this.#histograms.set(operation, histogram);
    return histogram;
  }
}
