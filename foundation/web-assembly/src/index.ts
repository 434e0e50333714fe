export { assembleModule, type WasmFunction } from './assemble-module.ts';
export type { Code } from './code.ts';
export { Frame, type Local, type ValueType } from './frame.ts';
export {
  add32,
  add64,
  block,
  constant,
  constant64,
  endlessly,
  get,
  giveBack,
  isAbove32,
  isBelow32,
  isBelow64,
  leaveIf,
  load64,
  loadByte,
  loadUint16,
  not,
  repeatWhile,
  set,
  shiftLeft32,
  shiftLeft64,
  subtract32,
} from './instructions.ts';
export {
  addNumbers,
  and128,
  loadVector,
  not128,
  or128,
  relaxedSwizzle,
  rotateNumbersLeft,
  shiftPairsRight,
  shuffle,
  splat,
  storeVector,
  swizzle,
  xor128,
} from './vector-instructions.ts';
export { type WasmModule, webAssembly } from './web-assembly.ts';
