import { type Problem, storeElement } from './elements.ts';
import { JSON_DIALECT } from './fast-rows.ts';
import { decodeText } from './cell-text.ts';
import { inColumn, NO_TEXT } from './csv-rows.ts';
import {
  eachElement,
  eachMember,
  isShallow,
  OPEN_ARRAY,
  OPEN_OBJECT,
  storeElements,
  valueAt,
  valueStart,
} from './json-values.ts';
import type { RowLayout } from './layout.ts';
import type { InputStore, RowBuffer } from './row-buffer.ts';
import type { RowReader } from './row-reader.ts';
import { type Target, targetsOf } from './targets.ts';
import { type Step, TemplateBuilder } from './template.ts';

/** Rows of JSON lines: objects by the names of columns, or lists of the elements of the only input. */
export class JsonRows implements RowReader {
  readonly dialect = JSON_DIALECT;
  template: readonly Step[] | undefined;
  readonly nan: boolean;
  private readonly layout: RowLayout;
  private readonly buffer: RowBuffer;
  /** Undefined where rows are lists. */
  private readonly columns: ReadonlyMap<string, number> | undefined;
  private readonly targets: readonly (Target | undefined)[];
  private readonly teachable: boolean;
  /** Where each column's value is in the record; 0 and 0 where it is missing. */
  private readonly places: Int32Array;
  private readonly learning = { misses: 0, patience: 1 };

  /** `named`: rows are objects. */
  constructor(layout: RowLayout, buffer: RowBuffer, named: boolean) {
    this.layout = layout;
    this.nan = layout.missing === 'nan';
    this.buffer = buffer;
    this.columns = named ? new Map(layout.heading.map((name, index) => [name, index])) : undefined;
    const { targets, more } = targetsOf(layout, buffer);
    this.targets = targets;
    this.teachable = !more;
    this.places = new Int32Array(2 * layout.heading.length);
  }

  read(bytes: Buffer, start: number, stop: number, row: number): Problem | undefined {
    const from = valueStart(bytes, start);
    const problem = this.check(bytes, start, from, stop) ?? this.locate(bytes, from, stop) ?? this.store(bytes, row);
    if (!problem && this.teachable) this.learn(bytes, start, stop);
    return problem;
  }

  private check(bytes: Buffer, start: number, from: number, stop: number): Problem | undefined {
    const text = decodeText(bytes, start, stop);
    if (text === undefined) return { code: NO_TEXT.code, what: `The row's ${NO_TEXT.what.slice(4)}.` };
    if (!isShallow(bytes, start, stop)) return { code: 'row.json', what: 'The row nests too deep.' };
    try {
      JSON.parse(text);
    } catch {
      return { code: 'row.json', what: 'The row is not JSON.' };
    }
    const kind = this.columns ? OPEN_OBJECT : OPEN_ARRAY;
    if (bytes[from] === kind) return undefined;
    return { code: 'row.json', what: `The row is not ${this.columns ? 'an object' : 'a list'}.` };
  }

  private locate(bytes: Buffer, start: number, stop: number): Problem | undefined {
    const { places, columns } = this;
    const wanted = this.layout.heading.length;
    places.fill(0);
    const place = (column: number | undefined, from: number, to: number): void => {
      if (column === undefined || column >= wanted) return;
      places[2 * column] = from;
      places[2 * column + 1] = to;
    };
    if (columns) eachMember(bytes, start, stop, (key, from, to) => place(columns.get(key), from, to));
    else {
      const count = eachElement(bytes, start, stop, (from, to, index) => place(index, from, to));
      if (count !== wanted) return { code: 'row.cells', what: `The list has ${count} elements; it takes ${wanted}.` };
    }
    return undefined;
  }

  private store(bytes: Buffer, row: number): Problem | undefined {
    const { layout, buffer, places } = this;
    for (const store of buffer.inputs) {
      for (const [element, column] of store.columns.entries()) {
        const problem = this.storeValue(store, row * store.elements + element, bytes, column);
        if (problem) return inColumn(layout, column, problem);
      }
    }
    for (const [index, column] of layout.kept.entries()) {
      const to = places[2 * column + 1] as number;
      buffer.kept[index]![row] = to === 0 ? '' : valueAt(bytes, places[2 * column] as number, to).text;
    }
    return undefined;
  }

  private storeValue(store: InputStore, index: number, bytes: Buffer, column: number): Problem | undefined {
    const { nan } = this;
    const from = this.places[2 * column] as number;
    const to = this.places[2 * column + 1] as number;
    const one = store.columns.length === store.elements;
    // A key that is left out is as one whose value is null.
    if (to === 0 && !(one && nan)) return NO_KEY;
    const value = to === 0 ? NULL : valueAt(bytes, from, to);
    if (value.kind === 'other' && bytes[from] === OPEN_ARRAY && store.columns.length === 1)
      return storeElements(store, index, bytes, from, to, nan);
    if (one) return storeElement(store.data, index, store.input.datatype, value, nan);
    if (value.kind === 'null') return { code: 'row.missing', what: 'the value is missing' };
    return {
      code: 'row.cells',
      what: `the value is no list; input '${store.input.name}' takes ${store.elements} elements`,
    };
  }

  /** Rows that differ from the template time and again teach the next one; rarer each time, lest rows of two kinds take turns. */
  private learn(bytes: Buffer, start: number, stop: number): void {
    const { learning } = this;
    if (++learning.misses < learning.patience) return;
    learning.misses = 0;
    learning.patience = Math.min(learning.patience * 2, 4096);
    this.template = this.templateOf(bytes, start, stop);
  }

  private templateOf(bytes: Buffer, start: number, stop: number): readonly Step[] | undefined {
    const builder = new TemplateBuilder();
    let done = start;
    let fits = true;
    const value = (target: Target | undefined, element: number, from: number, to: number): void => {
      builder.literal(Buffer.from(bytes.subarray(done, from)));
      fits &&= builder.value(target, element);
      done = to;
    };
    const from = valueStart(bytes, start);
    const { columns } = this;
    if (columns) {
      const seen = new Set<string>();
      eachMember(bytes, from, stop, (key, at, to) => {
        const column = columns.get(key);
        const target = column === undefined ? undefined : this.targets[column];
        const list = bytes[at] === OPEN_ARRAY;
        fits &&= !seen.has(key) && bytes[at] !== OPEN_OBJECT && !(list && (!target?.store || target.texts));
        seen.add(key);
        if (!fits) return;
        if (list) eachElement(bytes, at, to, (at, to, element) => value(target, element, at, to));
        else value(target, 0, at, to);
      });
      fits &&= this.targets.every((target, column) => !target || seen.has(this.layout.heading[column] as string));
    } else eachElement(bytes, from, stop, (at, to, index) => value(this.targets[index], 0, at, to));
    if (!fits) return undefined;
    builder.literal(Buffer.from(bytes.subarray(done, stop)));
    return builder.end();
  }
}

const NULL = { text: 'null', kind: 'null' } as const;
const NO_KEY: Problem = { code: 'row.missing', what: 'the key is missing' };
