// W1 and W2 of DESIGN.md: the session is durable before anything is read, so that a collector which condemns what this writer
// is about to rely on sees it and waits.

import { BackupError } from '../../errors.ts';
import { heartbeatName, objectName } from '../../format/object-names.ts';
import { encodeSession } from '../../format/records/session.ts';
import type { SessionOptions, WriterSession } from '../repository.ts';
import { rfc3339 } from '../rfc3339.ts';
import { Heartbeat } from './heartbeat.ts';
import { OpenedSession } from './opened-session.ts';
import type { SessionContext } from './session-context.ts';

const idBytes = 16;
const attemptsMax = 5;

export async function openSession(context: SessionContext, options: SessionOptions): Promise<WriterSession> {
  const { world, objects, config } = context;
  const { onIndexed, beforeIndex, readsIndex = true, ...described } = options;
  const payload = encodeSession({ ...described, started: rfc3339(world.clock.nowMs()) });
  const id = await putSession(context, payload);
  const heartbeat = new Heartbeat({
    clock: world.clock,
    leaseMs: config.leaseMs,
    beat: async () => {
      // Who only reads for hours puts nothing else; what the first beat puts is taken away below.
      if (isOpen) await context.identity.check('show that the session is at work');
      await objects.replace({ kind: 'session', name: heartbeatName(id) }, payload);
    },
  });
  let isOpen = false;
  try {
    await heartbeat.start();
    await beforeIndex?.(id);
    // Behind W1: whose session was put into a repository that was made anew meanwhile takes it away again.
    const loading = context.loadIndex({ readsIndex });
    loading.catch(() => {}); // of interest only in the repository that was opened
    await context.identity.check('open a session');
    const index = await loading;
    isOpen = true;
    return new OpenedSession(context, { id, index, heartbeat, onIndexed });
  } catch (error) {
    await heartbeat.stop();
    // What stays behind is fenced by a later gc.
    await context.blobs.delete([objectName('sessions', id), heartbeatName(id)]).catch(() => {});
    throw error;
  }
}

/** The put may take so long that gc has taken the session for dead when its answer comes: then it is another that is opened. */
async function putSession({ world, objects }: SessionContext, payload: Buffer): Promise<string> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const id = world.random.bytes(idBytes).toString('hex');
    const put = await objects.putIfAbsent({ kind: 'session', name: objectName('sessions', id) }, payload);
    if (put === 'stored') return id;
  }
  throw new BackupError('fenced', { attempted: 'open a session' });
}
