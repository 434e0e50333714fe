// What every server of ours that speaks TLS has in common: version, protocol, and a key pair that follows its files.

import type tls from 'node:tls';
import * as limits from '../limits.ts';
import type { TlsSource } from '../system-definition.ts';

const secure = { minVersion: 'TLSv1.2' } as const;

/** For a new server. */
export function tlsServerOptions({ certificate, key }: TlsSource): tls.TlsOptions {
  return {
    ...secure,
    cert: certificate,
    key,
    handshakeTimeout: limits.tlsHandshakeTimeoutMs,
    ALPNProtocols: ['http/1.1'],
  };
}

/** Shows the newest pair to new connections until the server is closed. */
export function followTlsSource(server: tls.Server, source: TlsSource): void {
  const stop = source.onChange(({ certificate, key }) =>
    server.setSecureContext({ ...secure, cert: certificate, key }),
  );
  server.once('close', stop);
}
