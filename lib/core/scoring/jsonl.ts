import { invalid, type OnnwardError } from '../errors.ts';
import { estimate, MAX_COLUMNS } from './csv.ts';
import type { Format, Source, Survey } from './format.ts';
import { JsonRows } from './json-rows.ts';
import { eachElement, eachMember, isShallow, OPEN_ARRAY, OPEN_OBJECT, valueStart } from './json-values.ts';
import { lineFormat } from './lines.ts';
import type { Inflate } from './records.ts';
import { sampleRecords } from './sample.ts';

/** JSON Lines in UTF-8: an object by the names of columns in each line, or a list of the elements of the only input. */
export const jsonlFormat = ({ inflate }: { readonly inflate: Inflate }): Format =>
  lineFormat({ csv: false, reader: (layout, buffer, named) => new JsonRows(layout, buffer, named), survey }, inflate);

/** Rows whose keys are looked at: a key that none of them has is a slip, and its row is refused when it comes. */
const KEYED_ROWS = 1000;

/** The heading is all keys of the first rows, in the order in which they come. Rows are lists where the first one is. */
async function survey(source: Source, inflate: Inflate): Promise<Survey> {
  const heading = new Set<string>();
  let width: number | undefined;
  let good = 0;
  let seen = 0;
  const sample = await sampleRecords(source, false, inflate, (bytes, start, stop) => {
    if (seen++ === 0 && opensDocument(bytes, start, stop)) throw notJson(source.input.key);
    if (good >= KEYED_ROWS || width !== undefined || !isJson(bytes, start, stop)) return;
    const from = valueStart(bytes, start);
    if (bytes[from] === OPEN_OBJECT) eachMember(bytes, from, stop, (key) => heading.add(key));
    else if (bytes[from] !== OPEN_ARRAY) return;
    else if (good === 0) width = eachElement(bytes, from, stop, () => {});
    good++;
  });
  if (good === 0 || heading.size > MAX_COLUMNS) throw notJson(source.input.key);
  return { ...(width === undefined ? { heading: [...heading] } : { width }), ...estimate(sample, 0, 0) };
}

/** One document over many lines may have lines that are objects, too. */
const opensDocument = (bytes: Buffer, start: number, stop: number): boolean =>
  stop - start < 100 && ['[', '{'].includes(bytes.toString('latin1', start, stop).trim());

function isJson(bytes: Buffer, start: number, stop: number): boolean {
  if (!isShallow(bytes, start, stop)) return false;
  try {
    JSON.parse(bytes.toString('utf8', start, stop));
    return true;
  } catch {
    return false;
  }
}

const notJson = (key: string): OnnwardError =>
  invalid('input.json', `The input '${key}' is not JSON lines.`, {
    fix: 'Give one whole object, or one list of numbers, on each line.',
    fields: { key },
  });
