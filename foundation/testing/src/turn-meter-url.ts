// Where the turn meter is, for `node --import`: it is not imported by a test but by the program under test.

export const turnMeterUrl: string = import.meta.resolve('./turn-meter.ts');
