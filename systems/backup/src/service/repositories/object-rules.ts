// What each request on a repository needs (DESIGN.md, "Append-only access"). Pure, so that the table can be read and tested
// as one: whoever has only `backup:AppendObject` adds packs, index objects and a snapshot of a session of its own, and can
// neither change nor remove what is there.

import { heartbeatName, idOf, objectName, type Prefix } from '../../format/object-names.ts';

/** `append`: adds and harms nothing that was there. `put`, `delete`: everything else that writes. */
export type WriteAccess = 'append' | 'put' | 'delete';

export type ObjectRequest = {
  readonly operation: 'put' | 'delete';
  readonly name: string;
  readonly ifAbsent?: boolean;
};

/** Whether the caller began a session: `sessions/<id>` was put by the same principal. */
export type OwnsSession = (sessionId: string) => boolean;

const contentAddressed: readonly Prefix[] = ['packs', 'index'];
/** Put once by their session, and only by it. */
const ofSession: readonly Prefix[] = ['snapshots', 'tombstones'];

export function accessNeeded(request: ObjectRequest, owns: OwnsSession): WriteAccess {
  if (request.operation === 'delete') return isOwnSession(request.name, owns) ? 'append' : 'delete';
  return isAppend(request, owns) ? 'append' : 'put';
}

/** The id of the pack or index object of that name, which is the hash of its bytes; undefined for other names. */
export function contentHashOf(name: string): string | undefined {
  return contentAddressed.map((prefix) => idOf(prefix, name)).find((id) => id !== undefined);
}

const ofCollections: readonly Prefix[] = [
  'sessions',
  'snapshots',
  'tombstones',
  'condemned',
  'verdicts',
  'index',
];

/** Whether `forget` and `gc` put such objects: without them nobody could leave a quota that is used up. */
export function makesRoom(name: string): boolean {
  const own = name.replace(/\.(alive|waits)$/, '');
  return ofCollections.some((prefix) => idOf(prefix, own) !== undefined);
}

/** The session that an object belongs to: itself, its heartbeat. */
export function sessionOf(name: string): string | undefined {
  const id = idOf('sessions', name.replace(/\.alive$/, ''));
  if (id === undefined) return undefined;
  return name === objectName('sessions', id) || name === heartbeatName(id) ? id : undefined;
}

function isAppend({ name, ifAbsent }: ObjectRequest, owns: OwnsSession): boolean {
  if (isOwnHeartbeat(name, owns)) return true;
  if (!ifAbsent) return false;
  if (contentHashOf(name) !== undefined || idOf('sessions', name) !== undefined) return true;
  const sessionId = ofSession.map((prefix) => idOf(prefix, name)).find((id) => id !== undefined);
  return sessionId !== undefined && owns(sessionId);
}

function isOwnHeartbeat(name: string, owns: OwnsSession): boolean {
  const id = sessionOf(name);
  return id !== undefined && name === heartbeatName(id) && owns(id);
}

function isOwnSession(name: string, owns: OwnsSession): boolean {
  const id = sessionOf(name);
  return id !== undefined && owns(id);
}
