// One GET of a JSON document of an identity provider: bounded in time and bytes, following nobody anywhere else.
//
// The server has to prove that it is the one of the URL. By a certificate of an authority that this machine trusts, as at
// AWS; where the authority is none of those, by a certificate in its chain with one of the provider's thumbprints, which is
// then trusted for this one connection as an authority is: chain, dates and host name are verified against it all the same.
//
// Unless the operator allows providers here, none is asked but by https, at a public address.

import type { IncomingMessage } from 'node:http';
import { Deadline } from '@cairn/resilience';
import type { Clock } from '@cairn/world';
import { providerDocumentBytesMax, providerTimeoutMs } from '../limits.ts';
import { type LookUpAll, mayBePublic, notPublic, publicLookup } from './public-address.ts';
import { certificateWith, isUntrusted, type ProviderConnection } from './thumbprints.ts';

export type DocumentRequest = { readonly url: URL; readonly thumbprints: readonly string[] };
/** Gives the text; rejects with what went wrong. */
export type FetchDocument = (request: DocumentRequest) => Promise<string>;

/** `allowsLocal`: providers may be on this machine and in its network. `lookUp` takes the place of `dns.lookup`. */
export function documentFetcher(
  clock: Clock,
  { allowsLocal, lookUp }: { readonly allowsLocal: boolean; readonly lookUp?: LookUpAll },
): FetchDocument {
  const lookup = allowsLocal ? undefined : publicLookup(lookUp);
  return async ({ url, thumbprints }) => {
    const connection = { signal: Deadline.after(clock, providerTimeoutMs).signal, ...(lookup && { lookup }) };
    if (!allowsLocal) requirePublic(url);
    try {
      return await get(url, connection);
    } catch (error) {
      if (thumbprints.length === 0 || !isUntrusted(error)) throw error;
      const authority = await certificateWith(thumbprints, { url, ...connection });
      if (authority === undefined) throw error;
      return await get(url, { ...connection, authority });
    }
  };
}

/** What a look-up does not see: an address in place of a name needs none. */
function requirePublic(url: URL): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol !== 'https:') throw new Error(`${url} is not asked without TLS`);
  if (!mayBePublic(host)) throw new Error(notPublic(host));
}

function get(
  url: URL,
  { signal, authority, ...lookup }: ProviderConnection & { authority?: string | undefined },
): Promise<string> {
  // Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
  const { request: send } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const trust = authority !== undefined && { ca: [authority], allowPartialTrustChain: true };
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' };
    const request = send(
      url,
      { method: 'GET', agent: false, headers, signal, ...lookup, ...trust },
      (answer) => {
        textOf(answer, url).then(resolve, (error) => {
          request.destroy();
          reject(signal.aborted ? signal.reason : error);
        });
      },
    );
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    request.end();
  });
}

/** A redirect is a failure, too: it would make a provider name what is asked next. */
async function textOf(answer: IncomingMessage, url: URL): Promise<string> {
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > providerDocumentBytesMax)
      throw new Error(`${url} answered with more than ${providerDocumentBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
