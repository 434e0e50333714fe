// What the objects of a repository are called (DESIGN.md, "Objects of a repository").

export const configName = 'config';
export const keyringName = 'keyring';

/** `keyring` is version 1; each rotation puts the next, `keyring.2` and so on. */
export function keyringVersionName(version: number): string {
  return version === 1 ? keyringName : `${keyringName}.${version}`;
}

/** Undefined when the name is none of a keyring. */
export function keyringVersionOf(name: string): number | undefined {
  const version = name === keyringName ? 1 : Number(name.slice(keyringName.length + 1));
  return Number.isSafeInteger(version) && keyringVersionName(version) === name ? version : undefined;
}

/** The second copy of an object without which nothing opens: the same bytes (DESIGN.md, "Second copies"). */
export function copyName(name: string): string {
  return `${name}.copy`;
}

/** Whose second copy has that name: `config`'s or that of a version of the keyring; undefined for all other names. */
export function copiedName(name: string): string | undefined {
  const copied = name.replace(/\.copy$/, '');
  const hasCopy = copied === configName || keyringVersionOf(copied) !== undefined;
  return hasCopy && copyName(copied) === name ? copied : undefined;
}

export const prefixes = {
  keys: 'keys/',
  packs: 'packs/',
  index: 'index/',
  sessions: 'sessions/',
  snapshots: 'snapshots/',
  tombstones: 'tombstones/',
  condemned: 'condemned/',
  verdicts: 'verdicts/',
} as const satisfies Record<string, string>;

export type Prefix = keyof typeof prefixes;

/** `id` in lower-case hex: 64 digits for packs and index objects, 32 for all else. */
export function objectName(prefix: Prefix, id: string): string {
  return prefix === 'packs' ? `packs/${id.slice(0, 2)}/${id}` : `${prefixes[prefix]}${id}`;
}

/** The id in a name below `prefix`; undefined when it is none of ours. */
export function idOf(prefix: Prefix, name: string): string | undefined {
  const digits = prefix === 'packs' || prefix === 'index' ? 64 : 32;
  const id = name.slice(-digits);
  return /^[0-9a-f]+$/.test(id) && objectName(prefix, id) === name ? id : undefined;
}

/** The sessions that a condemnation waits for (DESIGN.md, C4). Not an object of its own below `condemned/`: `idOf` passes it over. */
export function waitsName(condemnedId: string): string {
  return `${objectName('condemned', condemnedId)}.waits`;
}

/** A session's heartbeat: rewritten, while the session itself never is (DESIGN.md, G1). `idOf` passes it over. */
export function heartbeatName(sessionId: string): string {
  return `${objectName('sessions', sessionId)}.alive`;
}
