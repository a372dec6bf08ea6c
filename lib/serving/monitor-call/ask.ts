import { invalid, OnnwardError } from '#core/errors.ts';
import { concatenateRows, splitRows, type Tensor } from '#core/model/tensor.ts';
import type { Host, ServedModel } from '#serving/host.ts';

/** Rows that are computed at once, where the graph does not fix them. */
const TOGETHER = 256;

/** The outputs of all rows, in signature order. Throws `monitor.rows`, `monitor.changed`, and what the model throws. */
export async function ask(
  host: Host,
  served: ServedModel,
  inputs: readonly Tensor[],
  rows: number,
): Promise<readonly Tensor[]> {
  const counts = partsOf(served, rows);
  const parts = inputs.map((input) => splitRows(input, counts));
  const answers: (readonly Tensor[])[] = [];
  for (const part of counts.keys()) {
    // No `await` between this and the question: a version that is being swapped out stays until then.
    if (part > 0 && !isServed(host, served)) throw changed(served);
    answers.push(await served.model.infer(parts.map((input) => input[part] as Tensor)));
  }
  return served.model.signature.outputs.map((_, output) =>
    concatenateRows(answers.map((answer) => answer[output] as Tensor)),
  );
}

function partsOf({ model: { signature } }: ServedModel, rows: number): number[] {
  const fixed = signature.inputs.map(({ shape }) => shape[0] as number).find((size) => size > 0);
  const together = fixed ?? TOGETHER;
  if (fixed !== undefined && rows % fixed !== 0) {
    throw invalid('monitor.rows', `${rows} rows came, and the model takes ${fixed} at a time`, {
      fix: `Send a multiple of ${fixed} rows.`,
      fields: { rows, fixed },
    });
  }
  return Array.from({ length: Math.ceil(rows / together) }, (_, part) => Math.min(together, rows - part * together));
}

function isServed(host: Host, { name, version, model }: ServedModel): boolean {
  try {
    return host.find(name, String(version)).model === model;
  } catch {
    return false;
  }
}

const changed = ({ name }: ServedModel): OnnwardError =>
  new OnnwardError(`another version of '${name}' went live while the rows were scored`, {
    code: 'monitor.changed',
    kind: 'unavailable',
    fix: 'Send it again.',
  });
