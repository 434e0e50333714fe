// The management API of a running server, over HTTP.

import { CommandFailed } from '../exit-codes.ts';
import type { Authorization } from './credentials.ts';
import { type ManagementApi, managementApi } from './management-api.ts';
import { patientFetch } from './patient-fetch.ts';

export const defaultServer = 'http://127.0.0.1:7000';

/** Fails with CommandFailed unless it is an HTTP URL. */
export function checkServerUrl(server: string): void {
  if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) return;
  const wanted = `wanted is a URL such as ${defaultServer}`;
  throw new CommandFailed('usage', `could not use '${server}' as the server: ${wanted}`);
}

/** Nothing is sent before the first call. */
export function serverApi(server: string, authorization: Authorization): ManagementApi {
  return managementApi({
    location: server,
    baseUrl: server,
    authorization,
    transport: async (request) => {
      try {
        return await patientFetch(request);
      } catch (cause) {
        throw new CommandFailed('unreachable', `could not reach ${server}: ${causeOf(cause)}`, { cause });
      }
    },
    close: async () => {},
  });
}

/** The code of the system says most: `ECONNREFUSED`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code } = cause as { code?: string };
  if (code === undefined) return cause instanceof Error ? cause.message : String(cause);
  const hint = hints[code];
  return hint === undefined ? code : `${code}: ${hint}`;
}

/** What somebody in a hurry does next. */
const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; 'cairn up' starts a server, and prints its address as 'service http'",
  EPROTO: 'it does not speak TLS; wanted is http://',
  ENOTFOUND: 'no host has this name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'NODE_EXTRA_CA_CERTS=FILE trusts its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'NODE_EXTRA_CA_CERTS=FILE trusts its authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'NODE_EXTRA_CA_CERTS=FILE trusts its authority',
};

/** Does anything answer there? Any HTTP answer counts. */
export async function answers(server: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/healthz', server));
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
