export { exitCodesText } from './exit-codes.ts';
export { buildProgram } from './program.ts';
export { systems } from './systems.ts';
