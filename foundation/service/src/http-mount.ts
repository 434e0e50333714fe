// A path prefix of the 7000 listener served by a raw handler: for protocols that stream and do their own statuses.

import type { IncomingMessage, ServerResponse } from 'node:http';

export type HttpMount = {
  /** A reserved prefix, or `/api/SYSTEM/PART` of a system's own: starts with `/`, no `/` at the end. */
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse): void;
};
