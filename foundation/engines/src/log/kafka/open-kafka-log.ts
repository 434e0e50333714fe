import type { LogOpener } from '../log-engine.ts';
import { LogError } from '../log-error.ts';
export const openKafkaLog: LogOpener = async () => {
  throw new LogError('failed', { attempted: 'x' });
};
