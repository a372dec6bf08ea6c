import { COMMON, STAGE } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { mark } from '../cli/condition.ts';
import { type Checked, examine } from '../cli/doctor.ts';
import { print, printJson } from '../cli/output.ts';
import { OnnwardError } from '#core/errors.ts';

export const doctor = defineCommand({
  args: {
    ...STAGE,
    json: COMMON.json,
  },
  examples: ['onnward doctor', 'onnward doctor --stage prod --json'],
  async run(args) {
    const found: Checked[] = [];
    for await (const checked of examine(args.stage)) {
      found.push(checked);
      if (!args.json) print(lineOf(checked));
    }
    const failures = found.filter(({ level }) => level === 'failure');
    if (args.json) printJson({ ok: failures.length === 0, checks: found });
    else if (failures.length === 0) print('Nothing stands in the way.');
    if (failures.length > 0) throw unwell(failures);
  },
});

const lineOf = ({ check, level, text, fix }: Checked): string =>
  `${mark(level)}  ${check}: ${text}${fix === undefined ? '' : `\n         ${fix}`}`;

function unwell(failures: readonly Checked[]): OnnwardError {
  const checks = failures.map(({ check }) => check);
  return new OnnwardError(`Not as it should be: ${checks.join(', ')}.`, {
    code: 'doctor.failures',
    kind: 'invalid',
    fix: failures[0]!.fix ?? 'Mend the first of them, then run it again.',
    fields: { checks },
  });
}
