// From a frame to the pieces of its answer: the header, the API and its version, who asks, the handler, the response.
//
//   request  = api key: int16, version: int16, correlation id: int32, client id, [tagged fields], body
//   response = correlation id: int32, [tagged fields], body
//
// What cannot be answered is thrown, and the connection is cut: an API or version that is not served, other than of
// ApiVersions, which is answered with a body of version 0 that lists what is; a request before the login; no request.

import { kafkaErrors } from '../../errors.ts';
import { type Known, whenKnown } from '../../when-known.ts';
import type { AnyHandler, HandlerContext, Handlers } from '../handlers/handler.ts';
import { type ApiVersionsResponse, encodeApiVersionsResponse } from '../messages/api-versions-response.ts';
import { apis } from '../messages/apis.ts';
import { decodeRequestHeader, type RequestHeader } from '../messages/request-header.ts';
import type { Access } from '../security/access.ts';
import type { Login } from '../security/login.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { advertisedApis, apiOf, type NamedApi } from './api-table.ts';
import type { RequestControl, RequestServer } from './connection.ts';
import { RefusedRequest } from './refused-request.ts';

export type ServeRequestsOptions = {
  readonly handlers: Handlers;
  readonly login: Login;
  readonly access: Access;
  readonly clientHost: string;
  readonly local: HandlerContext['local'];
  readonly signal: () => AbortSignal;
  readonly nowMs: () => number;
  /** Whether a client without a login may be served now. */
  readonly allowsAnonymous: () => boolean | Promise<boolean>;
  readonly count: (request: { api: string; seconds: number }) => void;
};

type ReadRequest = {
  readonly api: NamedApi;
  readonly version: number;
  readonly header: RequestHeader;
  /** Where the body begins. */
  readonly reader: Reader;
};

/** Requests that are served whoever asks. */
const loginApis: ReadonlySet<string> = new Set(['apiVersions', 'saslHandshake', 'saslAuthenticate']);

export class ConnectionRequests implements RequestServer {
  readonly #options: ServeRequestsOptions;
  #mutedUntilMs = 0;
  #mayBeAnonymous = false;

  constructor(options: ServeRequestsOptions) {
    this.#options = options;
    // Asked before the first request: it decides how large that may be. Should it fail, that request asks again.
    const asked = this.#askAnonymous();
    if (asked instanceof Promise) asked.catch(() => {});
  }

  get isTrusted(): boolean {
    return this.#mayBeAnonymous || this.isLoggedIn;
  }

  get isLoggedIn(): boolean {
    return this.#options.login.principal !== undefined;
  }

  get mutedMs(): number {
    return Math.max(0, this.#mutedUntilMs - this.#options.nowMs());
  }

  serve(frame: Buffer, control: RequestControl): Known<readonly Uint8Array[] | undefined> {
    if (this.#options.login.isRaw) return this.#serveRaw(frame);
    const beganMs = this.#options.nowMs();
    const read = this.#read(frame);
    const { api, version, header, reader } = read;
    if (version > api.versionMax || version < api.versionMin) return this.#refuseVersion(api, header);
    const isLoggedIn = loginApis.has(api.name) || this.#isLoggedIn();
    return whenKnown(isLoggedIn, (isLoggedIn) => {
      if (!isLoggedIn) throw new RefusedRequest('a request before the login');
      const request = api.decodeRequest(reader, version);
      const handled = this.#handle(api, request, this.#context(control, read));
      return whenKnown(handled, (response) => this.#answer(read, { response, beganMs }));
    });
  }

  #answer(
    { api, version, header }: ReadRequest,
    { response, beganMs }: { response: unknown; beganMs: number },
  ): readonly Uint8Array[] | undefined {
    const { nowMs, count } = this.#options;
    count({ api: api.name, seconds: (nowMs() - beganMs) / 1_000 });
    return response === undefined ? undefined : encoded(api, { version, header, response });
  }

  #read(frame: Buffer): ReadRequest {
    const reader = new Reader(frame);
    const key = reader.int16();
    const version = reader.int16();
    const api = apiOf(key);
    if (api === undefined || (this.#options.handlers[api.name] === undefined && !loginApis.has(api.name)))
      throw new RefusedRequest(`API ${key} is not served`);
    const all = new Reader(frame);
    // A version that is not known may have another header, but the correlation id is always there.
    const isFlexible = version >= api.flexibleFrom && version <= api.versionMax;
    return { api, version, header: decodeRequestHeader(all, isFlexible ? 2 : 1), reader: all };
  }

  #refuseVersion(api: NamedApi, header: RequestHeader): readonly Uint8Array[] {
    if (api.name !== 'apiVersions')
      throw new RefusedRequest(`version ${header.requestApiVersion} of ${api.name} is not served`);
    const errorCode = kafkaErrors.UNSUPPORTED_VERSION.code;
    return encoded(api, { version: 0, header, response: { ...this.#versions(), errorCode } });
  }

  #versions(): ApiVersionsResponse {
    return { errorCode: 0, apiKeys: advertisedApis({ ...this.#options.handlers, ...ownHandlers }) };
  }

  #isLoggedIn(): Known<boolean> {
    const { login } = this.#options;
    return login.isIn || (login.isIdle && this.#askAnonymous());
  }

  #askAnonymous(): Known<boolean> {
    return whenKnown(this.#options.allowsAnonymous(), (isAllowed) => {
      this.#mayBeAnonymous = isAllowed;
      return isAllowed;
    });
  }

  #handle(api: NamedApi, request: unknown, context: HandlerContext): unknown {
    const { login, handlers } = this.#options;
    switch (api.name) {
      case 'apiVersions':
        return this.#versions();
      case 'saslHandshake':
        return login.handshake(request as never, context.version);
      case 'saslAuthenticate':
        return login.authenticate(request as never);
      default:
        return (handlers[api.name] as AnyHandler)(request, context);
    }
  }

  async #serveRaw(frame: Buffer): Promise<readonly Uint8Array[]> {
    const bytes = await this.#options.login.authenticateRaw(frame);
    if (bytes === undefined) throw new RefusedRequest('the credentials are wrong');
    const writer = new Writer();
    writer.int32(bytes.length);
    writer.raw(bytes);
    return writer.finish();
  }

  #context(
    control: RequestControl,
    { version, header }: { version: number; header: RequestHeader },
  ): HandlerContext {
    const { clientHost, local, access, signal, nowMs } = this.#options;
    return {
      version,
      clientId: header.clientId ?? '',
      clientHost,
      local,
      access,
      signal: signal(),
      isLast: control.isLast,
      begun: () => control.begun(),
      releasesFrame: () => control.releasesFrame(),
      whenSent: (callback) => control.whenSent(callback),
      mute: (throttleMs) => {
        this.#mutedUntilMs = Math.max(this.#mutedUntilMs, nowMs() + throttleMs);
      },
    };
  }
}

/** Served by the connection itself. */
const ownHandlers: Handlers = {
  apiVersions: () => undefined,
  saslHandshake: () => undefined,
  saslAuthenticate: () => undefined,
};

const lengthBytes = 4;

function encoded(
  api: NamedApi,
  { version, header, response }: { version: number; header: RequestHeader; response: unknown },
): readonly Uint8Array[] {
  const writer = new Writer();
  writer.int32(0);
  writer.int32(header.correlationId);
  // ApiVersions has the first header whatever its version: who asks does not know yet what we speak.
  if (version >= api.flexibleFrom && api.key !== apis.apiVersions.key) writer.noTaggedFields();
  if (api.key === apis.apiVersions.key)
    encodeApiVersionsResponse(writer, response as ApiVersionsResponse, version);
  else api.encodeResponse(writer, response as never, version);
  const { sizeBytes } = writer;
  const pieces = writer.finish();
  // The first piece begins with the first thing that was written.
  const [first] = pieces;
  Buffer.from(first!.buffer, first!.byteOffset, first!.byteLength).writeInt32BE(sizeBytes - lengthBytes, 0);
  return pieces;
}
