// Prometheus text format 0.0.4, the pure part: how names, label values and numbers are written.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
//
//   # HELP cairn_s3_requests_total Requests by operation.
//   # TYPE cairn_s3_requests_total counter
//   cairn_s3_requests_total{operation="PutObject"} 3

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** `a="1",b="2"`, without braces, so that a histogram can add its `le`. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${escapeLabelValue(values[index]!)}"`).join(',');
}

export function sampleLine(name: string, labels: string, value: number): string {
  const braces = labels === '' ? '' : `{${labels}}`;
  return `${name}${braces} ${formatNumber(value)}\n`;
}

export function headerLines(name: string, type: string, help: string): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
}

export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
