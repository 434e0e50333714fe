// What the store counts: requests by operation and status. Operations are those of the table, so their number is bounded.

import type { Metrics } from '@cairn/telemetry';

export type StoreMetrics = {
  count(request: { readonly operation: string; readonly status: number }): void;
};

export function storeMetrics(metrics: Metrics): StoreMetrics {
  const requests = metrics.counter('cairn_backup_store_requests_total', {
    help: 'Requests on backup repositories by operation and status.',
    labels: ['operation', 'status'],
  });
  return {
    count: ({ operation, status }) => requests.with({ operation, status: String(status) }).add(1),
  };
}
