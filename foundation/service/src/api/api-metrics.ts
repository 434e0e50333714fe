// What the frame counts: requests and their time by route. Routes are templates, so their number is bounded.

import type { Metrics } from '@cairn/telemetry';

export type ApiMetrics = {
  count(request: { method: string; route: string; status: number; seconds: number }): void;
};

export function apiMetrics(metrics: Metrics): ApiMetrics {
  const requests = metrics.counter('cairn_api_requests_total', {
    help: 'Management API requests by method, route and status.',
    labels: ['method', 'route', 'status'],
  });
  const durations = metrics.histogram('cairn_api_request_duration_seconds', {
    help: 'Time from a management API request to its answer, by route.',
    labels: ['route'],
  });
  return {
    count: ({ method, route, status, seconds }) => {
      requests.with({ method, route, status: String(status) }).add(1);
      durations.with({ route }).observe(seconds);
    },
  };
}
