// A client of Amazon's protocols at this listener's door: somebody gave it the address of the wrong port. In JSON or HTML
// it would see a server that is broken, so it is told in XML, which it shows, where those protocols are served.

import type { IncomingMessage } from 'node:http';
import type { SystemStatus } from '../health/check-health.ts';
import { escapeHtml } from './home-page.ts';

const signatureScheme = 'AWS4-HMAC-SHA256';

/** The request carries Signature V4, in its header or its query. */
export function isStrayClient({ headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>): boolean {
  return headers.authorization?.startsWith(signatureScheme) === true || /[?&]X-Amz-Signature=/.test(url);
}

export function strayClientDocument(systems: readonly SystemStatus[]): string {
  const served = systems.flatMap(({ endpoints }) =>
    endpoints.map(({ protocol, url }) => `${protocol} at ${url}`),
  );
  const elsewhere =
    served.length === 0 ? 'nothing else is served' : `this server serves ${served.join(', ')}`;
  const message = `This port is for management and takes no signed requests; ${elsewhere}.`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidRequest</Code><Message>${escapeHtml(message)}</Message></Error>`;
}
