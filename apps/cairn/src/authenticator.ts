// Who may use the management API: identity decides. The shell knows no users, so the command brings the two together.

import type { Identity } from '@cairn/identity';
import type { Authenticator } from '@cairn/service';

/** Given what hands out the library faces of mounted systems. Identity is mounted with every `--only`. */
export function authenticatorOf(system: <Api>(name: string) => Api): Authenticator {
  return system<Identity>('identity').authenticator;
}
