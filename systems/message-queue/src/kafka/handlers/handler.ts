// What a handler of an API is: from the decoded request, and who asks, to the response.

import type { apis } from '../messages/apis.ts';
import type { Access } from '../security/access.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ApiName = keyof typeof apis;

type RequestOf<Name extends ApiName> = ReturnType<(typeof apis)[Name]['decodeRequest']>;
type ResponseOf<Name extends ApiName> = Parameters<(typeof apis)[Name]['encodeResponse']>[1];

/** An API as the table has it, whichever it is. */
export type Api = {
  readonly key: number;
  readonly versionMin: number;
  readonly versionMax: number;
  readonly flexibleFrom: number;
  readonly decodeRequest: (reader: Reader, version: number) => unknown;
  readonly encodeResponse: (writer: Writer, message: never, version: number) => void;
};

export type HandlerContext = {
  readonly version: number;
  readonly clientId: string;
  /** The address of the client. */
  readonly clientHost: string;
  /** Where the client reached us: what it is told of brokers, unless something else is advertised. */
  readonly local: { readonly host: string; readonly port: number };
  readonly access: Access;
  /** Aborts when the connection is gone or is to end: an answer that waits is given at once. */
  readonly signal: AbortSignal;
  /** No other request of the client has come: none is at hand that could share what this one does. */
  readonly isLast: boolean;
  /** The next request of the connection may begin; without it, it does when this one is answered. */
  begun(): void;
  /** Nobody looks at the bytes of the request any more once it is answered. */
  releasesFrame(): void;
  /** Calls back when the client has taken the answer, or never will. */
  whenSent(callback: () => void): void;
  /** The client is told to wait, and its next requests do not begin before. */
  mute(throttleMs: number): void;
};

/** Undefined is no answer: of a produce without acknowledgements. */
export type Handler<Name extends ApiName> = (
  request: RequestOf<Name>,
  context: HandlerContext,
) => ResponseOf<Name> | undefined | Promise<ResponseOf<Name> | undefined>;

export type Handlers = { readonly [Name in ApiName]?: Handler<Name> };

/** Any of them, for who decodes and encodes. */
export type AnyHandler = (request: unknown, context: HandlerContext) => unknown;
