// Thumbprints: SHA-1 of a certificate, by which an authority is trusted that no list of public ones has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html

import type { X509Certificate } from 'node:crypto';
import type { LookupFunction } from 'node:net';

export type ProviderConnection = { readonly signal: AbortSignal; readonly lookup?: LookupFunction };

/** What OpenSSL says of a chain that leads to no authority it knows; nothing of it may be wrong besides. */
const untrusted = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

export function isUntrusted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && untrusted.includes(String(error.code));
}

/**
 * The certificate (PEM) of the chain that the server shows, whose thumbprint is one of these. It proves nothing by itself:
 * anybody can show it. Nothing is sent to the server, nor believed of it.
 */
export async function certificateWith(
  thumbprints: readonly string[],
  { url, ...connection }: ProviderConnection & { readonly url: URL },
): Promise<string | undefined> {
  for (const certificate of await chainOf(url, connection)) {
    const thumbprint = certificate.fingerprint.replaceAll(':', '').toLowerCase();
    if (thumbprints.some((each) => each.toLowerCase() === thumbprint)) return certificate.toString();
  }
  return undefined;
}

function chainOf(
  { hostname, port }: URL,
  { signal, ...lookup }: ProviderConnection,
): Promise<readonly X509Certificate[]> {
  // Most processes ask no provider, and load nothing for it.
  const { connect } = process.getBuiltinModule('node:tls');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host, port: port === '' ? 443 : Number(port), rejectUnauthorized: false, ...lookup },
      ...(!/^[\d.]+$|:/.test(host) && { servername: host }),
    });
    const abort = () => socket.destroy(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    socket.on('close', () => signal.removeEventListener('abort', abort));
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const chain: X509Certificate[] = [];
      for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
        if (chain.some(({ fingerprint256 }) => fingerprint256 === next!.fingerprint256)) break;
        chain.push(next);
      }
      socket.destroy();
      resolve(chain);
    });
  });
}
