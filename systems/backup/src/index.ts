export { backupSystem } from './system.ts';
