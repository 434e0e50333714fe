// Members of classic groups to and from their rows.

import type { StoredClassicMember, StoredProtocols } from '../stored-group.ts';
import type { ClassicMember, Protocol } from './classic-member.ts';

export function storedMember(member: ClassicMember): StoredClassicMember {
  const { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = member;
  return {
    memberId,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: storedProtocols(member.protocols),
    assignment: base64(member.assignment),
  };
}

export function restoredMember(row: StoredClassicMember): ClassicMember {
  return {
    ...row,
    protocols: restoredProtocols(row.protocols),
    assignment: Buffer.from(row.assignment, 'base64'),
    join: undefined,
    sync: undefined,
    isNew: false,
    sessionDeadlineMs: 0,
  };
}

export function storedProtocols(protocols: readonly Protocol[]): StoredProtocols {
  return protocols.map(({ name, metadata }) => [name, base64(metadata)]);
}

export function restoredProtocols(stored: StoredProtocols): readonly Protocol[] {
  return stored.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata, 'base64') }));
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
