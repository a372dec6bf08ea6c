import type { Problem } from './elements.ts';
import type { Dialect } from './fast-rows.ts';
import type { Step } from './template.ts';

/** How the rows of a format are taken apart. The fast way and the one by the book store the same; only the latter refuses. */
export interface RowReader {
  readonly dialect: Dialect;
  /** A missing float is NaN. */
  readonly nan: boolean;
  /** The steps through a row as most of them are. @default - none are known, or ever */
  readonly template: readonly Step[] | undefined;
  /**
   * Takes one record apart by the book and stores it as row `row`; or says what is wrong with it, in a sentence. What a good
   * one looks like may become the next template.
   */
  read(bytes: Buffer, start: number, stop: number, row: number): Problem | undefined;
}
