/**
 * Loaded before a program (`node --import`), moves its clock by ONNWARD_TEST_CLOCK milliseconds: what it writes down was then.
 * What waits and what measures goes by another clock, and stays.
 */
const shift = Number(process.env['ONNWARD_TEST_CLOCK']);

globalThis.Date = class extends Date {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(Date.now());
    else super(...(args as [number]));
  }

  static override now(): number {
    return super.now() + shift;
  }
} as DateConstructor;
